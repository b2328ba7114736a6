import { api } from '../api.js';
import { choice, h } from '../dom.js';
import { inline, shown } from '../text.js';

const PERIODS = [
  ['last 7d', 'Last 7 days'],
  ['last 30d', 'Last 30 days'],
  ['last 90d', 'Last 90 days'],
  ['last 365d', 'Last year'],
];

/** What `/mdr numbers` says of a tenant and a period, with its chart. Tenant and period stand in the address. */
export default {
  title: 'Numbers',
  order: 8,
  async open(root, shell, { args, query }) {
    const { tenants } = shell.me();
    const tenant = tenants.find(({ id }) => id === args[0])?.id ?? tenants[0]?.id;
    const asked = query.get('period') ?? 'last 90d';
    const period = PERIODS.some(([words]) => words === asked) ? asked : 'last 90d';
    const go = (id, words) => shell.go(`#numbers/${id}?${new URLSearchParams({ period: words })}`);
    const body = h('div', { class: 'health numbers' });
    root.append(
      h(
        'form',
        { class: 'filters' },
        tenants.length > 1
          ? choice(
              'Tenant',
              tenants.map(({ id, name }) => [id, name]),
              tenant,
              (id) => go(id, period),
            )
          : null,
        tenant ? choice('Period', PERIODS, period, (words) => go(tenant, words)) : null,
      ),
      body,
    );
    if (!tenant) {
      body.append(h('p', { class: 'empty' }, 'You have no tenant yet.'));
      return {};
    }
    const card = await api.run(tenant, `numbers ${period}`);
    const chart = h('img', {
      class: 'chart',
      width: 720,
      height: 560,
      alt: 'Alerts opened, closed and open each week, and the median hours to acknowledge and to resolve. The tables below hold the same numbers.',
      src: `/api/read/numbers.svg?${new URLSearchParams({ tenant, period })}`,
    });
    const precision = h('img', {
      class: 'chart',
      width: 720,
      height: 360,
      alt: 'For the rules with most verdicts, the share of judged alerts that was real, week by week. /mdr rules show <rule> has the numbers.',
      src: `/api/read/precision.svg?${new URLSearchParams({ tenant, period })}`,
    });
    const drawnBlocks = card.blocks.flatMap(drawn);
    // The chart stands after what it is about: the sentence and the tiles.
    body.append(h('h2', { class: `verdict ${card.tone}` }, ...inline(card.title)), ...drawnBlocks.slice(0, 2));
    if (card.tone !== 'error') body.append(chart, precision);
    body.append(...drawnBlocks.slice(2));
    const csv = `/api/read/case-numbers.csv?${new URLSearchParams({ tenant, period })}`;
    if (card.tone !== 'error')
      body.append(
        h('p', { class: 'meta' }, h('a', { href: csv, download: `cases-${tenant}.csv` }, 'Numbers of cases as CSV')),
      );
    return {};
  },
};

/** A block of the card, drawn larger. */
function drawn(block) {
  if (block.kind === 'list')
    return [h('ul', { class: 'troubles' }, ...block.items.map((item) => h('li', {}, ...inline(item))))];
  if (block.kind === 'fields') return [h('dl', { class: 'tiles' }, ...block.fields.map(tile))];
  if (block.kind === 'table') return [table(block)];
  if (block.kind === 'text' || block.kind === 'note') return [h('p', { class: 'meta' }, ...inline(block.text))];
  return [];
}

const tile = ({ name, value }) =>
  h('div', { class: 'tile words' }, h('dt', {}, ...shown(name)), h('dd', {}, ...inline(value)));

function table({ columns, rows }) {
  const cell = (value, index) =>
    index === 0 ? h('th', { scope: 'row' }, ...inline(value)) : h('td', {}, ...inline(value));
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
