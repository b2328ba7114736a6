import { api } from '../api.js';
import { choice, h } from '../dom.js';
import { inline, shown } from '../text.js';

const COLUMNS = ['Case', 'Duty', 'State', 'Due', 'Owed by', 'To', 'Law'];

/** Open duties of breaches, of all one's tenants, the most urgent first: what `/mdr breach board` says. The tenant stands in the address. */
export default {
  title: 'Breaches',
  order: 3,
  async open(root, shell, { args }) {
    const [tenant = ''] = args;
    const { tenants } = shell.me();
    const all = [['', 'All tenants'], ...tenants.map(({ id, name }) => [id, name])];
    const body = h('div', { class: 'health numbers' });
    if (tenants.length > 1)
      root.append(
        h(
          'form',
          { class: 'filters', onsubmit: (event) => event.preventDefault() },
          choice('Tenant', all, tenant, (id) => shell.go(`#breaches${id ? `/${id}` : ''}`)),
        ),
      );
    root.append(body);

    async function changed() {
      const { rows } = await api.read('breaches', tenant ? { tenant } : {});
      body.replaceChildren(
        rows.length > 0
          ? table(rows)
          : h('p', { class: 'empty' }, 'No duty is open. A breach is declared with /mdr breach declare.'),
        h('p', { class: 'meta' }, 'Check with counsel: this is computed from recorded facts and is no legal advice.'),
      );
    }
    await changed();
    return { changed };
  },
};

function table(rows) {
  const row = (one) =>
    h(
      'tr',
      {},
      h(
        'th',
        { scope: 'row' },
        h('a', { class: 'case-link', href: `#cases/${one.tenant}/${one.case}` }, `${one.tenant} ${one.case}`),
      ),
      h('td', {}, h('code', {}, ...shown(one.duty)), ' ', ...shown(one.what)),
      h('td', {}, ...shown(one.state)),
      h(
        'td',
        {},
        ...(one.at === null
          ? shown('no number, or not known yet')
          : inline([one.isAim ? 'our aim ' : '', { time: one.at, live: true }])),
      ),
      ...[one.owes, one.to, one.status === 'in force' ? one.law : `${one.law} (${one.status})`].map((value) =>
        h('td', {}, ...shown(value)),
      ),
    );
  return h(
    'div',
    { class: 'table', tabindex: '0', role: 'region', 'aria-label': 'Breach duties' },
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ...COLUMNS.map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, ...rows.map(row)),
    ),
  );
}
