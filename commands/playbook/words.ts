import { MdrError } from '../../engine/errors.js';
import { log } from '../../engine/log.js';
import { loaded } from '../../engine/respond/playbook/drive/keep.js';
import { laneAt, pathOfHandle } from '../../engine/respond/playbook/drive/steps.js';
import type { DriveParts, Loaded } from '../../engine/respond/playbook/drive/types.js';
import type { Value } from '../../engine/respond/playbook/expression.js';
import { isListKind, type Kind } from '../../engine/respond/playbook/types.js';
import { partsOf } from '../actions/words.js';
import { isForCustomers } from '../cards/run.js';
import { caseFor } from '../case/words.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { type Verb, verbsOf } from '../words/verbs.js';
import { viewOf } from './view.js';

export type { Verb } from '../words/verbs.js';

export const { wrong, mayUse } = verbsOf('playbook', {
  whose: "playbooks are run by the provider's people, in the provider's own channels.",
  instead: 'Ask there, or write your message in this channel without a command.',
});

export const driveParts = async (context: Context): Promise<DriveParts> => ({ ...(await partsOf(context)), log });

/** @throws MdrError MDR_COMMAND_USAGE; MDR_PLAYBOOK_RUN, also for a run that may not be shown here */
export async function takeRun(
  verb: Verb,
  context: Context,
  args: readonly string[],
): Promise<{ run: Loaded; rest: readonly string[] }> {
  const digits = /^#?([1-9]\d{0,8})$/.exec(args[0] ?? '')?.[1];
  if (!digits)
    throw wrong(
      verb,
      args[0] === undefined
        ? 'which run? It is called by its number.'
        : `"${clip(args[0], 40)}" is not a run's number.`,
    );
  const number = Number(digits);
  const record = await context.tenant.playbookRuns.findOne({ number });
  const unknown = new MdrError(
    'MDR_PLAYBOOK_RUN',
    `there is no run ${number} of ${context.tenant.tenant.name}.`,
    context.internal ? 'See /mdr playbook list.' : 'See /mdr case list for what is shown here.',
  );
  if (!record) throw unknown;
  if (!context.internal)
    await caseFor(context, record.case).catch(() => {
      throw unknown;
    });
  const run = await loaded(context.tenant, record);
  if (!context.internal && !isForCustomers(await viewOf(context.tenant, run))) throw unknown;
  return { run, rest: args.slice(1) };
}

/** The step that is named next, by `S4` or its path. @throws MdrError MDR_COMMAND_USAGE, also for one of the provider's own lane */
export function takeStep(
  verb: Verb,
  { internal }: Context,
  { record, program, state }: Loaded,
  args: readonly string[],
): { path: string; rest: readonly string[] } {
  const path = args[0] === undefined ? null : pathOfHandle(state, args[0]);
  if (path === null || (!internal && laneAt(program, state, path) !== 'customer'))
    throw wrong(
      verb,
      args[0] === undefined
        ? `which step of run ${record.number}? They are called S1, S2 …`
        : `run ${record.number} has no step "${clip(args[0], 40)}" to be named here.`,
    );
  return { path, rest: args.slice(1) };
}

/** `name=value words name: value`, of these names, each value as its kind. @throws MdrError MDR_COMMAND_USAGE */
export function readValues(
  verb: Verb,
  words: readonly string[],
  kinds: Readonly<Record<string, Kind>>,
): Record<string, Value> {
  const said: Record<string, string> = {};
  let at: string | null = null;
  for (const word of words) {
    const [, name, value] = /^([a-z][a-z0-9-]{0,60})[=:](.*)$/is.exec(word) ?? [];
    const known = name === undefined ? undefined : Object.keys(kinds).find((each) => each === name.toLowerCase());
    if (known !== undefined) {
      at = known;
      said[at] = value!.trim();
    } else if (at === null) throw wrong(verb, `"${clip(word, 40)}" is no name=value. ${namesOf(kinds)}`);
    else said[at] = `${said[at]} ${word}`.trim();
  }
  return Object.fromEntries(
    Object.entries(said)
      .filter(([, text]) => text !== '')
      .map(([name, text]) => [name, valueIn(verb, name, text, kinds[name]!)]),
  );
}

export const namesOf = (kinds: Readonly<Record<string, Kind>>): string =>
  Object.keys(kinds).length === 0
    ? 'It takes none.'
    : `It takes ${Object.entries(kinds)
        .map(([name, kind]) => `${name}= (${kind})`)
        .join(', ')}.`;

function valueIn(verb: Verb, name: string, text: string, kind: Kind): Value {
  if (isListKind(kind))
    return /^(none|-)$/i.test(text)
      ? []
      : text
          .split(',')
          .map((part) => part.trim())
          .filter(Boolean);
  if (kind === 'yes-no') {
    if (/^(yes|y|true)$/i.test(text)) return true;
    if (/^(no|n|false)$/i.test(text)) return false;
    throw wrong(verb, `${name} is yes or no, not "${clip(text, 40)}".`);
  }
  if (kind !== 'number') return text;
  const number = Number(text);
  if (!Number.isFinite(number)) throw wrong(verb, `${name} is a number, not "${clip(text, 40)}".`);
  return number;
}
