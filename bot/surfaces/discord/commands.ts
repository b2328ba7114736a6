import type { Log } from '../../../engine/log.js';
import type { CommandInfo } from './form.js';
import type { Gateway } from './gateway.js';

/** What somebody is typing. */
export interface Completion {
  option: 'command' | 'arguments';
  typed: string;
  /** What stands in the option `command` already. */
  command: string;
}

// Discord's limits.
const MOST_CHOICES = 25;
const MOST_CHOICE = 100;
const STRING = 3;

/**
 * The one application command. Its options are completed from the registry, so that there may be more commands than the 25 subcommands
 * that Discord allows, and a new command needs no registration.
 */
export const DEFINITION = {
  name: 'mdr',
  type: 1,
  description: 'Alerts, and what to do about them',
  // Servers and direct messages with the bot; not other people's conversations.
  contexts: [0, 1],
  integration_types: [0],
  options: [
    {
      type: STRING,
      name: 'command',
      description: 'What to do: type a few letters, or the whole line as in "alerts high+ mine"',
      required: true,
      autocomplete: true,
    },
    {
      type: STRING,
      name: 'arguments',
      description: 'What the command needs: a number, words; --tenant <id> where the channel does not tell',
      required: false,
      autocomplete: true,
    },
  ],
};

const clip = (text: string): string => (text.length > MOST_CHOICE ? `${text.slice(0, MOST_CHOICE - 1)}…` : text);

/** Suggestions for what is being typed: commands with what they do, then examples of the one that was chosen. */
export function choicesFor(
  { option, typed, command }: Completion,
  commands: readonly CommandInfo[],
): { name: string; value: string }[] {
  const start = typed.toLowerCase().trimStart();
  const chosen = commands.find(
    ({ name }) => name === (option === 'command' ? start.split(/\s/)[0] : command.trim().toLowerCase()),
  );
  const lines =
    option === 'command'
      ? [
          ...commands.map(({ name, summary }) => ({ name: `${name} — ${summary}`, value: name })),
          ...(chosen?.examples ?? []).map((example) => ({ name: example, value: example })),
        ]
      : (chosen?.examples ?? [])
          .map((example) => example.slice(chosen!.name.length).trim())
          .filter(Boolean)
          .map((value) => ({ name: value, value }));
  const fitting = lines.filter(({ value }) => value.length <= MOST_CHOICE && value.toLowerCase().startsWith(start));
  const unique = [...new Map(fitting.map((line) => [line.value, line])).values()];
  return unique.slice(0, MOST_CHOICES).map(({ name, value }) => ({ name: clip(name), value }));
}

/** Whether Discord's copy says all that ours says; what it adds of its own (ids, versions, defaults) does not matter. */
export function isSame(ours: unknown, theirs: unknown): boolean {
  if (Array.isArray(ours))
    return Array.isArray(theirs) && ours.length === theirs.length && ours.every((each, at) => isSame(each, theirs[at]));
  if (typeof ours === 'object' && ours !== null) {
    const other = theirs as Record<string, unknown> | null | undefined;
    return Object.entries(ours).every(([key, value]) => isSame(value, other?.[key]));
  }
  // Discord leaves out what is false.
  return ours === theirs || (ours === false && theirs === undefined);
}

/** Register the application command, unless Discord has it as it is. @throws DeliveryError */
export async function registerCommand(gateway: Gateway, application: string, log: Log): Promise<void> {
  const there = await gateway.commands(application);
  const found = there.find((each) => (each as { name?: unknown } | null)?.name === DEFINITION.name);
  if (isSame(DEFINITION, found)) return;
  await gateway.register(application, DEFINITION);
  log.info({ application }, 'discord: /mdr registered');
}
