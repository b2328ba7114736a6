import type { Card } from '../commands/cards/card.js';
import { changed } from '../commands/words/record.js';
import type { Clock } from '../engine/clock.js';
import { codeOf, MdrError } from '../engine/errors.js';
import type { Queues } from '../engine/queues.js';
import { keepCaseFile, type Upload } from '../engine/respond/files/keep.js';
import { hand } from '../engine/respond/uploads/work.js';
import type { Said } from '../engine/store/alerts.js';
import type { Store, TenantStore } from '../engine/store/index.js';
import { isAtLeast } from '../engine/store/people.js';
import { keepFile } from '../engine/triage/evidence.js';
import { pin, unpin } from '../engine/triage/pin.js';
import { errorCard } from './cards/error.js';
import { type AskPlace, type Entered, enter } from './gate.js';
import { alertOfThread, caseOfPlace } from './where.js';

/** A message of an alert's thread, as a surface brings it. */
export type Message = Omit<Said, 'internal'>;

/**
 * What people do to the messages of an alert's thread, and files that they give there or to a case. What is said elsewhere is nobody's
 * business and changes nothing.
 * Each returns null when all is well or nothing was to do, and otherwise a card for whoever did it.
 */
export interface Marks {
  /** @param at epoch ms when the surface says that it happened */
  pin(ask: AskPlace, message: Message, at: number): Promise<Card | null>;
  unpin(ask: AskPlace, message: Pick<Message, 'surface' | 'channel' | 'message'>, at: number): Promise<Card | null>;
  keep(ask: AskPlace, message: Message, upload: Upload): Promise<Card | null>;
}

export interface MarksOptions {
  store: Store;
  queues: Queues;
  clock: Clock;
  /** Most bytes of one file. */
  mostBytes: number;
}

/** How long a withdrawal is remembered that came before its pin. */
const REORDERED_S = 600;

export function makeMarks({ store, queues, clock, mostBytes }: MarksOptions): Marks {
  interface Of {
    kind: 'alert' | 'case';
    number: number;
  }
  type Work = (entered: Entered, of: Of) => Promise<unknown>;
  const alertOf = async (tenant: TenantStore, ask: AskPlace): Promise<Of | null> => {
    const number = await alertOfThread(tenant, ask);
    return number === null ? null : { kind: 'alert', number };
  };
  const recordOf = async (tenant: TenantStore, ask: AskPlace): Promise<Of | null> => {
    const alert = await alertOf(tenant, ask);
    if (alert) return alert;
    const number = await caseOfPlace(tenant, ask);
    return number === null ? null : { kind: 'case', number };
  };
  /** In the thread of an alert, or of what else `find` finds, by somebody who may. */
  async function inThread(ask: AskPlace, what: string, work: Work, find = alertOf): Promise<Card | null> {
    let of: Of | null = null;
    try {
      const bound = await tenantOf(ask);
      of = bound && (await find(bound, ask));
      if (of === null) return null;
      const entered = await enter(store, ask);
      if (!isAtLeast(entered.role, 'responder'))
        throw new MdrError(
          'MDR_FORBIDDEN',
          `${what} needs the role responder; you are ${entered.role} here.`,
          'Ask somebody who has that role to do it.',
        );
      await work(entered, of);
      if (of.kind === 'alert') await changed({ tenant: entered.tenant, queues }, of.number);
      else await queues.add('changes', { tenant: entered.tenant.id, ...of });
      return null;
    } catch (error) {
      if (!(error instanceof MdrError) || of === null) throw error;
      return errorCard(new MdrError(error.code, `${what}: ${error.message}`, error.hint));
    }
  }

  /** The only tenant whose channel it is; a person's role is asked for after that. */
  async function tenantOf({ surface, channel }: AskPlace) {
    const [one, other] = await store.tenants
      .find({ channels: { $elemMatch: { surface, channel } } })
      .limit(2)
      .lean();
    if (one) return other ? null : store.forTenant(one._id);
    const owner = await store.tenantOfRoom(surface, channel);
    return owner === null ? null : store.forTenant(owner);
  }

  const early = ({ surface, channel, message }: Pick<Message, 'surface' | 'channel' | 'message'>, user: string) =>
    `${queues.prefix}:unpinned:${surface}:${channel}:${message}:${user}`;
  const by = ({ person }: Entered) => ({ id: person._id, name: person.name });

  return {
    pin: (ask, message, at) =>
      inThread(ask, 'to pin a message', async (entered, { number }) => {
        const isWithdrawn = async () => Number(await queues.redis.get(early(message, ask.user))) >= at;
        if (await isWithdrawn()) return;
        await pin(entered.tenant, number, by(entered), clock, { ...message, internal: entered.internal }, at);
        // The withdrawal may have looked for it just before it was there.
        if (await isWithdrawn()) await unpin(entered.tenant, number, by(entered), clock, message, at);
      }),
    unpin: (ask, message, at) =>
      inThread(ask, 'to withdraw a message', async (entered, { number }) => {
        // The pin that it withdraws may be on its way.
        await queues.redis.set(early(message, ask.user), String(at), 'EX', REORDERED_S);
        try {
          await unpin(entered.tenant, number, by(entered), clock, message, at);
        } catch (error) {
          if (codeOf(error) !== 'MDR_ALERT_STATE') throw error;
        }
      }),
    keep: (ask, message, upload) =>
      inThread(
        ask,
        'to keep a file',
        async (entered, { kind, number }) => {
          const file = { upload, said: { ...message, internal: entered.internal }, most: mostBytes };
          const { tenant } = entered;
          const { _id } =
            kind === 'alert'
              ? (await keepFile(tenant, number, by(entered), clock, file)).evidence
              : await keepCaseFile(tenant, number, by(entered), clock, file);
          await hand(queues, tenant.id, _id);
        },
        recordOf,
      ),
  };
}
