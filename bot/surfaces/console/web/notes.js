import { byId, h } from './dom.js';

/** What is said to a person about the page itself. */

/** Read out by screen readers, not shown. */
export function announce(words) {
  byId('said').textContent = words;
}

/** @param {string | null} words null takes it away @param {'bad' | 'good'} [kind] */
export function banner(words, kind = 'bad') {
  const element = byId('banner');
  if (words === null && element.dataset.kind === 'good') return;
  element.dataset.kind = kind;
  element.hidden = words === null;
  element.replaceChildren(
    ...(words === null ? [] : [h('span', {}, words)]),
    ...(kind === 'good' ? [h('button', { type: 'button', class: 'card-more', onclick: dismiss }, 'Close')] : []),
  );
}

function dismiss() {
  byId('banner').dataset.kind = 'bad';
  banner(null);
}

const LOST = 'Connection lost. Trying again; nothing is lost, what you missed will be fetched.';
const BACK_MS = 4000;
const PATIENCE_MS = 1500;
let lostTimer = null;
let wasLost = false;

/** @param {'live' | 'lost'} state a moment's loss, as when mdr starts again, is not worth a banner */
export function setConnection(state) {
  byId('connection').dataset.state = state;
  byId('connection-words').textContent = state === 'live' ? 'Live' : 'Reconnecting';
  if (state === 'lost') {
    lostTimer ??= setTimeout(() => {
      wasLost = true;
      banner(LOST);
    }, PATIENCE_MS);
    return;
  }
  clearTimeout(lostTimer);
  lostTimer = null;
  if (!wasLost) return;
  wasLost = false;
  announce('Connected again');
  byId('connection-words').textContent = 'Connected again';
  banner(null);
  setTimeout(() => {
    if (byId('connection').dataset.state === 'live') byId('connection-words').textContent = 'Live';
  }, BACK_MS);
}

/** @param {any} error what the server or the network said */
export function complain(error) {
  banner(error.words ?? String(error), 'bad');
}

/** What will be here, and what to do next, while there is nothing. @param {any} room undefined: there is no channel */
export function drawEmpty(hasContent, room, person) {
  const element = byId('empty');
  element.hidden = Boolean(hasContent);
  element.replaceChildren(...(hasContent ? [] : words(room, person)));
}

function words(room, person) {
  if (!room && person.side === 'customer')
    return [
      h('h2', {}, 'Nothing here for you yet'),
      h('p', {}, 'You are signed in, but have no role for a tenant. Ask an administrator of this service for one.'),
    ];
  if (!room)
    return [
      h('h2', {}, 'No tenants yet'),
      h('p', {}, 'Each tenant you may see gets a channel here, and its alerts appear in it.'),
      h(
        'p',
        {},
        'Next: add one in the terminal with ',
        h('code', {}, 'npx mdr tenant add'),
        ', then reload this page.',
      ),
    ];
  if (room.lane === 'customer' && person.side === 'customer')
    return [
      h('h2', {}, `Nothing shared with ${room.name} yet`),
      h('p', {}, 'What your analysts share with you appears here, with a thread to respond in.'),
      h('p', {}, 'Next: ask them something below, or see with ', h('code', {}, '/mdr alerts'), ' what is open.'),
    ];
  if (room.lane === 'customer')
    return [
      h('h2', {}, `Nothing said with ${room.name} yet`),
      h(
        'p',
        {},
        'The customer’s people read this channel and write in it. Notes and untriaged alerts do not come here.',
      ),
    ];
  return [
    h('h2', {}, `No alerts for ${room.name} yet`),
    h(
      'p',
      {},
      'When its logs show something worth a person’s time, the alert appears here, with a thread to respond in.',
    ),
    h(
      'p',
      {},
      'Next: send logs with ',
      h('code', {}, `npx mdr replay <files> --tenant ${room.tenant}`),
      ', or ask what mdr can do with ',
      h('code', {}, '/mdr help'),
      ' below.',
    ),
  ];
}
