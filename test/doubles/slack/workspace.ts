import { EventEmitter } from 'node:events';

export interface SlackMessage {
  channel: string;
  ts: string;
  thread_ts?: string;
  user: string;
  bot_id?: string;
  text: string;
  blocks: Record<string, unknown>[];
  metadata?: { event_type: string; event_payload: Record<string, unknown> };
  unfurl: boolean;
  /** What it said before, oldest first, one for each edit. */
  before: { text: string; blocks: Record<string, unknown>[] }[];
  reactions: string[];
}

/** An answer that only one person saw. */
export interface Ephemeral {
  channel: string;
  user: string;
  thread_ts?: string;
  text: string;
  blocks: Record<string, unknown>[];
  via: 'chat.postEphemeral' | 'response_url';
  at: number;
}

export interface SlackChannel {
  id: string;
  name: string;
  kind: 'public' | 'private' | 'im';
  archived: boolean;
  /** Whether the bot was invited. */
  member: boolean;
  messages: SlackMessage[];
}

interface ResponseUrl {
  channel: string;
  user: string;
  message: string | null;
  uses: number;
  expires: number;
}

/** What a Slack workspace holds: channels, messages, private answers, views. Emits `change` after each change. */
export class Workspace extends EventEmitter {
  readonly team = { id: 'T0DOUBLE', name: 'Double' };
  readonly bot = { user: 'U0BOT', id: 'B0BOT', app: 'A0MDR', name: 'mdr' };
  readonly channels = new Map<string, SlackChannel>();
  readonly users = new Map<string, { id: string; name: string; is_bot: boolean }>();
  readonly ephemerals: Ephemeral[] = [];
  readonly views = new Map<string, Record<string, unknown>>();
  readonly responseUrls = new Map<string, ResponseUrl>();
  #second = Math.floor(Date.now() / 1000);
  #serial = 0;

  constructor() {
    super();
    this.setMaxListeners(0);
    this.addUser('U0BOT', 'mdr', true);
    this.addUser('U0ANA', 'ana', false);
    this.addChannel('C0ALERTS', { name: 'alerts' });
  }

  addUser(id: string, name: string, is_bot = false): void {
    this.users.set(id, { id, name, is_bot });
  }

  addChannel(id: string, details: Partial<Omit<SlackChannel, 'id' | 'messages'>> = {}): SlackChannel {
    const channel: SlackChannel = {
      id,
      name: details.name ?? id.toLowerCase(),
      kind: details.kind ?? 'public',
      archived: details.archived ?? false,
      member: details.member ?? true,
      messages: [],
    };
    this.channels.set(id, channel);
    return channel;
  }

  /** A message's id and time: seconds, and a serial number that makes it unique. */
  nextTs(): string {
    this.#second = Math.max(this.#second, Math.floor(Date.now() / 1000));
    this.#serial += 1;
    return `${this.#second}.${String(this.#serial).padStart(6, '0')}`;
  }

  add(message: Omit<SlackMessage, 'ts' | 'before' | 'reactions'>): SlackMessage {
    const stored: SlackMessage = { ...message, ts: this.nextTs(), before: [], reactions: [] };
    this.channels.get(message.channel)?.messages.push(stored);
    this.emit('change');
    return stored;
  }

  message(channel: string, ts: string): SlackMessage | undefined {
    return this.channels.get(channel)?.messages.find((message) => message.ts === ts);
  }

  /** First messages of threads, and messages without one. */
  roots(channel: string): SlackMessage[] {
    return (this.channels.get(channel)?.messages ?? []).filter((m) => !m.thread_ts || m.thread_ts === m.ts);
  }

  replies(channel: string, thread: string): SlackMessage[] {
    return (this.channels.get(channel)?.messages ?? []).filter((m) => m.thread_ts === thread && m.ts !== thread);
  }

  whisper(ephemeral: Omit<Ephemeral, 'at'>): void {
    this.ephemerals.push({ ...ephemeral, at: Date.now() });
    this.emit('change');
  }

  /** Wait until `predicate` gives something true. @throws Error after `ms` milliseconds, naming what is there */
  async until<T>(predicate: () => T | null | undefined | false, ms = 5000): Promise<T> {
    const now = predicate();
    if (now) return now;
    return new Promise<T>((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.off('change', look);
      };
      const look = () => {
        const found = predicate();
        if (!found) return;
        done();
        resolve(found);
      };
      const timer = setTimeout(() => {
        done();
        const counts = [...this.channels.values()].map((c) => `${c.id}: ${c.messages.length} messages`).join(', ');
        reject(new Error(`nothing of the kind within ${ms} ms (${counts}; ${this.ephemerals.length} private answers)`));
      }, ms);
      this.on('change', look);
    });
  }
}
