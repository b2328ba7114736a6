import { randomBytes } from 'node:crypto';
import { type Card, shownOnce } from '../commands/cards/card.js';
import { argsOf } from '../commands/cards/form.js';
import { presentBlocks } from '../commands/cards/present.js';
import { caseBlocks } from '../commands/case/show.js';
import type { Command, Context } from '../commands/types.js';
import { clip } from '../commands/words/arguments.js';
import { atLeast, need } from '../commands/words/preconditions.js';
import { didYouMean } from '../commands/words/suggest.js';
import { runAs } from '../engine/actor.js';
import type { Clock } from '../engine/clock.js';
import { MdrError } from '../engine/errors.js';
import { idOf } from '../engine/ids.js';
import type { Log } from '../engine/log.js';
import type { Queues } from '../engine/queues.js';
import { CaseStateError } from '../engine/respond/case/error.js';
import type { Store } from '../engine/store/index.js';
import type { Person } from '../engine/store/people.js';
import { AlertStateError } from '../engine/triage/work.js';
import { errorCard } from './cards/error.js';
import { peopleOf, personFor, roleFor } from './people.js';
import { openPlainWords } from './plain.js';
import { CONSOLE } from './surfaces/console/channel.js';
import type { Answer, Ask } from './surfaces/types.js';
import { alertOfThread, caseOfPlace, type Place, placeOf } from './where.js';
import { readWords } from './words.js';

export interface AnswerOptions {
  store: Store;
  queues: Queues;
  commands: readonly Command[];
  clock: Clock;
  log: Log;
  /** Learn plain words at once, where many questions will come, rather than at the first. */
  learn?: boolean;
}

/**
 * The way from what somebody said to a card, the same for every surface: who is it, which tenant is it about, may they, then the command.
 * Nothing is read of a tenant before the person's role for it is known. Failures become error cards; those inside are logged under a
 * reference that the card shows.
 */
export function makeAnswer(parts: AnswerOptions): Answer {
  const { store, commands, log } = parts;
  const plain = openPlainWords(commands);
  if (parts.learn) plain.learn();

  async function answer(ask: Ask): Promise<Card> {
    const person = await personFor(store, identityOf(ask));
    const { words, tenant: flag } = readWords(ask.text);
    if (flag !== null && ask.tenant !== null && flag !== ask.tenant)
      throw new MdrError('MDR_COMMAND_USAGE', 'two different tenants are named.', 'Name one.');
    const { context: given, lane } = await contextFor(parts, person, ask, ask.tenant ?? flag);
    const { tenant, role } = given;
    const run = async (line: readonly string[]): Promise<Card> => {
      const command = commandFor(commands, line);
      need(mayRun(command, tenant.tenant.name), { role });
      const { _id: id, name } = person;
      const actor = { id, name, where: `${ask.surface}:${ask.channel}`, what: line.slice(0, 2).join(' ').slice(0, 60) };
      return runAs(actor, () => runHere(command, context, argsFor(command, ask, line)));
    };
    const context: Context = { ...given, run, ...(!ask.values && { line: ask.text }) };
    const card = ask.values ? await run(words) : await plain.answer(context, words, run);
    if (lane !== null && flag === null) return card;
    // Where the channel does not say it, the answer says whose it is.
    return {
      ...card,
      blocks: [{ kind: 'note', text: `Tenant: ${tenant.tenant.name} (${tenant.id})` }, ...card.blocks],
    };
  }

  return async (ask) => {
    try {
      const card = await answer(ask);
      // The console keeps its answers, and takes what is not to be kept out of them.
      return ask.surface === CONSOLE ? card : shownOnce(card);
    } catch (error) {
      if (error instanceof MdrError && error.code !== 'MDR_INTERNAL') return errorCard(error);
      const reference = randomBytes(4).toString('hex');
      log.error({ reference, err: error, surface: ask.surface, channel: ask.channel }, 'an ask failed');
      const told = new MdrError(
        'MDR_INTERNAL',
        'something failed inside.',
        `Try again; if it fails again, give an administrator the reference ${reference}.`,
      );
      return errorCard(told, reference);
    }
  };
}

/**
 * What a command gets for an ask, and a page of the console for what it reads: the tenant it is about, and this person's role for it.
 * @param named the tenant that a button or `--tenant` named
 * @throws MdrError MDR_FORBIDDEN, MDR_CHANNEL_UNBOUND, MDR_TENANT_NEEDED
 */
export async function contextFor(
  { store, queues, commands, clock }: Omit<AnswerOptions, 'log'>,
  person: Person,
  ask: Ask,
  named: string | null,
): Promise<{ context: Context; lane: Place['lane'] }> {
  const place = await placeOf(store, ask, person, named);
  const role = roleFor(person, place.tenant);
  const tenant = await store.forTenant(place.tenant);
  const context: Context = {
    tenant,
    person,
    role,
    queues,
    clock,
    commands,
    alert: await alertOfThread(tenant, ask),
    case: await caseOfPlace(tenant, ask),
    ...(ask.request !== undefined && { request: idOf('ask', ask.surface, ask.request) }),
    place: { surface: ask.surface, channel: ask.channel, direct: place.lane === null, identity: identityOf(ask) },
    internal: person.side === 'provider' && place.lane !== 'customer',
    people: () => peopleOf(store, tenant.id),
    ...(ask.message && { message: { ...ask.message, internal: place.lane !== 'customer' } }),
  };
  return { context, lane: place.lane };
}

const identityOf = ({ identity, surface, user }: Ask): string => identity ?? `${surface}:${user}`;

/** What was filled into its form, or what was typed. */
function argsFor(command: Command, { values }: Ask, [, ...typed]: readonly string[]): readonly string[] {
  if (!values) return typed;
  if (command.form) return argsOf(command.form, values);
  const [verb = ''] = typed;
  const form = command.forms?.[verb];
  return form ? [verb, ...argsOf(form, values)] : typed;
}

/** Run a command; when an alert's state does not allow it, which is what an old button meets, answer with the alert as it is now. */
async function runHere(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  try {
    return await command.run(context, args);
  } catch (error) {
    if (error instanceof CaseStateError) {
      const card = errorCard(error);
      return { ...card, blocks: [...card.blocks, ...caseBlocks(context, error.record)] };
    }
    if (!(error instanceof AlertStateError)) throw error;
    const card = errorCard(error);
    return {
      ...card,
      blocks: [...card.blocks, ...presentBlocks(error.alert, context.tenant.tenant, context.internal)],
    };
  }
}

/** @throws MdrError MDR_COMMAND_UNKNOWN, with what may have been meant */
function commandFor(commands: readonly Command[], words: readonly string[]): Command {
  const said = (words[0] ?? 'help').toLowerCase();
  const command = commands.find(({ name }) => name === said);
  if (command) return command;
  const meant = /^#?\d+$/.test(said)
    ? ` Did you mean "alert ${clip(said.replace('#', ''), 20)}"?`
    : didYouMean(
        said,
        commands.map(({ name }) => name),
      );
  throw new MdrError(
    'MDR_COMMAND_UNKNOWN',
    `there is no command "${clip(said, 40)}".${meant}`,
    'Type /mdr help for all commands.',
  );
}

const mayRun = (command: Command, tenant: string) =>
  atLeast(
    command.role,
    ({ role }) =>
      new MdrError(
        'MDR_FORBIDDEN',
        `${command.name} needs the role ${command.role}; you are ${role} of ${tenant}.`,
        'Ask somebody who has that role, or an administrator of this service.',
      ),
  );
