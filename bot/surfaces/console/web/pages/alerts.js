import { alertList } from '../alert-list.js';
import { api } from '../api.js';
import { bulkBar } from '../bulk.js';
import { choice, fillChoice, h } from '../dom.js';
import { banner, complain } from '../notes.js';

const STATES = [
  ['open', 'Open'],
  ['new', 'New'],
  ['acknowledged', 'Acknowledged'],
  ['closed', 'Closed'],
  ['all', 'Open and closed'],
];
const LEVELS = [
  ['', 'Any priority'],
  ['critical', 'Critical'],
  ['high', 'High and above'],
  ['medium', 'Medium and above'],
  ['low', 'Low and above'],
];
const SORTS = [
  ['score', 'Highest score first'],
  ['last', 'Last seen first'],
  ['created', 'Newest first'],
  ['updated', 'Last changed first'],
];
const STEP = 100;
const MOST = 500;
const TYPING_MS = 250;
/** Alerts that no channel of the console shows change without a notice. */
const LOOK_AGAIN_MS = 30_000;

/** Alerts of all one's tenants: filter, sort, and do the same to many. What is set stands in the address. */
export default {
  title: 'Alerts',
  order: 1,
  async open(root, shell, { query }) {
    const { tenants, person } = shell.me();
    const asked = Object.fromEntries(
      ['tenant', 'state', 'level', 'owner', 'text', 'sort'].map((name) => [name, query.get(name) ?? '']),
    );
    let limit = STEP;
    let asking = 0;
    let typing = null;

    const set = (name) => (value) => {
      asked[name] = value;
      limit = STEP;
      const said = new URLSearchParams(Object.entries(asked).filter(([, each]) => each));
      history.replaceState(null, '', said.size ? `#alerts?${said}` : '#alerts');
      shell.stay();
      return refresh();
    };
    const ownerChoices = (people) => [
      ['', 'Any owner'],
      ['me', 'Mine'],
      ['nobody', 'Nobody’s'],
      ...people.filter(({ id }) => id !== person.id).map(({ id, name }) => [id, name]),
    ];
    const ofTenant = [['', 'All tenants'], ...tenants.map(({ id, name }) => [id, name])];
    const states = person.side === 'customer' ? STATES.filter(([id]) => id !== 'new') : STATES;
    const owner = choice('Owner', ownerChoices([]), asked.owner, set('owner'));
    const text = h('input', {
      type: 'search',
      'aria-label': 'Text',
      placeholder: 'Title, host, user, rule …',
      maxlength: '200',
      autocomplete: 'off',
      value: asked.text,
      oninput: () => {
        clearTimeout(typing);
        typing = setTimeout(() => set('text')(text.value.trim()), TYPING_MS);
      },
    });
    const filters = h(
      'form',
      { class: 'filters', role: 'search', 'aria-label': 'Filter alerts', onsubmit: (event) => event.preventDefault() },
      text,
      tenants.length > 1 ? choice('Tenant', ofTenant, asked.tenant, set('tenant')) : null,
      choice('State', states, asked.state, set('state')),
      choice('Priority', LEVELS, asked.level, set('level')),
      owner,
      choice('Order', SORTS, asked.sort, set('sort')),
    );
    const count = h('p', { class: 'count-line', role: 'status' });
    const more = h('button', { type: 'button', class: 'older', hidden: true, onclick: showMore }, 'Show more');
    const list = alertList({ tenantName, chosen: () => bulk.draw(list.chosen()) });
    const bulk = bulkBar({ done: refresh, clear: list.clear, chosen: list.chosen, tenantName });
    root.append(
      filters,
      h('div', { class: 'list-head' }, list.all, count, h('p', { class: 'keys', 'aria-hidden': 'true' }, ...KEYS())),
      list.element,
      more,
      bulk.outcomes,
      bulk.element,
    );

    function tenantName(id) {
      return shell.me().tenants.find((tenant) => tenant.id === id)?.name ?? id;
    }

    function showMore() {
      limit = Math.min(limit + STEP, MOST);
      return refresh();
    }

    function refresh() {
      return changed().then(() => banner(null), complain);
    }

    async function changed() {
      const mine = ++asking;
      const wanted = Object.fromEntries(Object.entries(asked).filter(([, value]) => value));
      const { rows, total, people } = await api.read('alerts', { ...wanted, limit: String(limit) });
      // A later question's answer may have come before this one's.
      if (mine !== asking) return;
      list.draw(rows);
      bulk.draw(list.chosen(), people);
      fillChoice(owner, ownerChoices(people), asked.owner);
      const words = `${total} ${total === 1 ? 'alert' : 'alerts'}`;
      count.textContent = rows.length < total ? `${rows.length} of ${words}` : total ? words : 'No alert fits';
      more.hidden = rows.length === total || limit === MOST;
    }

    await refresh();
    const timer = setInterval(() => document.visibilityState === 'visible' && refresh(), LOOK_AGAIN_MS);
    return {
      changed: refresh,
      keys(event) {
        if (event.key === '/') text.focus();
        else return list.keys(event);
        return true;
      },
      close() {
        clearInterval(timer);
        clearTimeout(typing);
      },
    };
  },
};

const KEYS = () =>
  [
    ['j', 'down'],
    ['k', 'up'],
    ['x', 'select'],
    ['Enter', 'open'],
    ['/', 'search'],
  ].flatMap(([key, words]) => [h('kbd', {}, key), ` ${words}  `]);
