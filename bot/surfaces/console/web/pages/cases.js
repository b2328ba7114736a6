import { api } from '../api.js';
import { cardElement } from '../card.js';
import { choice, h } from '../dom.js';
import { banner } from '../notes.js';
import { shown } from '../text.js';

const STATES = [
  ['open', 'Open'],
  ['closed', 'Closed'],
  ['all', 'Open and closed'],
];
const COLUMNS = ['Case', 'Severity', 'State', 'Lead', 'Open tasks', 'Title'];

/** Cases of all one's tenants, and one case: what `/mdr case show`, its playbook run and its timeline say. Where one is stands in the address. */
export default {
  title: 'Cases',
  order: 2,
  open(root, shell, { args, query }) {
    const [tenant, number] = args;
    return number ? one(root, tenant, number) : list(root, shell, tenant ?? '', query.get('state') ?? 'open');
  },
};

async function list(root, shell, tenant, state) {
  const { tenants } = shell.me();
  const go = (id, of) => shell.go(`#cases${id ? `/${id}` : ''}?${new URLSearchParams({ state: of })}`);
  const body = h('div', { class: 'health numbers' });
  const all = [['', 'All tenants'], ...tenants.map(({ id, name }) => [id, name])];
  root.append(
    h(
      'form',
      { class: 'filters', onsubmit: (event) => event.preventDefault() },
      tenants.length > 1 ? choice('Tenant', all, tenant, (id) => go(id, state)) : null,
      choice('State', STATES, state, (of) => go(tenant, of)),
    ),
    body,
  );

  async function changed() {
    const { rows } = await api.read('cases', { state, ...(tenant && { tenant }) });
    body.replaceChildren(
      rows.length > 0
        ? table(rows)
        : h('p', { class: 'empty' }, 'No cases. One is opened from an alert, or with /mdr case open.'),
    );
  }
  await changed();
  return { changed };
}

function table(rows) {
  const row = (record) =>
    h(
      'tr',
      {},
      h(
        'th',
        { scope: 'row' },
        h(
          'a',
          { class: 'case-link', href: `#cases/${record.tenant}/${record.number}` },
          `${record.tenant} ${record.number}`,
        ),
      ),
      ...[
        `${record.severity}, ${record.priority}`,
        record.outcome ? `closed as ${record.outcome}` : record.state,
        record.lead ?? 'nobody',
        String(record.open),
        `${record.simulated ? 'Simulated · ' : ''}${record.title}`,
      ].map((value) => h('td', {}, ...shown(value))),
    );
  return h(
    'div',
    { class: 'table', tabindex: '0', role: 'region', 'aria-label': 'Cases' },
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ...COLUMNS.map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, ...rows.map(row)),
    ),
  );
}

async function one(root, tenant, number) {
  const said = h('div', { class: 'answer', role: 'status' });
  const body = h('div', {});
  root.append(
    h('p', { class: 'meta' }, h('a', { href: `#cases/${tenant}` }, 'All cases')),
    said,
    h('h2', { class: 'hidden' }, 'The case, its playbook, and its timeline'),
    body,
  );

  async function changed() {
    const [card, run, timeline] = await Promise.all([
      api.run(tenant, `case show ${number}`),
      api.run(tenant, `playbook of ${number}`),
      api.run(tenant, `case timeline ${number}`),
    ]);
    body.replaceChildren(
      cardElement(card, { clamp: false, act }),
      ...(card.tone === 'error' ? [] : [run, timeline].map((each) => cardElement(each, { clamp: false, act }))),
    );
  }

  async function act({ command, record, tenant: of }, value) {
    const card = await api.run(of, [command, record, value].filter(Boolean).join(' ')).catch((error) => {
      banner(error.words ?? String(error));
      return null;
    });
    if (!card) return;
    // What can be pressed stands below, as it is now.
    const blocks = card.blocks.filter(({ kind }) => kind !== 'actions');
    said.replaceChildren(
      h('h2', { class: 'hidden' }, 'What became of it'),
      cardElement({ ...card, blocks }, { clamp: false, act }),
    );
    await changed();
  }

  await changed();
  return { changed };
}
