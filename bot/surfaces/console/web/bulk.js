import { keyOf } from './alert-list.js';
import { api } from './api.js';
import { choice, fillChoice, h } from './dom.js';
import { plain, shown } from './text.js';

const VERDICTS = [
  ['', 'Verdict…'],
  ['true_positive', 'True positive'],
  ['benign', 'Benign'],
  ['false_positive', 'False positive'],
  ['duplicate', 'Duplicate'],
  ['test', 'Test or exercise'],
];
/** The server runs a few commands of one person at a time. */
const AT_ONCE = 4;

/**
 * Does the same to every chosen alert, by the command that one would type for it, and tells of each what became of it.
 * @param {{ chosen: () => any[], clear: (rows?: any[]) => void, done: () => Promise<unknown>, tenantName: (id: string) => string }} options
 */
export function bulkBar({ chosen, clear, done, tenantName }) {
  let busy = false;
  const count = h('p', { class: 'chosen-count', role: 'status' });
  const owner = choice('Assign to', [['me', 'Me']], 'me', () => {});
  const verdict = choice('Verdict', VERDICTS, '', () => settle());
  const words = h('input', {
    type: 'text',
    'aria-label': 'Why (optional)',
    placeholder: 'Why',
    maxlength: '300',
  });
  const button = (label, className, onclick) => h('button', { type: 'button', class: className, onclick }, label);
  const close = button('Close', '', () => run((n) => `close ${n} ${verdict.value} ${oneLine(words.value)}`));
  const buttons = [
    button('Acknowledge', 'primary', () => run((n) => `ack ${n}`)),
    button('Assign', '', () => run((n) => `assign ${n} ${owner.value}`)),
    close,
  ];
  const element = h(
    'div',
    { class: 'bulk', role: 'group', 'aria-label': 'For the selected alerts', hidden: true },
    count,
    h('div', { class: 'bulk-part' }, buttons[0]),
    h('div', { class: 'bulk-part' }, owner, buttons[1]),
    h('div', { class: 'bulk-part' }, verdict, words, close),
    button('Select none', 'quiet', () => clear()),
  );
  const said = h('h2', { tabindex: '-1' });
  const list = h('ul', {});
  const outcomes = h(
    'section',
    { class: 'outcomes', 'aria-label': 'What became of them', hidden: true },
    h(
      'div',
      { class: 'outcomes-head' },
      said,
      button('Dismiss', 'quiet', () => {
        outcomes.hidden = true;
      }),
    ),
    list,
  );

  function settle() {
    for (const each of buttons) each.disabled = busy || (each === close && verdict.value === '');
  }

  async function outcomeOf(row, command) {
    try {
      const card = await api.run(row.tenant, command(row.number));
      const [, hint] = card.tone === 'error' ? card.blocks.map((block) => plain(block.text)) : [];
      return { ok: card.tone !== 'error', words: hint ? `${plain(card.title)} ${hint}` : plain(card.title) };
    } catch (error) {
      return { ok: false, words: error.words ?? String(error) };
    }
  }

  async function run(command) {
    const rows = chosen();
    busy = true;
    settle();
    outcomes.hidden = false;
    const results = new Map();
    const tell = () => {
      const bad = [...results.values()].filter(({ ok }) => !ok).length;
      const left = rows.length - results.size;
      said.textContent = [
        `${results.size - bad} done`,
        ...(bad ? [`${bad} not done`] : []),
        ...(left ? [`${left} to go`] : []),
      ].join(', ');
    };
    list.replaceChildren();
    tell();
    const waiting = [...rows];
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let row = waiting.shift(); row; row = waiting.shift()) {
          const outcome = await outcomeOf(row, command);
          results.set(keyOf(row), outcome);
          list.append(lineOf(row, outcome));
          tell();
        }
      }),
    );
    busy = false;
    settle();
    // What failed stays selected, to be tried again.
    clear(rows.filter((row) => results.get(keyOf(row)).ok));
    said.focus();
    await done();
  }

  function lineOf(row, { ok, words: what }) {
    return h(
      'li',
      { class: ok ? 'done' : 'failed' },
      h('strong', {}, ok ? 'Done' : 'Not done'),
      ` Alert ${row.number} of `,
      ...shown(tenantName(row.tenant)),
      ': ',
      ...shown(what.replace(new RegExp(`^Alert ${row.number}: `), '')),
    );
  }

  return {
    element,
    outcomes,
    /** @param {any[]} rows those chosen @param {{ id: string, name: string }[]} [people] who may be given alerts */
    draw(rows, people) {
      element.hidden = rows.length === 0 && !busy;
      count.textContent = `${rows.length} selected`;
      if (people) fillChoice(owner, [['me', 'Me'], ...people.map(({ id, name }) => [id, name])]);
      settle();
    },
  };
}

const oneLine = (text) => text.replace(/\s+/g, ' ').trim();
