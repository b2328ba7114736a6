import { z } from 'zod';
import type { AskPlace } from '../../gate.js';
import type { Ask } from '../types.js';
import { readAction } from './actions.js';
import { clicked, type Incoming, id, isDirect, type ReplyTo, teamOf, typed } from './asks.js';
import type { SHORTCUTS } from './scopes.js';
import { FORM, type Meta, readMeta, readState, searchOf } from './views.js';

type Shortcut = keyof typeof SHORTCUTS;

const view = z.object({
  id,
  type: z.enum(['modal', 'home']),
  hash: z.string().max(200).default(''),
  callback_id: z.string().max(255).default(''),
  private_metadata: z.string().max(3000).default(''),
  state: z.object({ values: z.unknown() }).optional(),
});
const user = z.object({ id });

/** Where somebody is who looks at the bot's own page: with the bot alone. */
const alone = (of: string): Pick<Ask, 'channel' | 'thread' | 'direct'> => ({ channel: of, thread: null, direct: true });

/** To a person alone, when there is no other place: a message to a person's id opens the conversation with the bot. */
const toPerson = (of: string): ReplyTo => ({ kind: 'message', channel: of, thread: null });

/** The place that a dialog was opened from, when it is closed before its answer is there. */
export function backTo(meta: Meta, of: string): ReplyTo {
  if (meta.direct) return toPerson(of);
  return { kind: 'whisper', channel: meta.channel, user: of, thread: meta.thread };
}

export const metaOf = ({ channel, thread, direct, tenant, message }: Ask): Meta => ({
  ...{ channel, thread, direct: direct ?? false, tenant },
  ...(message && { message }),
});

const clickSchema = z.object({
  user,
  view,
  trigger_id: id,
  actions: clicked,
});

/** A click in one of our dialogs or on the bot's own page. @returns null when it is none of ours */
export function askOfViewClick(body: unknown): Incoming | null {
  const { data } = clickSchema.safeParse(body);
  const action = data?.actions[0];
  const read = data && action && readAction(action.action_id, action.selected_option?.value ?? action.value ?? '');
  if (!read) return null;
  const of = data.user.id;
  const base = { id: data.trigger_id, team: teamOf(body), trigger: data.trigger_id };
  if (data.view.type === 'home')
    return { ...base, ask: { surface: 'slack', user: of, ...alone(of), ...read }, to: toPerson(of), dialog: true };
  const meta = readMeta(data.view.private_metadata);
  if (!meta) return null;
  const { channel, thread, direct, message } = meta;
  return {
    ...base,
    ask: { surface: 'slack', user: of, channel, thread, direct, ...read, ...(message && { message }) },
    to: { kind: 'view', view: data.view.id, meta, otherwise: backTo(meta, of) },
  };
}

const submissionSchema = z.object({ type: z.literal('view_submission'), user, view });

/** A form that was filled in. @returns null when it is none of ours */
export function askOfSubmission(body: unknown): (Incoming & { meta: Meta }) | null {
  const { data } = submissionSchema.safeParse(body);
  const meta = data?.view.callback_id === FORM ? readMeta(data.view.private_metadata) : null;
  if (!data || !meta?.command) return null;
  const { channel, thread, direct, tenant, command, alert, message } = meta;
  const of = data.user.id;
  return {
    id: `${data.view.id}:${data.view.hash}`,
    team: teamOf(body),
    trigger: null,
    meta,
    ask: {
      ...{ surface: 'slack', user: of, channel, thread, direct, tenant, text: command },
      ...(message && { message }),
      values: readState(data.view.state?.values, alert),
    },
    to: { kind: 'view', view: data.view.id, meta, otherwise: backTo(meta, of) },
  };
}

const searchSchema = z.object({ user, action_id: id, value: z.string().max(200).default(''), view });

/** What somebody types into a field that searches. @returns null when it is none of ours */
export function searchIn(body: unknown): { ask: AskPlace; kind: 'person' | 'alert'; typed: string } | null {
  const { data } = searchSchema.safeParse(body);
  const kind = data && searchOf(data.action_id);
  const meta = data && readMeta(data.view.private_metadata);
  if (!kind || !meta) return null;
  const { channel, thread, direct, tenant } = meta;
  return {
    ask: { surface: 'slack', user: data.user.id, channel, thread, direct, tenant },
    kind,
    typed: typed(data.value),
  };
}

const shortcutSchema = z.object({ callback_id: z.string(), user, trigger_id: id });
const messageSchema = z.object({
  channel: z.object({ id }),
  response_url: z.url(),
  message: z.object({
    ts: id,
    user: id.optional(),
    bot_id: id.optional(),
    text: z.string().default(''),
    thread_ts: id.optional(),
  }),
});

/** A shortcut: of the workspace, or of one message. @returns null when it is none of ours */
export function askOfShortcut(body: unknown): Incoming | null {
  const { data } = shortcutSchema.safeParse(body);
  if (!data) return null;
  const of = data.user.id;
  const base = { id: data.trigger_id, team: teamOf(body), trigger: data.trigger_id, dialog: true };
  const which = data.callback_id as Shortcut;
  if (which === 'mdr_menu') {
    const ask: Ask = { surface: 'slack', user: of, ...alone(of), text: 'menu', tenant: null };
    return { ...base, ask, to: toPerson(of), home: true };
  }
  const on = which === 'mdr_raise' ? messageSchema.safeParse(body).data : undefined;
  if (!on) return null;
  const { message, channel, response_url: url } = on;
  const author = message.user ?? message.bot_id ?? 'unknown';
  return {
    ...base,
    ask: {
      ...{ surface: 'slack', user: of, channel: channel.id, thread: message.thread_ts ?? message.ts },
      ...{ direct: isDirect(channel.id), text: 'form raise', tenant: null },
      message: {
        ...{ surface: 'slack', channel: channel.id, message: message.ts, at: timeOfTs(message.ts) },
        ...{ author: `slack:${author}`, authorName: author, text: typed(message.text), link: '' },
      },
    },
    to: { kind: 'url', url, channel: channel.id, user: of },
  };
}

/** Slack's message ids are their times, in seconds. @returns epoch ms */
export function timeOfTs(ts: string): number {
  const ms = Math.floor(Number(ts) * 1000);
  return Number.isSafeInteger(ms) && ms >= 0 ? ms : 0;
}
