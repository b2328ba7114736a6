import { cardElement } from './card.js';
import { arrange, h } from './dom.js';
import { dayName, minute, shown } from './text.js';

const SAME_RUN_MS = 5 * 60_000;

const isCommand = (text) => /^\/mdr(\s|$)/.test(text ?? '');
/** An answer to a command is the end of it; a note or a record is the beginning of a thread. */
const canBeDiscussed = (line) => (line.card ? hasActions(line.card) : !isCommand(line.text));
/** An answer is read at once; a record with buttons stays, so it is folded when it is long. */
const hasActions = (card) => Array.isArray(card.blocks) && card.blocks.some((block) => block?.kind === 'actions');

/**
 * A list of messages as elements, kept from one drawing to the next: only what changed is made again.
 * @param {HTMLOListElement} element
 * @param {{ inThread: boolean, me: () => string, open: (line: any) => void, act: (line: any, action: any, choice?: string) => void }} options
 */
export function messageList(element, { inThread, me, open, act }) {
  /** @type {Map<string, any>} */
  let kept = new Map();
  const rules = new Map();

  function rule(key, words, className) {
    if (!rules.has(key)) rules.set(key, h('li', { class: className }, words));
    return rules.get(key);
  }

  function make(line) {
    const parts = {
      author: h('p', { class: line.author.id === 'mdr' ? 'author bot' : 'author' }, ...shown(line.author.name)),
      content: h('div'),
      state: h('p', { class: 'state', role: 'status', hidden: true }),
      after: h('div', { class: 'after', hidden: true }),
      drawn: '',
      line,
    };
    const body = h('div', { class: 'body' }, parts.author, parts.content, parts.state, parts.after);
    parts.element = h(
      'li',
      { class: 'message', tabindex: '-1', 'data-id': line.id },
      h('div', { class: 'time' }),
      body,
    );
    return parts;
  }

  /** The content is drawn again only when it changed, so that folded cards, scrolled code and open lists stay as they are. */
  function draw(parts, line) {
    parts.line = line;
    parts.element.firstChild.replaceChildren(minute(line.at));
    const version = `${line.edited ?? 0} ${line.card ? 'card' : line.text}${line.card?.once ? ' once' : ''}`;
    // What was shown once is not fetched again: it stays as it was drawn.
    if (parts.drawn !== version && parts.drawn !== `${version} once`) {
      const hadFocus = parts.content.contains(document.activeElement);
      parts.drawn = version;
      parts.content.replaceChildren(contentOf(line));
      if (hadFocus) parts.element.focus({ preventScroll: true });
    }
    drawState(parts, line);
    drawAfter(parts, line);
  }

  function contentOf(line) {
    if (!line.card) {
      return h('p', { class: isCommand(line.text) ? 'words command' : 'words' }, ...shown(line.text ?? ''));
    }
    const card = cardElement(line.card, {
      clamp: !inThread && hasActions(line.card),
      act: (action, choice) => act(kept.get(line.id)?.line ?? line, action, choice),
    });
    if (!inThread) card.classList.add('opens');
    return card;
  }

  function drawState({ state, element: item }, { state: now }) {
    item.setAttribute('aria-busy', String(now?.kind === 'working'));
    state.hidden = !now;
    if (!now) return state.replaceChildren();
    state.classList.toggle('bad', now.kind === 'bad');
    state.replaceChildren(
      ...(now.kind === 'working' ? [h('span', { class: 'spinner', 'aria-hidden': 'true' })] : []),
      h('span', {}, ...shown(now.words)),
      ...(now.choices ?? []).map(({ label, run }) => h('button', { type: 'button', onclick: run }, label)),
    );
  }

  function drawAfter({ after, line }) {
    const edited = line.edited ? h('span', { class: 'edited' }, 'Updated ', minute(line.edited)) : null;
    const count = line.replies?.count ?? 0;
    const link = () => {
      if (inThread || line.unsent || (count === 0 && !canBeDiscussed(line))) return null;
      const label = count === 0 ? 'Reply in thread' : `${count} ${count === 1 ? 'reply' : 'replies'}`;
      return h(
        'button',
        { type: 'button', class: count === 0 ? 'reply-link quiet' : 'reply-link', onclick: () => open(line) },
        line.fresh ? h('span', { class: 'fresh', role: 'img', 'aria-label': 'New: ' }) : null,
        label,
      );
    };
    const signature = `${line.edited} ${count} ${line.fresh} ${line.unsent}`;
    if (after.dataset.drawn === signature) return;
    after.dataset.drawn = signature;
    const hadFocus = after.contains(document.activeElement);
    const button = link();
    after.replaceChildren(...[button, edited].filter((part) => part !== null));
    after.hidden = !after.hasChildNodes();
    if (hadFocus) button?.focus({ preventScroll: true });
  }

  element.addEventListener('click', (event) => {
    const card = event.target.closest?.('.card.opens');
    if (!card || event.target.closest('button, select, a, .actions') || !getSelection()?.isCollapsed) return;
    open(kept.get(card.closest('.message').dataset.id).line);
  });

  element.addEventListener('keydown', (event) => {
    const items = [...element.querySelectorAll(':scope > .message')];
    const index = items.indexOf(event.target);
    if (index < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === 'Enter' && !inThread) open(kept.get(event.target.dataset.id).line);
    else if (next === undefined) return;
    else focusOn(items[next]);
    event.preventDefault();
  });

  /** One message at a time can be reached with Tab; arrows go from one to the next. */
  function focusOn(item) {
    if (!item) return;
    for (const other of element.querySelectorAll(':scope > .message[tabindex="0"]')) other.tabIndex = -1;
    item.tabIndex = 0;
    item.focus();
    item.scrollIntoView({ block: 'nearest' });
  }

  return {
    /**
     * @param {any[]} lines oldest first
     * @param {{ newAfter?: number, opened?: string | null }} [marks] where "New" begins (epoch ms), whose thread is open
     */
    draw(lines, { newAfter = Number.POSITIVE_INFINITY, opened = null } = {}) {
      const next = new Map();
      const wanted = [];
      let before = null;
      let marked = false;
      for (const line of lines) {
        const parts = kept.get(line.id) ?? make(line);
        next.set(line.id, parts);
        draw(parts, line);
        let first = before?.author.id !== line.author.id || line.at - before.at > SAME_RUN_MS;
        if (dayName(line.at) !== (before && dayName(before.at))) {
          wanted.push(rule(`day ${dayName(line.at)}`, dayName(line.at), 'rule'));
          first = true;
        }
        if (!marked && line.at > newAfter && line.author.id !== me()) {
          marked = true;
          wanted.push(rule('new', 'New', 'rule new'));
          first = true;
        }
        parts.author.hidden = !first;
        parts.element.classList.toggle('first', first);
        parts.element.classList.toggle('open', line.id === opened);
        wanted.push(parts.element);
        before = line;
      }
      kept = next;
      arrange(element, wanted);
      const items = element.querySelectorAll(':scope > .message');
      if (items.length && !element.querySelector(':scope > .message[tabindex="0"]'))
        items[items.length - 1].tabIndex = 0;
    },
    focus(id) {
      focusOn(kept.get(id)?.element);
    },
  };
}
