import type { Command } from '../../../commands/types.js';

/** What of a command a surface needs to know to help with it. */
export type CommandInfo = Pick<Command, 'name' | 'summary' | 'usage' | 'examples'>;

/** The one input of a form. */
export const FORM_INPUT = 'words';
const FORM_ID = /^mdr\|form\|([a-z][a-z0-9_-]{0,30})$/;
// Discord's limits; a command line has 4,000 characters in all.
const MOST_LABEL = 45;
const MOST_PLACEHOLDER = 100;
const MOST_WORDS = 3900;

const clip = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/**
 * Whether a command line is only the name of a command that wants words of one's own (`note [n] <words…>`): then a form asks for
 * them, where several lines can be written.
 */
export function wantsForm(text: string, commands: readonly CommandInfo[]): CommandInfo | null {
  const command = commands.find(({ name }) => name === text.trim().toLowerCase());
  return command?.usage.includes('…>') ? command : null;
}

/** A form that asks for what follows the command's name. */
export function formOf({ name, summary, usage, examples }: CommandInfo) {
  const about = usage.slice(name.length).trim();
  const example = examples[0]?.slice(name.length).trim() ?? '';
  return {
    custom_id: `mdr|form|${name}`,
    title: clip(summary, MOST_LABEL),
    components: [
      {
        type: 1,
        components: [
          {
            type: 4,
            style: 2,
            custom_id: FORM_INPUT,
            label: clip(about, MOST_LABEL),
            ...(example && { placeholder: clip(example, MOST_PLACEHOLDER) }),
            required: true,
            max_length: MOST_WORDS,
          },
        ],
      },
    ],
  };
}

/** The command that a form was for; null when it is no form of ours. */
export const commandOfForm = (customId: string): string | null => FORM_ID.exec(customId)?.[1] ?? null;
