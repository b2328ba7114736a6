import { randomBytes } from 'node:crypto';
import type { Card } from '../commands/cards/card.js';
import type { Command } from '../commands/types.js';
import { clip } from '../commands/words/arguments.js';
import { didYouMean } from '../commands/words/suggest.js';
import type { Clock } from '../engine/clock.js';
import { MdrError } from '../engine/errors.js';
import type { Log } from '../engine/log.js';
import type { Queues } from '../engine/queues.js';
import type { Store } from '../engine/store/index.js';
import { isAtLeast, type Role } from '../engine/store/people.js';
import { errorCard } from './cards/error.js';
import { peopleOf, personFor, roleFor } from './people.js';
import type { Answer, Ask } from './surfaces/types.js';
import { alertOfThread, placeOf } from './where.js';
import { readWords } from './words.js';

export interface AnswerOptions {
  store: Store;
  queues: Queues;
  commands: readonly Command[];
  clock: Clock;
  log: Log;
}

/**
 * The way from what somebody said to a card, the same for every surface: who is it, which tenant is it about, may they, then the command.
 * Nothing is read of a tenant before the person's role for it is known. Failures become error cards; those inside are logged under a
 * reference that the card shows.
 */
export function makeAnswer({ store, queues, commands, clock, log }: AnswerOptions): Answer {
  async function answer(ask: Ask): Promise<Card> {
    const person = await personFor(store, `${ask.surface}:${ask.user}`);
    const { words, tenant: flag } = readWords(ask.text);
    if (flag !== null && ask.tenant !== null && flag !== ask.tenant)
      throw new MdrError('MDR_COMMAND_USAGE', 'two different tenants are named.', 'Name one.');
    const place = await placeOf(store, ask, person, ask.tenant ?? flag);
    const role = roleFor(person, place.tenant);
    const tenant = await store.forTenant(place.tenant);
    const command = commandFor(commands, words);
    checkRole(command, role, tenant.tenant.name);
    const card = await command.run(
      {
        tenant,
        person,
        role,
        queues,
        clock,
        commands,
        alert: await alertOfThread(tenant, ask),
        internal: person.side === 'provider' && place.lane !== 'customer',
        people: () => peopleOf(store, tenant.id),
      },
      words.slice(1),
    );
    if (place.lane !== null && flag === null) return card;
    // Where the channel does not say it, the answer says whose it is.
    return {
      ...card,
      blocks: [{ kind: 'note', text: `Tenant: ${tenant.tenant.name} (${tenant.id})` }, ...card.blocks],
    };
  }

  return async (ask) => {
    try {
      return await answer(ask);
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

function checkRole(command: Command, role: Role, tenant: string): void {
  if (isAtLeast(role, command.role)) return;
  throw new MdrError(
    'MDR_FORBIDDEN',
    `${command.name} needs the role ${command.role}; you are ${role} of ${tenant}.`,
    'Ask somebody who has that role, or an administrator of this service.',
  );
}
