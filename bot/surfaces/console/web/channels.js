import { keepSetting, recallSetting } from './history.js';

const MOST_LINES = 400;
const byTime = (a, b) => a.at - b.at || (a.id < b.id ? -1 : 1);

/** Messages of one place, the channel itself (`thread` null) or one thread, as far as they were fetched. */
export class Place {
  /** @param {string} channel `acme/alerts` @param {string | null} thread */
  constructor(channel, thread) {
    this.channel = channel;
    this.thread = thread;
    this.lines = new Map();
    this.more = false;
    this.loaded = false;
    /** A thread's first message. */
    this.head = null;
  }

  /** Whether a message is shown here. */
  holds(line) {
    return line.thread === this.thread || (this.thread !== null && line.id === this.thread);
  }

  /** What was fetched takes the place of what was known, but keeps what only this browser knows. */
  put(line) {
    if (line.id === this.thread) {
      this.head = { ...line, state: this.head?.state };
      return;
    }
    const known = this.lines.get(line.id);
    this.lines.set(line.id, { ...line, state: known?.state, fresh: known?.fresh });
  }

  /** A page of the newest replaces what is here when it does not join on to it, so that there is never a gap. */
  putNewest({ messages, more, head }) {
    const joins = messages.some((line) => this.lines.has(line.id)) || !more;
    const unsent = [...this.lines.values()].filter((line) => line.unsent);
    if (!joins) this.lines = new Map(unsent.map((line) => [line.id, line]));
    if (!joins || !this.loaded) this.more = more;
    if (head) this.put(head);
    for (const line of messages) this.put(line);
    this.loaded = true;
  }

  putOlder({ messages, more }) {
    for (const line of messages) this.put(line);
    this.more = more;
  }

  set(id, change) {
    const line = id === this.thread ? this.head : this.lines.get(id);
    if (!line) return;
    const next = { ...line, ...change };
    if (id === this.thread) this.head = next;
    else this.lines.set(id, next);
  }

  /** Oldest first, a thread's head before all. */
  sorted() {
    const lines = [...this.lines.values()].sort(byTime);
    return this.head ? [this.head, ...lines] : lines;
  }

  oldest() {
    return [...this.lines.values()].filter((line) => !line.unsent).sort(byTime)[0] ?? null;
  }

  newest() {
    return [...this.lines.values()].reduce((latest, line) => Math.max(latest, line.at), 0);
  }

  /** Let go of the oldest when there are very many; they can be fetched again. */
  trim() {
    const lines = [...this.lines.values()].sort(byTime);
    if (lines.length <= MOST_LINES) return;
    this.lines = new Map(lines.slice(-MOST_LINES / 2).map((line) => [line.id, line]));
    this.more = true;
  }
}

const readKey = (channel) => `mdr.read.${channel}`;

/** Up to when this browser has seen a channel, epoch ms of the server; null when it never has. */
export function readUpTo(channel) {
  const at = Number(recallSetting(readKey(channel)));
  return Number.isFinite(at) && at > 0 ? at : null;
}

export function markRead(channel, at) {
  if (at > (readUpTo(channel) ?? 0)) keepSetting(readKey(channel), String(at));
}
