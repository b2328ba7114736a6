import type { types } from '@slack/bolt';
import { z } from 'zod';
import type { Action } from '../../../commands/cards/card.js';
import { safe } from '../../cards/safe.js';

// Slack's limits.
const MOST_ELEMENTS = 25;
const MOST_LABEL = 75;
const MOST_OPTIONS = 100;
const MOST_OPTION_VALUE = 150;
const MOST_ACTION_ID = 255;

/** Characters of one word of a command line: so nothing in a button can add an argument. */
const WORD = /^[\w.:@-]{1,100}$/;

const valueSchema = z.strictObject({
  tenant: z.string().min(1).max(64),
  record: z.string().regex(WORD),
  choice: z.string().regex(WORD).optional(),
});

const plain = (text: string) =>
  ({ type: 'plain_text', text: safe(text, MOST_LABEL, true) || '?', emoji: false }) as const;

function element(action: Action): types.ActionsBlockElement | null {
  const action_id = `mdr:${action.command}:${action.id}`;
  const value = (choice?: string) => JSON.stringify({ tenant: action.tenant, record: action.record, choice });
  if (action_id.length > MOST_ACTION_ID || !valueSchema.safeParse(JSON.parse(value(action.choice))).success)
    return null;
  if (!action.choices)
    return {
      type: 'button',
      action_id,
      text: plain(action.label),
      value: value(action.choice),
      ...(action.style && { style: action.style }),
    };
  const options = action.choices
    .filter((choice) => WORD.test(choice.value) && value(choice.value).length <= MOST_OPTION_VALUE)
    .slice(0, MOST_OPTIONS)
    .map((choice) => ({ text: plain(choice.label), value: value(choice.value) }));
  return options.length > 0 ? { type: 'static_select', action_id, placeholder: plain(action.label), options } : null;
}

/** Buttons and selects of a card. @returns the blocks, and how many actions or choices Slack's limits leave no room for */
export function actionBlocks(actions: readonly Action[]): { blocks: types.ActionsBlock[]; leftOut: number } {
  const unique = [...new Map(actions.map((action) => [`${action.command}:${action.id}`, action])).values()];
  const built = unique.map(element).filter((found) => found !== null);
  const blocks: types.ActionsBlock[] = [];
  for (let at = 0; at < built.length; at += MOST_ELEMENTS)
    blocks.push({ type: 'actions', elements: built.slice(at, at + MOST_ELEMENTS) });
  const asked = actions.reduce((sum, action) => sum + (action.choices?.length ?? 1), 0);
  const given = built.reduce(
    (sum, found) => sum + (found.type === 'static_select' ? (found.options?.length ?? 0) : 1),
    0,
  );
  return { blocks, leftOut: asked - given };
}

/** What a click carries back. @returns the command line and the tenant, or null when it is none of ours */
export function readAction(actionId: string, value: string): { text: string; tenant: string } | null {
  const command = /^mdr:([a-z][a-z0-9_-]{0,30}):/.exec(actionId)?.[1];
  if (!command || value.length > 2000) return null;
  let raw: unknown;
  try {
    raw = JSON.parse(value);
  } catch {
    return null;
  }
  const parsed = valueSchema.safeParse(raw);
  if (!parsed.success) return null;
  const { tenant, record, choice } = parsed.data;
  return { text: [command, record, ...(choice === undefined ? [] : [choice])].join(' '), tenant };
}
