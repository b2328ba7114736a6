import type { APIActionRowComponent, APIButtonComponent, APIStringSelectComponent } from 'discord.js';
import type { Action } from '../../../commands/cards/card.js';
import { safe } from '../../cards/safe.js';

// Discord's limits.
const MOST_ROWS = 5;
const MOST_BUTTONS = 5;
const MOST_OPTIONS = 25;
const MOST_LABEL = 80;
const MOST_OPTION = 100;
const MOST_CUSTOM_ID = 100;

// Discord's numbers, written out here so that its library is not loaded for them.
const ACTION_ROW = 1;
const BUTTON = 2;
const SELECT = 3;
const STYLES = { primary: 1, secondary: 2, danger: 4 } as const;

/** Characters of one word of a command line: so nothing in a button can add an argument. */
const WORD = /^[\w.:@-]{1,100}$/;
const CUSTOM_ID = /^mdr\|([a-z][a-z0-9_-]{0,30})\|([\w-]{1,64})\|([\w.:@-]{1,100})\|[^|]*(?:\|([\w.:@-]{1,100}))?$/;

type Element = APIButtonComponent | APIStringSelectComponent;
export type Row = APIActionRowComponent<Element>;

const plain = (text: string, most: number): string => safe(text, most, true).trim() || '?';

function element(action: Action): Element | null {
  // A button that stands for a choice carries it at the end, where a select's id has nothing.
  const chosen = action.choices || action.choice === undefined ? '' : `|${action.choice}`;
  const custom_id = `mdr|${action.command}|${action.tenant}|${action.record}|${action.id}${chosen}`;
  if (custom_id.length > MOST_CUSTOM_ID || !CUSTOM_ID.test(custom_id)) return null;
  if (!action.choices)
    return {
      type: BUTTON,
      custom_id,
      label: plain(action.label, MOST_LABEL),
      style: STYLES[action.style ?? 'secondary'],
    };
  const known = new Map(action.choices.map((choice) => [choice.value, choice]));
  const options = [...known.values()]
    .filter(({ value }) => WORD.test(value))
    .slice(0, MOST_OPTIONS)
    .map(({ label, value }) => ({ label: plain(label, MOST_OPTION), value }));
  return options.length > 0 ? { type: SELECT, custom_id, placeholder: plain(action.label, 150), options } : null;
}

/** Buttons and selects of a card. @returns the rows, and how many actions or choices Discord's limits leave no room for */
export function actionRows(actions: readonly Action[]): { rows: Row[]; leftOut: number } {
  const unique = [...new Map(actions.map((action) => [`${action.command}|${action.id}`, action])).values()];
  const rows: Row[] = [];
  let given = 0;
  for (const action of unique) {
    const built = element(action);
    if (!built) continue;
    const last = rows.at(-1);
    const joins = built.type === BUTTON && last?.components[0]?.type === BUTTON;
    if (joins && last.components.length < MOST_BUTTONS) last.components.push(built);
    else if (rows.length < MOST_ROWS) rows.push({ type: ACTION_ROW, components: [built] });
    else continue;
    given += built.type === SELECT ? built.options.length : 1;
  }
  const asked = actions.reduce((sum, action) => sum + (action.choices?.length ?? 1), 0);
  return { rows, leftOut: asked - given };
}

/** What a click carries back. @returns the command line and the tenant, or null when it is none of ours */
export function readAction(customId: string, choice: string | undefined): { text: string; tenant: string } | null {
  const [, command, tenant, record, own] = CUSTOM_ID.exec(customId) ?? [];
  const chosen = own ?? choice;
  if (!command || !tenant || !record || (chosen !== undefined && !WORD.test(chosen))) return null;
  return { text: [command, record, ...(chosen === undefined ? [] : [chosen])].join(' '), tenant };
}
