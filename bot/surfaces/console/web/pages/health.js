import { api } from '../api.js';
import { choice, h } from '../dom.js';
import { bar, spark } from '../pictures.js';
import { inline, plain, shown } from '../text.js';

const EVERY_MS = 10_000;
const MOST_POINTS = 60;

/** What `/mdr status` says of a tenant, as numbers and small pictures, looked at again every ten seconds. */
export default {
  title: 'Health',
  order: 9,
  async open(root, shell, { args }) {
    const { tenants } = shell.me();
    const tenant = tenants.find(({ id }) => id === args[0])?.id ?? tenants[0]?.id;
    const body = h('div', { class: 'health' });
    const pick = choice(
      'Tenant',
      tenants.map(({ id, name }) => [id, name]),
      tenant,
      (id) => shell.go(`#health/${id}`),
    );
    root.append(h('form', { class: 'filters' }, tenants.length > 1 ? pick : null), body);
    if (!tenant) body.append(h('p', { class: 'empty' }, 'You have no tenant yet.'));
    /** @type {Map<string, number[]>} what each number was, since the page was opened */
    const past = new Map();

    async function changed() {
      if (!tenant) return;
      const card = await api.run(tenant, 'status');
      body.replaceChildren(
        h('h2', { class: `verdict ${card.tone}` }, ...inline(card.title)),
        ...card.blocks.flatMap((block) => drawn(block, past)),
      );
    }

    await changed();
    const timer = setInterval(() => document.visibilityState === 'visible' && changed().catch(() => {}), EVERY_MS);
    return { close: () => clearInterval(timer) };
  },
};

/** A block of the status card, drawn larger. */
function drawn(block, past) {
  if (block.kind === 'list')
    return [h('ul', { class: 'troubles' }, ...block.items.map((item) => h('li', {}, ...inline(item))))];
  if (block.kind === 'fields') return [h('dl', { class: 'tiles' }, ...block.fields.map((field) => tile(field, past)))];
  if (block.kind === 'table') return [table(block)];
  if (block.kind === 'text' || block.kind === 'note') return [h('p', { class: 'meta' }, ...inline(block.text))];
  return [];
}

/** @returns {number | null} of `12,345` and the like */
function numberOf(text) {
  const digits = /^(\d[\d,]*)$/.exec(text)?.[1];
  return digits === undefined ? null : Number(digits.replaceAll(',', ''));
}

function tile({ name, value }, past) {
  const number = numberOf(plain(value));
  const points = past.get(name) ?? [];
  if (number !== null) past.set(name, [...points, number].slice(-MOST_POINTS));
  const since = number !== null && points.length ? number - points[0] : 0;
  return h(
    'div',
    { class: number === null ? 'tile words' : 'tile' },
    h('dt', {}, ...shown(name)),
    h('dd', {}, ...inline(value)),
    number === null
      ? null
      : h(
          'dd',
          { class: 'trend' },
          spark(past.get(name)),
          since === 0
            ? 'no change since you came'
            : `${since > 0 ? '+' : ''}${since.toLocaleString('en-US')} since you came`,
        ),
  );
}

/** A number in a table stands above a bar: how much it is of the largest in its column. */
function table({ columns, rows }) {
  const most = columns.map((_, index) => Math.max(1, ...rows.map((row) => numberOf(plain(row[index])) ?? 0)));
  const cell = (value, index) => {
    if (index === 0) return h('th', { scope: 'row' }, ...inline(value));
    const number = numberOf(plain(value));
    return h('td', {}, ...inline(value), number === null ? null : bar(number / most[index]));
  };
  return h(
    'div',
    { class: 'table', tabindex: '0', role: 'region', 'aria-label': columns[0] },
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ...columns.map((name) => h('th', { scope: 'col' }, ...shown(name))))),
      h('tbody', {}, ...rows.map((row) => h('tr', {}, ...row.map(cell)))),
    ),
  );
}
