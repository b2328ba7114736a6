import { arrange, byId, h } from './dom.js';
import { shown } from './text.js';

const many = (count) => (count > 99 ? '99+' : String(count));

/**
 * The list of channels, one for each tenant, with what is unread in it; the page's title says it too.
 * @param {{ select: (tenant: string) => void }} options
 */
export function sidebar({ select }) {
  const app = byId('app');
  const menu = byId('menu');
  const list = byId('channels');
  const kept = new Map();

  const setMenu = (open) => {
    app.dataset.menu = open ? 'open' : 'closed';
    menu.setAttribute('aria-expanded', String(open));
    if (open) list.querySelector('button')?.focus();
  };
  menu.addEventListener('click', () => setMenu(app.dataset.menu !== 'open'));
  document.addEventListener('pointerdown', (event) => {
    if (app.dataset.menu === 'open' && !event.target.closest('#sidebar, #menu')) setMenu(false);
  });
  byId('sidebar').addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && app.dataset.menu === 'open') {
      setMenu(false);
      menu.focus();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const buttons = [...list.querySelectorAll('button')];
    const index = buttons.indexOf(document.activeElement);
    if (step === undefined || index < 0) return;
    event.preventDefault();
    buttons[(index + step + buttons.length) % buttons.length].focus();
  });

  function make(tenant) {
    const count = h('span', { class: 'count', hidden: true });
    const button = h(
      'button',
      {
        type: 'button',
        class: 'channel-link',
        onclick: () => {
          setMenu(false);
          select(tenant.id);
        },
      },
      h(
        'span',
        { class: 'names' },
        h('span', { class: 'name' }, ...shown(tenant.name)),
        h('span', { class: 'room' }, '# alerts'),
      ),
      count,
    );
    return { item: h('li', {}, button), button, count };
  }

  return {
    closeMenu: () => setMenu(false),
    /** @param {Map<string, number>} unread */
    draw(tenants, selected, unread) {
      let total = 0;
      let elsewhere = 0;
      const items = tenants.map((tenant) => {
        if (!kept.has(tenant.id)) kept.set(tenant.id, make(tenant));
        const { item, button, count } = kept.get(tenant.id);
        const here = unread.get(tenant.id) ?? 0;
        total += here;
        if (tenant.id !== selected) elsewhere += here;
        button.classList.toggle('unread', here > 0);
        button.setAttribute('aria-current', String(tenant.id === selected));
        count.hidden = here === 0;
        count.replaceChildren(many(here), h('span', { class: 'hidden' }, ' unread'));
        return item;
      });
      arrange(list, items);
      byId('menu-unread').hidden = elsewhere === 0;
      const name = tenants.find((tenant) => tenant.id === selected)?.name;
      document.title = `${total ? `(${many(total)}) ` : ''}${name ? `${name} · ` : ''}mdr`;
    },
  };
}
