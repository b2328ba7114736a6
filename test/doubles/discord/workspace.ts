import { Watched } from '../watched.js';

export interface Embed {
  title?: string;
  description?: string;
  fields?: { name: string; value: string; inline?: boolean }[];
  footer?: { text: string };
  color?: number;
}
export interface Component {
  type: number;
  custom_id?: string;
  label?: string;
  options?: { label: string; value: string }[];
  components?: Component[];
}
export interface Content {
  content: string;
  embeds: Embed[];
  components: Component[];
}
export interface Attachment {
  filename: string;
  content_type: string;
  data: Buffer;
}

export interface DiscordMessage extends Content {
  id: string;
  channel: string;
  author: string;
  nonce: string | null;
  attachments: Attachment[];
  /** Users whom it notified. */
  notified: string[];
  /** What it said before, oldest first, one for each edit. */
  before: Content[];
  reactions: string[];
  at: number;
}

/** An answer that only one person saw: by an interaction. */
export interface Ephemeral extends Content {
  channel: string;
  user: string;
}

export interface DiscordChannel {
  id: string;
  name: string;
  /** 0: text, 1: direct, 11: public thread. */
  type: number;
  parent: string | null;
  /** Whether the bot may see it, and write there. */
  visible: boolean;
  writable: boolean;
  archived: boolean;
  messages: DiscordMessage[];
}

export interface Interaction {
  id: string;
  token: string;
  user: string;
  channel: string;
  /** Epoch ms after which it cannot be acknowledged, and after which its answers are over. */
  acknowledgeBy: number;
  expires: number;
  state: 'new' | 'deferred' | 'answered';
  ephemeral: boolean;
  shown: Ephemeral | null;
  acknowledged(body: Record<string, unknown>): void;
}

const EPOCH = 1420070400000n;

/** What a Discord server holds: channels, threads, messages, interactions, commands. Emits `change` after each change. */
export class Workspace extends Watched {
  readonly guild = { id: '900000000000000001', name: 'Double' };
  readonly bot = { id: '900000000000000002', username: 'mdr' };
  readonly application = '900000000000000003';
  /** Of the application: privileged intents that it is allowed. */
  flags = 0;
  readonly channels = new Map<string, DiscordChannel>();
  readonly users = new Map<string, { id: string; username: string; global_name: string | null; closed: boolean }>();
  readonly ephemerals: Ephemeral[] = [];
  readonly interactions = new Map<string, Interaction>();
  readonly commands: Record<string, unknown>[] = [];
  #serial = 0n;

  constructor() {
    super();
    this.setMaxListeners(0);
    this.addUser('800000000000000001', 'ana');
    this.addChannel('700000000000000001', { name: 'alerts' });
  }

  /** An id that carries its time, later than all before. */
  snowflake(at = Date.now()): string {
    this.#serial += 1n;
    return String(((BigInt(at) - EPOCH) << 22n) + this.#serial);
  }

  addUser(id: string, username: string, closed = false): void {
    this.users.set(id, { id, username, global_name: null, closed });
  }

  addChannel(id: string, details: Partial<Omit<DiscordChannel, 'id' | 'messages'>> = {}): DiscordChannel {
    const channel: DiscordChannel = {
      id,
      name: `channel-${id}`,
      type: 0,
      parent: null,
      visible: true,
      writable: true,
      archived: false,
      ...details,
      messages: [],
    };
    this.channels.set(id, channel);
    return channel;
  }

  message(channel: string, id: string): DiscordMessage | undefined {
    return this.channels.get(channel)?.messages.find((message) => message.id === id);
  }

  messages(channel: string): DiscordMessage[] {
    return this.channels.get(channel)?.messages ?? [];
  }

  add(message: Partial<DiscordMessage> & Pick<DiscordMessage, 'channel' | 'author'>): DiscordMessage {
    const stored: DiscordMessage = {
      id: this.snowflake(),
      content: '',
      embeds: [],
      components: [],
      nonce: null,
      attachments: [],
      notified: [],
      before: [],
      reactions: [],
      at: Date.now(),
      ...message,
    };
    this.channels.get(message.channel)?.messages.push(stored);
    this.emit('change');
    return stored;
  }
}
