import { h } from './dom.js';
import { inline, shown, words } from './text.js';

const TONES = new Set(['ok', 'low', 'medium', 'high', 'critical', 'error']);
const BADGES = { low: 'Low', medium: 'Medium', high: 'High', critical: 'Critical', error: 'Error' };
const CLAMP_ABOVE = 380;

/**
 * A card as an element.
 * @param {any} card data of commands/cards/card.ts
 * @param {{ clamp: boolean, act: (action: any, choice: string | undefined) => void }} options `clamp`: fold what is long
 */
export function cardElement(card, { clamp, act }) {
  const tone = TONES.has(card?.tone) ? card.tone : 'neutral';
  const blocks = [...list(card?.once), ...list(card?.blocks)];
  // What stands at the end, small print and buttons, stays in sight when the rest is folded.
  let end = blocks.length;
  while (end > 0 && ['note', 'actions'].includes(blocks[end - 1]?.kind)) end--;
  const body = h('div', { class: 'card-body' }, ...blocks.slice(0, end).map((block) => blockElement(block, act)));
  const element = h(
    'article',
    { class: `card ${tone}` },
    h(
      'div',
      { class: 'card-head' },
      h('h3', { class: 'card-title' }, ...inline(card?.title)),
      BADGES[tone] ? h('span', { class: 'badge' }, BADGES[tone]) : null,
    ),
    body,
    ...blocks.slice(end).map((block) => blockElement(block, act)),
  );
  if (clamp) foldWhenLong(body);
  return element;
}

/** Height is known only once the element is on the page. */
function foldWhenLong(body) {
  const observer = new ResizeObserver(() => {
    if (!body.isConnected || body.scrollHeight === 0) return;
    observer.disconnect();
    if (body.scrollHeight <= CLAMP_ABOVE) return;
    body.classList.add('clamped');
    const button = h(
      'button',
      {
        type: 'button',
        class: 'card-more',
        'aria-expanded': 'false',
        onclick: () => {
          const folded = body.classList.toggle('clamped');
          button.textContent = folded ? 'Show all' : 'Show less';
          button.setAttribute('aria-expanded', String(!folded));
        },
      },
      'Show all',
    );
    body.after(button);
  });
  observer.observe(body);
}

const list = (value) => (Array.isArray(value) ? value : []);

/** One renderer for each kind of block. */
const KINDS = {
  text: (block) => h('p', { class: 'block text' }, ...inline(block.text)),
  note: (block) => h('p', { class: 'block note' }, ...inline(block.text)),
  fields: (block) =>
    h(
      'dl',
      { class: 'block fields' },
      ...list(block.fields).map(({ name, value }) =>
        h('div', {}, h('dt', {}, ...shown(words(name))), h('dd', {}, ...inline(value))),
      ),
    ),
  list: (block) => h('ul', { class: 'block list' }, ...list(block.items).map((item) => h('li', {}, ...inline(item)))),
  table: (block) =>
    h(
      'div',
      { class: 'block table', tabindex: '0', role: 'region', 'aria-label': 'Table' },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h('tr', {}, ...list(block.columns).map((name) => h('th', { scope: 'col' }, ...shown(words(name))))),
        ),
        h(
          'tbody',
          {},
          ...list(block.rows).map((row) => h('tr', {}, ...list(row).map((cell) => h('td', {}, ...inline(cell))))),
        ),
      ),
    ),
  code: (block) => h('pre', { class: 'block code', tabindex: '0' }, ...shown(words(block.text))),
  actions: (block, act) =>
    h(
      'div',
      { class: 'actions', role: 'group', 'aria-label': 'Actions' },
      ...list(block.actions).map((action) => (action.choices ? choice(action, act) : button(action, act))),
    ),
};

function blockElement(block, act) {
  return Object.hasOwn(KINDS, block?.kind) ? KINDS[block.kind](block, act) : h('p', { class: 'block' });
}

function button(action, act) {
  return h(
    'button',
    {
      type: 'button',
      class: action.style === 'primary' || action.style === 'danger' ? action.style : '',
      'data-action': words(action.id),
      onclick: () => act(action, action.choice),
    },
    ...shown(words(action.label)),
  );
}

function choice(action, act) {
  const select = h(
    'select',
    {
      'aria-label': words(action.label),
      'data-action': words(action.id),
      onchange: () => {
        const { value } = select;
        select.value = '';
        if (value) act(action, value);
      },
      // In a closed list an arrow or a letter would choose, and so run, at once: it opens the list instead.
      onkeydown: (event) => {
        if (['Tab', 'Escape', 'Shift', 'Control', 'Alt', 'Meta'].includes(event.key) || event.ctrlKey || event.metaKey)
          return;
        event.preventDefault();
        select.showPicker?.();
      },
    },
    h('option', { value: '' }, words(action.label)),
    ...list(action.choices).map(({ value, label }) => h('option', { value: words(value) }, words(label))),
  );
  return select;
}
