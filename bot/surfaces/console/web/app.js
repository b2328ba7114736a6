import { api } from './api.js';
import { markRead, Place, readUpTo } from './channels.js';
import { composer } from './composer.js';
import { byId } from './dom.js';
import { fetching } from './fetching.js';
import { keepSetting, recallSetting } from './history.js';
import { openLive } from './live.js';
import { announce, banner, drawEmpty, setConnection } from './notes.js';
import { pane } from './pane.js';
import { sending } from './sending.js';
import { sidebar } from './sidebar.js';
import { plain } from './text.js';

/** Setting: the tenant that was looked at last. */
const LAST = 'mdr.tenant';

let me = { person: { id: '', name: '' }, tenants: [], commands: [], now: 0 };
/** @type {Map<string, Place>} channels by tenant */
const channels = new Map();
/** @type {Place | null} */
let channel = null;
/** @type {Place | null} */
let thread = null;
/** Where "New" begins, epoch ms: what came since one last looked. What comes while one looks is not marked. */
let newAfter = Number.POSITIVE_INFINITY;
const unread = new Map();
const drafts = new Map();

const places = (tenant) => [channel, thread].filter((place) => place?.tenant === tenant);
const person = () => me.person;
const draftKey = (place) => `${place?.tenant}/${place?.thread}`;

const send = sending({ me: person, places, redraw: draw });
const channelPane = pane(
  { scroll: byId('feed-scroll'), list: byId('feed'), older: byId('older'), pill: byId('pill') },
  { inThread: false, me: () => me.person.id, open: openThread, act, seen, loadOlder: () => loadOlder(channel) },
);
const threadPane = pane(
  { scroll: byId('thread-scroll'), list: byId('replies'), older: byId('thread-older'), pill: byId('thread-pill') },
  { inThread: true, me: () => me.person.id, open() {}, act, seen() {}, loadOlder: () => loadOlder(thread) },
);
const side = sidebar({ select: (tenant) => go(tenant, null) });
const boxes = {
  channel: composer(
    byId('composer'),
    boxOptions('box', 'Message to the channel', () => channel, channelPane),
  ),
  thread: composer(
    byId('thread-composer'),
    boxOptions('thread-box', 'Reply in the thread', () => thread, threadPane),
  ),
};
const incoming = fetching({
  shown: () => channel?.tenant ?? null,
  places,
  got,
  elsewhere: countUnread,
  failed: complain,
});

function boxOptions(id, label, place, list) {
  return {
    id,
    label,
    placeholder: '',
    commands: () => me.commands,
    send(text) {
      if (!place()) return;
      const sent = send.say(place(), text);
      list.follow();
      return sent;
    },
  };
}

async function act(line, action, choice) {
  const tenant = channel.tenant;
  if (line.thread === null && thread?.thread !== line.id) go(tenant, line.id);
  await send.act(tenant, line, action, choice);
}

/** Where we are is in the address, so that reload, back and forward work: `#/acme` or `#/acme/<thread>`. */
function go(tenant, head) {
  const hash = head === null ? `#/${tenant}` : `#/${tenant}/${head}`;
  if (location.hash === hash) return arrive();
  location.hash = hash;
}

function openThread(line) {
  go(channel.tenant, line.id);
}

function closeThread() {
  const head = thread?.thread;
  if (!head) return;
  go(thread.tenant, null);
  requestAnimationFrame(() => channelPane.focus(head));
}

async function arrive() {
  const [, wantedTenant, wantedThread] = /^#\/([a-z0-9-]+)(?:\/([\w-]+))?$/.exec(location.hash) ?? [];
  const named = (wanted) => me.tenants.find(({ id }) => id === wanted);
  const tenant = named(wantedTenant) ?? named(recallSetting(LAST)) ?? me.tenants[0];
  if (tenant) keepSetting(LAST, tenant.id);
  if (tenant && tenant.id !== wantedTenant) history.replaceState(null, '', `#/${tenant.id}`);
  if (channel) drafts.set(draftKey(channel), boxes.channel.read());
  if (thread) drafts.set(draftKey(thread), boxes.thread.read());
  const from = { channel, thread };
  if (tenant && channel?.tenant !== tenant.id) {
    channel = channels.get(tenant.id) ?? new Place(tenant.id, null);
    channels.set(tenant.id, channel);
    channel.trim();
    newAfter = readUpTo(tenant.id) ?? me.now;
  }
  const head = tenant?.id === wantedTenant ? (wantedThread ?? null) : null;
  if (head === null) thread = null;
  else if (thread?.thread !== head || thread.tenant !== tenant.id) thread = startThread(tenant.id, head);
  const moved = { channel: channel !== from.channel, thread: thread !== from.thread };
  byId('thread').hidden = thread === null;
  byId('app').dataset.thread = thread === null ? 'closed' : 'open';
  if (moved.channel) boxes.channel.write(drafts.get(draftKey(channel)) ?? '', 'Note to people, or /mdr …');
  if (moved.thread && thread) boxes.thread.write(drafts.get(draftKey(thread)) ?? '', 'Note to this thread, or /mdr …');
  draw(moved);
  await Promise.all([moved.channel ? fetchNewest(channel) : null, moved.thread ? fetchNewest(thread) : null]);
  if (moved.thread && thread) focusThread();
  return moved;
}

/** On a touch screen the box would bring up the keyboard, over what one came to read. */
function focusThread() {
  if (matchMedia('(hover: none)').matches) byId('thread-close').focus();
  else boxes.thread.focus();
}

