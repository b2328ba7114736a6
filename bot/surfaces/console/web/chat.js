import { api } from './api.js';
import { markRead, Place, readUpTo } from './channels.js';
import { composer } from './composer.js';
import { byId } from './dom.js';
import { fetching } from './fetching.js';
import { keepSetting, recallSetting } from './history.js';
import { announce, banner, complain, drawEmpty } from './notes.js';
import { pane } from './pane.js';
import { channelHash } from './route.js';
import { sending } from './sending.js';
import { plain } from './text.js';

/** Setting: the channel that was looked at last. */
const LAST = 'mdr.channel';

/**
 * The channels and their threads. A page may stand where the channel is; a thread can be open beside it.
 * @param {{ me: () => any, rooms: () => any[], go: (hash: string) => void, redraw: () => void, stranger: () => void }} shell
 *   `rooms`: the channels one may read; `redraw`: what is unread has changed; `stranger`: a notice came of a channel not known yet
 */
export function openChat({ me, rooms, go, redraw, stranger }) {
  /** @type {Map<string, Place>} by channel */
  const known = new Map();
  /** @type {Place | null} */
  let channel = null;
  /** @type {Place | null} */
  let thread = null;
  /** Whether a page stands where the channel's messages would. */
  let covered = false;
  /** Where "New" begins, epoch ms: what came since one last looked. What comes while one looks is not marked. */
  let newAfter = Number.POSITIVE_INFINITY;
  const unread = new Map();
  const drafts = new Map();

  const person = () => me().person;
  const places = (name) => [channel, thread].filter((place) => place?.channel === name);
  const draftKey = (place) => `${place?.channel}/${place?.thread}`;
  const roomOf = (name) => rooms().find((room) => room.channel === name);

  const send = sending({ me: person, places, redraw: draw });
  const channelPane = pane(
    { scroll: byId('feed-scroll'), list: byId('feed'), older: byId('older'), pill: byId('pill') },
    { inThread: false, me: () => person().id, open: openThread, act, seen, loadOlder: () => loadOlder(channel) },
  );
  const threadPane = pane(
    { scroll: byId('thread-scroll'), list: byId('replies'), older: byId('thread-older'), pill: byId('thread-pill') },
    { inThread: true, me: () => person().id, open() {}, act, seen() {}, loadOlder: () => loadOlder(thread) },
  );
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
    shown: () => channel?.channel ?? null,
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
      commands: () => me().commands,
      send(text) {
        if (!place()) return;
        const sent = send.say(place(), text);
        list.follow();
        return sent;
      },
    };
  }

  async function act(line, action, choice) {
    const { channel: name } = channel;
    if (line.thread === null && thread?.thread !== line.id) go(channelHash(name, line.id));
    await send.act(name, line, action, choice);
  }

  function openThread(line) {
    go(channelHash(channel.channel, line.id));
  }

  function closeThread() {
    const head = thread?.thread;
    if (!head) return;
    if (covered) return leaveThread();
    go(channelHash(thread.channel));
    requestAnimationFrame(() => channelPane.focus(head));
  }

  function leaveThread() {
    move(channel?.channel ?? null, null);
    draw();
    byId('page').querySelector('[data-thread]')?.focus();
  }

  /** Make a channel and a thread the present ones. @returns which of them are others than before */
  function move(name, head) {
    const from = { channel, thread };
    if (channel) drafts.set(draftKey(channel), boxes.channel.read());
    if (thread) drafts.set(draftKey(thread), boxes.thread.read());
    if (name !== null && channel?.channel !== name) {
      channel = known.get(name) ?? new Place(name, null);
      known.set(name, channel);
      channel.trim();
      newAfter = readUpTo(name) ?? me().now;
    }
    if (head === null || name === null) thread = null;
    else if (thread?.thread !== head || thread.channel !== name) thread = startThread(name, head);
    byId('thread').hidden = thread === null;
    byId('app').dataset.thread = thread === null ? 'closed' : 'open';
    const moved = { channel: channel !== from.channel, thread: thread !== from.thread };
    const words = roomOf(name)?.lane === 'customer' ? wordsToCustomer() : 'Note to people, or /mdr …';
    if (moved.channel) boxes.channel.write(drafts.get(draftKey(channel)) ?? '', words);
    if (moved.thread && thread) boxes.thread.write(drafts.get(draftKey(thread)) ?? '', words);
    return moved;
  }

  const wordsToCustomer = () =>
    person().side === 'provider' ? 'To the customer too, or /mdr …' : 'To your analysts, or /mdr …';

  /** On a touch screen the box would bring up the keyboard, over what one came to read. */
  function focusThread() {
    if (matchMedia('(hover: none)').matches) byId('thread-close').focus();
    else boxes.thread.focus();
  }

  function startThread(name, head) {
    const place = new Place(name, head);
    place.head = channel.lines.get(head) ?? null;
    channel.set(head, { fresh: false });
    return place;
  }

  async function fetchNewest(place) {
    if (!place) return;
    const first = !place.loaded;
    try {
      const listing = await api.messages(place.channel, place.thread === null ? {} : { thread: place.thread });
      if (place.thread !== null && !listing.head) return covered ? leaveThread() : go(channelHash(place.channel));
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
      place.putOlder(await api.messages(place.channel, { ...query, before: oldest.id }));
    } catch (error) {
      complain(error);
    }
    draw();
  }

  /** Messages that notices spoke of have been fetched. */
  function got(name, lines) {
    const news = [];
    for (const line of lines) {
      for (const place of places(name)) {
        if (!place.holds(line)) continue;
        const before = line.id === place.thread ? place.head : place.lines.get(line.id);
        if (!before && line.author.id !== person().id) news.push(line);
        place.put(line);
        const isRead = thread?.thread === line.id || !before || line.replies.count <= before.replies?.count;
        if (place.thread === null && !isRead) place.set(line.id, { fresh: true });
      }
    }
    if (channelPane.isFollowing()) channel?.trim();
    draw();
    if (news.length > 3) announce(`${news.length} new messages`);
    else if (news.length)
      announce(news.map((line) => `${line.author.name}: ${line.text ?? plain(line.card?.title)}`).join('. '));
  }

  /** @param {{ channel?: boolean, thread?: boolean }} [fresh] what is shown anew, and so from its newest message */
  function draw(fresh = {}) {
    const room = roomOf(channel?.channel);
    byId('thread-about').textContent = thread?.head ? (thread.head.text ?? plain(thread.head.card?.title)) : '';
    if (!covered) {
      byId('channel-title').textContent = room?.name || 'mdr';
      byId('channel-about').textContent = room ? `# ${room.label}${room.warning ? ` · ${room.warning}` : ''}` : '';
      const lines = channel?.sorted() ?? [];
      const opened = thread?.thread ?? null;
      channelPane.draw(lines, { more: channel?.more ?? false, fresh: fresh.channel, newAfter, opened });
      drawEmpty(lines.length > 0 || (channel && !channel.loaded), room, person());
      byId('composer').hidden = channel === null;
    }
    if (thread) threadPane.draw(thread.sorted(), { more: thread.more, fresh: fresh.thread });
    seen();
  }

  /** What is in sight of somebody who looks is read. */
  function seen() {
    if (!channel) return redraw();
    const { channel: name } = channel;
    const looking = document.visibilityState === 'visible' && !covered && channelPane.isFollowing();
    if (looking && channel.loaded) {
      markRead(name, channel.newest());
      if (countAfter(newAfter) === 0) newAfter = Number.POSITIVE_INFINITY;
    } else if (!looking && newAfter === Number.POSITIVE_INFINITY) newAfter = readUpTo(name) ?? me().now;
    unread.set(name, countAfter(readUpTo(name) ?? me().now));
    redraw();
  }

  const countAfter = (at) => channel.sorted().filter((line) => line.at > at && line.author.id !== person().id).length;

  async function countUnread(name) {
    if (!roomOf(name)) return stranger();
    const { count } = await api.unread(name, readUpTo(name) ?? me().now);
    if (name !== channel?.channel) unread.set(name, count);
    redraw();
  }

  byId('thread-close').addEventListener('click', closeThread);
  document.addEventListener('visibilitychange', seen);

  return {
    unread,
    notice: incoming.notice,
    closeThread,
    hasThread: () => thread !== null,
    /** The channel in sight; null while a page covers it. */
    current: () => (covered ? null : (channel?.channel ?? null)),
    focusBox: () => boxes[thread ? 'thread' : 'channel'].focus(),

    /** Show a channel, or one that is there when it is not. @returns what was fetched anew */
    async show(wanted, head) {
      covered = false;
      const room = roomOf(wanted) ?? roomOf(recallSetting(LAST)) ?? rooms()[0];
      if (room) keepSetting(LAST, room.channel);
      if (room && room.channel !== wanted) history.replaceState(null, '', channelHash(room.channel));
      const moved = move(room?.channel ?? null, room?.channel === wanted ? head : null);
      draw(moved);
      await Promise.all([moved.channel ? fetchNewest(channel) : null, moved.thread ? fetchNewest(thread) : null]);
      if (moved.thread && thread) focusThread();
      return moved;
    },

    /** A page is shown instead, without a thread beside it. */
    cover() {
      covered = true;
      move(channel?.channel ?? null, null);
      draw();
    },

    /** Open a thread beside the page. */
    async aside(name, head) {
      const moved = move(name, head);
      draw(moved);
      if (moved.thread) await fetchNewest(thread);
    },

    /** Fetch again what is in sight, as far as `show` did not do so. */
    async refetch(moved = { channel: false, thread: false }) {
      await Promise.all([
        moved.channel || covered ? null : fetchNewest(channel),
        moved.thread ? null : fetchNewest(thread),
      ]);
    },

    async countElsewhere() {
      const others = rooms().filter(({ channel: name }) => covered || name !== channel?.channel);
      await Promise.all(others.map(({ channel: name }) => countUnread(name)));
    },
  };
}
