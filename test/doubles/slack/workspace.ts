import { randomUUID } from 'node:crypto';
import { Watched } from '../watched.js';

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
  files?: SlackFile[];
}

export interface SlackFile {
  id: string;
  name: string;
  mimetype: string;
  bytes: Buffer;
  title?: string;
}

/** An answer that only one person saw. */
export interface Ephemeral {
  channel: string;
  user: string;
  thread_ts?: string;
  text: string;
  blocks: Record<string, unknown>[];
  via: 'chat.postEphemeral' | 'response_url';
  /** Id of the `response_url` that it came through. */
  url?: string;
  /** What it said before, oldest first. */
  before: { text: string; blocks: Record<string, unknown>[] }[];
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
  /** Id of the user who made it. */
  creator: string;
  /** Who was invited, besides the bot; of channels that the bot made. */
  members: Set<string>;
  topic: string;
  /** Ids of pinned messages, in order. */
  pins: string[];
}

interface ResponseUrl {
  channel: string;
  user: string;
  message: string | null;
  uses: number;
  expires: number;
}

/** What a Slack workspace holds: channels, messages, private answers, views. Emits `change` after each change. */
export class Workspace extends Watched {
  /** How long a trigger lasts, ms. */
  triggerMs = 3000;
  readonly team = { id: 'T0DOUBLE', name: 'Double' };
  readonly bot = { user: 'U0BOT', id: 'B0BOT', app: 'A0MDR', name: 'mdr' };
  readonly channels = new Map<string, SlackChannel>();
  readonly users = new Map<string, { id: string; name: string; is_bot: boolean }>();
  readonly ephemerals: Ephemeral[] = [];
  readonly views = new Map<string, Record<string, unknown>>();
  /** Dialogs opened so far: no id is given twice. */
  dialogs = 0;
  /** Clicks that may still open a dialog, and until when (epoch ms). */
  readonly triggers = new Map<string, number>();
  readonly files = new Map<string, SlackFile>();
  /** How many times each view was published. */
  published = 0;
  /** Files on their way: announced, then with their bytes, then shared. */
  readonly uploads = new Map<string, { id: string; name: string; length: number; data: Buffer | null }>();
  /** Address of the double itself. */
  base = '';
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
      creator: details.creator ?? 'U0ADMIN',
      members: details.members ?? new Set(),
      topic: details.topic ?? '',
      pins: details.pins ?? [],
    };
    this.channels.set(id, channel);
    return channel;
  }

  /** A click that opens one dialog, for three seconds. */
  trigger(): string {
    const id = `trigger.${randomUUID()}`;
    this.triggers.set(id, Date.now() + this.triggerMs);
    return id;
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

  whisper(ephemeral: Omit<Ephemeral, 'at' | 'before'>): void {
    this.ephemerals.push({ ...ephemeral, before: [], at: Date.now() });
    this.emit('change');
  }
}