function startThread(tenant, head) {
  const place = new Place(tenant, head);
  place.head = channel.lines.get(head) ?? null;
  channel.set(head, { fresh: false });
  return place;
}

async function fetchNewest(place) {
  if (!place) return;
  const first = !place.loaded;
  try {
    const listing = await api.messages(place.tenant, place.thread === null ? {} : { thread: place.thread });
    if (place.thread !== null && !listing.head) return go(place.tenant, null);
    place.putNewest(listing);
    banner(null);
  } catch (error) {
    complain(error);
  }
  draw({ channel: first && place === channel, thread: first && place === thread });
}

async function loadOlder(place) {
  const oldest = place?.oldest();
  if (!oldest) return;
  const query = place.thread === null ? {} : { thread: place.thread };
  try {
    place.putOlder(await api.messages(place.tenant, { ...query, before: oldest.id }));
  } catch (error) {
    complain(error);
  }
  draw();
}

/** Messages that notices spoke of have been fetched. */
function got(tenant, lines) {
  const news = [];
  for (const line of lines) {
    for (const place of places(tenant)) {
      if (!place.holds(line)) continue;
      const known = line.id === place.thread ? place.head : place.lines.get(line.id);
      if (!known && line.author.id !== me.person.id) news.push(line);
      place.put(line);
      const isRead = thread?.thread === line.id || !known || line.replies.count <= known.replies?.count;
      if (place.thread === null && !isRead) place.set(line.id, { fresh: true });
    }
  }
  if (channelPane.isFollowing()) channel?.trim();
  draw();
  if (news.length > 3) announce(`${news.length} new messages`);
  else if (news.length)
    announce(news.map((line) => `${line.author.name}: ${line.text ?? plain(line.card?.title)}`).join('. '));
}

const tenantName = (id) => me.tenants.find((tenant) => tenant.id === id)?.name ?? '';

/** @param {{ channel?: boolean, thread?: boolean }} [fresh] what is shown anew, and so from its newest message */
function draw(fresh = {}) {
  const name = tenantName(channel?.tenant);
  byId('channel-title').textContent = name || 'mdr';
  byId('channel-about').textContent = channel ? '# alerts' : '';
  byId('thread-about').textContent = thread?.head ? (thread.head.text ?? plain(thread.head.card?.title)) : '';
  const lines = channel?.sorted() ?? [];
  const opened = thread?.thread ?? null;
  channelPane.draw(lines, { more: channel?.more ?? false, fresh: fresh.channel, newAfter, opened });
  if (thread) threadPane.draw(thread.sorted(), { more: thread.more, fresh: fresh.thread });
  drawEmpty(lines.length > 0 || (channel && !channel.loaded), me.tenants.length > 0, channel?.tenant ?? '', name);
  byId('composer').hidden = channel === null;
  seen();
}

/** What is in sight of somebody who looks is read. */
function seen() {
  if (!channel) return drawSide();
  const looking = document.visibilityState === 'visible' && channelPane.isFollowing();
  if (looking && channel.loaded) {
    markRead(channel.tenant, channel.newest());
    if (countAfter(newAfter) === 0) newAfter = Number.POSITIVE_INFINITY;
  } else if (!looking && newAfter === Number.POSITIVE_INFINITY) newAfter = readUpTo(channel.tenant) ?? me.now;
  unread.set(channel.tenant, countAfter(readUpTo(channel.tenant) ?? me.now));
  drawSide();
}

const countAfter = (at) => channel.sorted().filter((line) => line.at > at && line.author.id !== me.person.id).length;

function drawSide() {
  side.draw(me.tenants, channel?.tenant ?? null, unread);
}

async function countUnread(tenant) {
  if (!me.tenants.some(({ id }) => id === tenant)) return fetchMe();
  const { count } = await api.unread(tenant, readUpTo(tenant) ?? me.now);
  if (tenant !== channel?.tenant) unread.set(tenant, count);
  drawSide();
}

async function fetchMe() {
  const { now } = me;
  me = await api.me();
  if (now) me.now = now;
  byId('me-name').textContent = me.person.name;
  byId('me-role').textContent = me.tenants[0]?.role ?? '';
  const moved = await arrive();
  await Promise.all(me.tenants.filter(({ id }) => id !== channel?.tenant).map(({ id }) => countUnread(id)));
  return moved;
}

async function refetch() {
  try {
    const { channel: moved, thread: threadMoved } = await fetchMe();
    // What `arrive` moved to, it has fetched already.
    await Promise.all([moved ? null : fetchNewest(channel), threadMoved ? null : fetchNewest(thread)]);
  } catch (error) {
    complain(error);
  }
}

function complain(error) {
  banner(error.words ?? String(error), 'bad');
}

function keys(event) {
  const typing = event.target.closest?.('textarea, input, select');
  if (event.key === 'Escape' && thread && !event.defaultPrevented) closeThread();
  else if (event.key === '/' && !typing) {
    boxes[thread ? 'thread' : 'channel'].focus();
    event.preventDefault();
  }
}

addEventListener('hashchange', arrive);
document.addEventListener('keydown', keys);
document.addEventListener('visibilitychange', seen);
byId('thread-close').addEventListener('click', closeThread);
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  boxes.channel.focus();
});
byId('sign-out').addEventListener('click', () => api.signOut().then(() => location.replace('/'), complain));
byId('new-link').addEventListener('click', async () => {
  side.closeMenu();
  const words = 'Good for one sign-in as you, in another browser:';
  await api.link().then(({ link }) => banner(`${words} ${link}`, 'good'), complain);
});
openLive({ notice: incoming.notice, refetch, state: setConnection, check: api.me, over: () => location.replace('/') });
