import { z } from 'zod';
import type { Ask } from '../types.js';
import { readAction } from './actions.js';
import type { Completion } from './commands.js';
import { commandOfForm, FORM_INPUT } from './form.js';
import type { InteractionAddress } from './gateway.js';

/** What a person did, as far as it is ours. */
export type Incoming =
  /** Something asked through an interaction: acknowledged first, answered there. */
  | { kind: 'ask'; id: string; ask: Ask; to: InteractionAddress }
  /** Somebody types a command and wants suggestions. */
  | { kind: 'complete'; completion: Completion; to: InteractionAddress }
  /** Something said in words; `channel` may be a thread, of which Discord does not say so here. */
  | { kind: 'said'; id: string; user: string; channel: string; direct: boolean; text: string }
  /** Something that people said to each other. */
  | { kind: 'overheard'; id: string; user: string; channel: string; text: string };

const MOST_TEXT = 4000;
const id = z.string().regex(/^\d{1,20}$/);
const THREADS = new Set([10, 11, 12]);

/** A command line without what addresses the bot: `/mdr alerts`, `mdr alerts`; nothing at all asks for help. */
const commandLine = (text: string): string =>
  text
    .slice(0, MOST_TEXT)
    .trim()
    .replace(/^\/?mdr(?:\s+|$)/i, '') || 'help';

const interactionSchema = z.object({
  id,
  application_id: id,
  type: z.number(),
  token: z.string().min(1).max(500),
  guild_id: id.optional(),
  channel: z.object({ id, type: z.number(), parent_id: id.nullish() }),
  member: z.object({ user: z.object({ id }) }).optional(),
  user: z.object({ id }).optional(),
  message: z.object({ id }).optional(),
  data: z.unknown(),
});
const optionsSchema = z.object({
  name: z.string(),
  options: z
    .array(z.object({ name: z.string(), value: z.string(), focused: z.boolean().optional() }))
    .max(25)
    .default([]),
});
const componentSchema = z.object({ custom_id: z.string(), values: z.array(z.string()).optional() });
const formSchema = z.object({
  custom_id: z.string(),
  components: z.array(z.object({ components: z.array(z.object({ custom_id: z.string(), value: z.string() })) })),
});

type Interaction = z.infer<typeof interactionSchema>;
const TYPES = { command: 2, component: 3, complete: 4, form: 5 } as const;

/** An INTERACTION_CREATE. @returns null when it is none of ours */
export function readInteraction(raw: unknown): Incoming | null {
  const parsed = interactionSchema.safeParse(raw);
  if (!parsed.success) return null;
  const interaction = parsed.data;
  const user = interaction.member?.user.id ?? interaction.user?.id;
  if (!user) return null;
  const to = { id: interaction.id, application: interaction.application_id, token: interaction.token };
  if (interaction.type === TYPES.complete) {
    const completion = completionOf(interaction.data);
    return completion && { kind: 'complete', completion, to };
  }
  const said = saidBy(interaction);
  if (!said) return null;
  const { channel } = interaction;
  const inThread = THREADS.has(channel.type) && channel.parent_id;
  const ask: Ask = {
    surface: 'discord',
    user,
    channel: inThread ? inThread : channel.id,
    thread: inThread ? channel.id : said.onMessage,
    direct: interaction.guild_id === undefined,
    text: said.text,
    tenant: said.tenant,
  };
  return { kind: 'ask', id: interaction.id, ask, to };
}

interface Said {
  text: string;
  tenant: string | null;
  /** The message that was clicked. */
  onMessage: string | null;
}

function saidBy({ type, data, message }: Interaction): Said | null {
  if (type === TYPES.command) {
    const parsed = optionsSchema.safeParse(data);
    if (!parsed.success || parsed.data.name !== 'mdr') return null;
    const value = (name: string) => parsed.data.options.find((option) => option.name === name)?.value ?? '';
    return { text: commandLine(`${value('command')} ${value('arguments')}`), tenant: null, onMessage: null };
  }
  if (type === TYPES.component) {
    const parsed = componentSchema.safeParse(data);
    const read = parsed.success ? readAction(parsed.data.custom_id, parsed.data.values?.[0]) : null;
    return read && { ...read, onMessage: message?.id ?? null };
  }
  if (type !== TYPES.form) return null;
  const parsed = formSchema.safeParse(data);
  const command = parsed.success ? commandOfForm(parsed.data.custom_id) : null;
  if (!parsed.success || !command) return null;
  const inputs = parsed.data.components.flatMap((row) => row.components);
  const words = inputs.find((input) => input.custom_id === FORM_INPUT)?.value ?? '';
  return { text: commandLine(`${command} ${words}`), tenant: null, onMessage: null };
}

function completionOf(data: unknown): Completion | null {
  const parsed = optionsSchema.safeParse(data);
  const focused = parsed.data?.options.find((option) => option.focused);
  if (!focused || (focused.name !== 'command' && focused.name !== 'arguments')) return null;
  const command = parsed.data?.options.find((option) => option.name === 'command')?.value ?? '';
  return { option: focused.name, typed: focused.value.slice(0, 200), command: command.slice(0, 200) };
}

const messageSchema = z.object({
  id,
  channel_id: id,
  guild_id: id.optional(),
  // 0: simply said, 19: said in reply to a message.
  type: z.union([z.literal(0), z.literal(19)]),
  author: z.object({ id, bot: z.literal(false).optional() }),
  webhook_id: z.undefined().optional(),
  content: z.string(),
});

/**
 * A MESSAGE_CREATE. Words that are not for the bot come only with the privileged intent; without them there is nothing to hear.
 * @returns null when it is none of ours, as what bots write
 */
export function readMessage(raw: unknown, self: string): Incoming | null {
  const parsed = messageSchema.safeParse(raw);
  if (!parsed.success || parsed.data.author.id === self) return null;
  const { id: messageId, channel_id: channel, guild_id: guild, author, content } = parsed.data;
  const direct = guild === undefined;
  const mention = new RegExp(`<@!?${self}>[:,]?`).exec(content);
  if (!direct && !mention)
    return content.trim() === ''
      ? null
      : { kind: 'overheard', id: messageId, user: author.id, channel, text: content.slice(0, MOST_TEXT) };
  const text = mention ? content.slice(mention.index + mention[0].length) : content;
  return { kind: 'said', id: messageId, user: author.id, channel, direct, text: commandLine(text) };
}

/** The place of something said, once it is known what its channel is. */
export function placeOf(channel: {
  id: string;
  type: number;
  parent_id?: string | null;
}): Pick<Ask, 'channel' | 'thread'> {
  return THREADS.has(channel.type) && channel.parent_id
    ? { channel: channel.parent_id, thread: channel.id }
    : { channel: channel.id, thread: null };
}
