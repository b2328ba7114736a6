import { arrange, byId, h } from './dom.js';
import { channelHash } from './route.js';
import { shown } from './text.js';

const many = (count) => (count > 99 ? '99+' : String(count));

/**
 * The pages, and the channels of each tenant with what is unread in them; the page's title says it too.
 * @param {{ go: (hash: string) => void }} options
 */
export function sidebar({ go }) {
  const app = byId('app');
  const menu = byId('menu');
  const list = byId('channels');
  const nav = byId('pages');
  const kept = new Map();

  const setMenu = (open) => {
    app.dataset.menu = open ? 'open' : 'closed';
    menu.setAttribute('aria-expanded', String(open));
    if (open) (nav.querySelector('a') ?? list.querySelector('button'))?.focus();
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
    const buttons = [...byId('sidebar').querySelectorAll('#pages a, #channels button')];
    const index = buttons.indexOf(document.activeElement);
    if (step === undefined || index < 0) return;
    event.preventDefault();
    buttons[(index + step + buttons.length) % buttons.length].focus();
  });

  /** The second channel of a tenant stands below the first and does not repeat the name to the eye. */
  function make(room, first) {
    const count = h('span', { class: 'count', hidden: true });
    const button = h(
      'button',
      {
        type: 'button',
        class: first ? 'channel-link' : 'channel-link further',
        onclick: () => {
          setMenu(false);
          go(channelHash(room.channel));
        },
      },
      h(
        'span',
        { class: 'names' },
        h('span', { class: first ? 'name' : 'hidden' }, ...shown(room.name), ' '),
        h('span', { class: 'room' }, `# ${room.label}`),
      ),
      count,
    );
    return { item: h('li', {}, button), button, count };
  }

  function makePage({ name, title }) {
    const link = h('a', { href: `#${name}`, class: 'page-link', onclick: () => setMenu(false) }, title);
    return { item: h('li', {}, link), link };
  }

  return {
    closeMenu: () => setMenu(false),
    /**
     * @param {{ pages: { name: string, title: string }[], page: string | null, rooms: any[], selected: string | null, unread: Map<string, number>, title: string | null }} now
     *   `page` and `selected`: where one is; `title`: of the page
     */
    draw({ pages, page, rooms, selected, unread, title }) {
      let total = 0;
      let elsewhere = 0;
      const links = pages.map((each) => {
        const key = `page ${each.name}`;
        if (!kept.has(key)) kept.set(key, makePage(each));
        const { item, link } = kept.get(key);
        if (each.name === page) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
        return item;
      });
      arrange(nav, links);
      const items = rooms.map((room, index) => {
        const { channel } = room;
        if (!kept.has(channel)) kept.set(channel, make(room, rooms[index - 1]?.tenant !== room.tenant));
        const { item, button, count } = kept.get(channel);
        const here = unread.get(channel) ?? 0;
        total += here;
        if (channel !== selected) elsewhere += here;
        button.classList.toggle('unread', here > 0);
        button.setAttribute('aria-current', String(channel === selected));
        count.hidden = here === 0;
        count.replaceChildren(many(here), h('span', { class: 'hidden' }, ' unread'));
        return item;
      });
      arrange(list, items);
      byId('menu-unread').hidden = elsewhere === 0;
      const name = title ?? rooms.find(({ channel }) => channel === selected)?.name;
      document.title = `${total ? `(${many(total)}) ` : ''}${name ? `${name} · ` : ''}mdr`;
    },
  };
}
