import type { types } from '@slack/bolt';
import { z } from 'zod';
import type { Card } from '../../../commands/cards/card.js';
import { ALERT_FIELD, type Field, type FormRequest } from '../../../commands/cards/form.js';
import { safe } from '../../cards/safe.js';
import type { View } from './gateway.js';
import { render } from './render.js';

// Slack's limits.
const MOST_TITLE = 24;
const MOST_LABEL = 75;
const MOST_HINT = 150;
const MOST_META = 3000;
const MOST_TEXT = 3000;

/** `callback_id` of forms; `action_id`s of their fields. */
export const FORM = 'mdr_form';
const ACTION = 'mdr:';

const word = z.string().max(200);
const metaSchema = z.object({
  channel: word,
  thread: word.nullable(),
  direct: z.boolean(),
  tenant: word.nullable(),
  /** Of a form: what it is for, and the alert when it is known. */
  command: word.optional(),
  alert: z.number().int().nullable().optional(),
  message: z
    .object({
      ...{ surface: word, channel: word, message: word, at: z.number(), author: word, authorName: word, link: word },
      text: z.string().max(MOST_META),
    })
    .optional(),
});

/** What a dialog remembers of where it was opened. Slack keeps it, and gives it back; every right is looked up again. */
export type Meta = z.infer<typeof metaSchema>;

export function readMeta(text: string): Meta | null {
  try {
    return metaSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** As much of the message as there is room for. */
function writeMeta(meta: Meta): string {
  for (let most = 2000; ; most = Math.floor(most / 2)) {
    const { message } = meta;
    const cut =
      message && message.text.length > most ? { ...message, text: `${message.text.slice(0, most)}…` } : message;
    const text = JSON.stringify({ ...meta, message: cut });
    if (text.length <= MOST_META || most < 1) return text;
  }
}

const plain = (text: string, most: number) =>
  ({ type: 'plain_text', text: safe(text, most, true) || '?', emoji: false }) as const;

const modal = (title: string, meta: Meta, blocks: types.KnownBlock[], submit?: string): View => ({
  type: 'modal',
  ...(submit && { callback_id: FORM, submit: plain(submit, MOST_TITLE) }),
  title: plain(title, MOST_TITLE),
  close: plain(submit ? 'Cancel' : 'Close', MOST_TITLE),
  private_metadata: writeMeta(meta),
  blocks,
});

/** What is shown at once, until there is more to show. */
export function loadingView(meta: Meta): View {
  const text = plain('One moment…', MOST_LABEL);
  return modal('mdr', meta, [{ type: 'section', text }]);
}

export function cardView(card: Card, meta: Meta): View {
  return modal('mdr', meta, render(card).blocks);
}

export function homeView(card: Card): View {
  return { type: 'home', blocks: render(card).blocks };
}

/**
 * @param filled what was filled in before, by field
 * @param problem what was wrong with that
 */
export function formView(
  form: FormRequest,
  meta: Meta,
  filled: Readonly<Record<string, string>> = {},
  problem: Card | null = null,
): View {
  const { command, alert, tenant } = form;
  const blocks = form.fields.map((field) => input(field, filled[field.name] ?? field.value ?? ''));
  return modal(
    form.title,
    { ...meta, command, alert, tenant },
    [...(problem ? render(problem).blocks.slice(0, 20) : []), ...blocks],
    'Send',
  );
}

function input(field: Field, value: string): types.InputBlock {
  return {
    type: 'input',
    block_id: field.name,
    label: plain(field.label, MOST_LABEL),
    optional: field.optional ?? false,
    ...(field.hint && { hint: plain(field.hint, MOST_HINT) }),
    element: element(field, value),
  };
}

function element({ kind, choices = [], long }: Field, value: string): types.InputBlock['element'] {
  const action_id = `${ACTION}${kind}`;
  if (kind === 'text')
    return {
      type: 'plain_text_input',
      action_id,
      multiline: long ?? false,
      max_length: MOST_TEXT,
      ...(value !== '' && { initial_value: value.slice(0, MOST_TEXT) }),
    };
  const option = (of: { value: string; label: string }) => ({ text: plain(of.label, MOST_LABEL), value: of.value });
  if (kind === 'select') {
    const chosen = choices.find((choice) => choice.value === value);
    return {
      type: 'static_select',
      action_id,
      options: choices.slice(0, 100).map(option),
      ...(chosen && { initial_option: option(chosen) }),
    };
  }
  return {
    type: 'external_select',
    action_id,
    min_query_length: 0,
    placeholder: plain('Type to search', MOST_LABEL),
    ...(value !== '' && { initial_option: option({ value, label: value }) }),
  };
}

/** What a search field is for. */
export function searchOf(actionId: string): 'person' | 'alert' | null {
  return actionId === `${ACTION}person` ? 'person' : actionId === `${ACTION}alert` ? 'alert' : null;
}

const stateSchema = z.record(
  z.string(),
  z.record(
    z.string(),
    z.object({ value: z.string().nullish(), selected_option: z.object({ value: z.string() }).nullish() }),
  ),
);

/** What was filled in, by field; the alert also when the form knew it. */
export function readState(values: unknown, alert: number | null | undefined): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [name, block] of Object.entries(stateSchema.safeParse(values).data ?? {})) {
    const [one] = Object.values(block);
    const value = one?.selected_option?.value ?? one?.value;
    if (value) read[name] = value.slice(0, MOST_TEXT);
  }
  if (alert) read[ALERT_FIELD] = String(alert);
  return read;
}
