import { api } from './api.js';
import { openChat } from './chat.js';
import { byId } from './dom.js';
import { openLive } from './live.js';
import { banner, complain, setConnection } from './notes.js';
import { openPages } from './pages.js';
import { readRoute } from './route.js';
import { sidebar } from './sidebar.js';

let me = {
  person: { id: '', name: '', side: 'provider', operator: false },
  tenants: [],
  commands: [],
  pages: [],
  now: 0,
};

const LABELS = { provider: 'alerts', customer: 'shared' };
/** The channels that one may read, each with whose it is. */
const rooms = () =>
  me.tenants.flatMap(({ id, name, rooms: own }) =>
    own.map(({ channel, lane }) => ({
      channel,
      lane,
      tenant: id,
      name,
      label: LABELS[lane],
      warning: lane === 'customer' && me.person.side === 'provider' ? 'the customer reads this' : '',
    })),
  );

/** @param {string} hash */
function go(hash) {
  if (location.hash === hash) return arrive();
  location.hash = hash;
}

const side = sidebar({ go });
const chat = openChat({ me: () => me, rooms, go, redraw: drawSide, stranger: fetchMe });
const pages = openPages({
  root: byId('page'),
  shell: {
    me: () => me,
    rooms,
    go,
    thread: chat.aside,
    title,
    stay: () => pages.stay(),
    fit: () => matchMedia('(min-width: 1081px)').matches,
  },
});

function title(words, about = '') {
  byId('channel-title').textContent = words;
  byId('channel-about').textContent = about;
  drawSide();
}

/** @returns {Promise<{ channel: boolean, thread: boolean } | undefined>} what of the chat was fetched anew */
async function arrive() {
  const route = readRoute(location.hash);
  const isPage = route.page !== null && pages.has(route.page);
  byId('page').hidden = !isPage;
  byId('room').hidden = isPage;
  if (!isPage) {
    pages.leave();
    return chat.show(route.channel ?? null, route.thread ?? null);
  }
  // Reconnecting arrives again where one is: what is open there stays open.
  if (!pages.isAt(route.page)) chat.cover();
  await pages.show(route.page, route);
}

function drawSide() {
  side.draw({
    pages: pages.listed(),
    page: pages.current(),
    rooms: rooms(),
    selected: chat.current(),
    unread: chat.unread,
    title: pages.current() === null ? null : byId('channel-title').textContent,
  });
}

async function fetchMe() {
  const { now } = me;
  me = await api.me();
  if (now) me.now = now;
  byId('me-name').textContent = me.person.name;
  byId('me-role').textContent = me.tenants[0]?.role ?? '';
  byId('new-link').hidden = !me.person.operator;
  await pages.load(me.pages);
  const moved = await arrive();
  await chat.countElsewhere();
  return moved;
}

async function refetch() {
  try {
    await chat.refetch(await fetchMe());
  } catch (error) {
    complain(error);
  }
}

function keys(event) {
  const typing = event.target.closest?.('textarea, select, input:not([type="checkbox"])');
  if (event.defaultPrevented) return;
  if (event.key === 'Escape' && chat.hasThread()) chat.closeThread();
  else if (!typing && !event.altKey && !event.ctrlKey && !event.metaKey) {
    if (pages.keys(event)) event.preventDefault();
    else if (event.key === '/' && pages.current() === null) {
      chat.focusBox();
      event.preventDefault();
    }
  }
}

addEventListener('hashchange', () => arrive().catch(complain));
document.addEventListener('keydown', keys);
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  if (pages.current() === null) chat.focusBox();
  else byId('page').focus();
});
byId('sign-out').addEventListener('click', () => api.signOut().then(() => location.replace('/'), complain));
byId('new-link').addEventListener('click', async () => {
  side.closeMenu();
  const words = 'Good for one sign-in as you, in another browser:';
  await api.link().then(({ link }) => banner(`${words} ${link}`, 'good'), complain);
});
openLive({
  notice(notice) {
    chat.notice(notice);
    pages.changed();
  },
  refetch,
  state: setConnection,
  check: api.me,
  over: () => location.reload(),
});
