import { randomUUID } from 'node:crypto';
import { readConfig } from '../../engine/config.js';
import { MdrError } from '../../engine/errors.js';
import { openSecrets } from '../../engine/notify/secrets.js';
import { loadCarriers } from '../../engine/respond/actions/carriers/index.js';
import { type Asking, type RequestParts, waitingFor } from '../../engine/respond/actions/requests.js';
import { actionOf } from '../../engine/respond/actions/save.js';
import type { ActionRecord } from '../../engine/store/actions.js';
import { isAtLeast, type Role } from '../../engine/store/people.js';
import type { Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';

export const USAGE = {
  usage: 'actions [request | check | approve | refuse | undo | show] …',
  examples: ['actions request block-ip ip=203.0.113.9 expires=4h reason beacons every minute'],
} as const;
export const wrong = (problem: string): MdrError => wrongUsage(USAGE, problem);

export const by = ({ person }: Pick<Context, 'person'>) => ({ id: person._id, name: person.name });
export const requestOf = ({ request }: Pick<Context, 'request'>): string => request ?? randomUUID();

export async function partsOf({ tenant, queues, clock }: Context): Promise<RequestParts> {
  const config = readConfig();
  const given = { secrets: openSecrets(config.MDR_SECRET_KEY), allowed: config.MDR_ACTIONS_ALLOW };
  return { store: tenant, queues, clock, carriers: await loadCarriers(), ...given };
}

/** What the customer's people are shown: what one of them has to agree to. */
export const isShown = ({ internal }: Pick<Context, 'internal'>, record: ActionRecord): boolean =>
  internal || record.needs.customer || record.undo?.needs.customer === true;

/** @throws MdrError MDR_ACTION_UNKNOWN, also for one that may not be shown here; MDR_COMMAND_USAGE */
export async function takeAction(
  context: Context,
  args: readonly string[],
): Promise<{ record: ActionRecord; rest: readonly string[] }> {
  const digits = /^#?([1-9]\d{0,8})$/.exec(args[0] ?? '')?.[1];
  if (!digits)
    throw wrong(
      args[0] === undefined
        ? 'which action? It is called by its number.'
        : `"${clip(args[0], 40)}" is not an action's number.`,
    );
  const record = await actionOf(context.tenant, Number(digits));
  if (!isShown(context, record))
    throw new MdrError(
      'MDR_ACTION_UNKNOWN',
      `there is no action ${digits} of ${context.tenant.tenant.name}.`,
      'See /mdr actions for those that there are.',
    );
  return { record, rest: args.slice(1) };
}

/** @throws MdrError MDR_FORBIDDEN */
export function mayAsk({ role, internal, tenant }: Context, needed: Role): void {
  if (!internal)
    throw new MdrError(
      'MDR_FORBIDDEN',
      "actions are asked for by the provider's people, in the provider's own channels.",
      'Ask there.',
    );
  if (!isAtLeast(role, needed))
    throw new MdrError(
      'MDR_FORBIDDEN',
      `that needs the role ${needed}; you are ${role} of ${tenant.tenant.name}.`,
      'Ask somebody who has that role.',
    );
}

/**
 * `block-ip ip=203.0.113.9 expires=4h via=lists force case 4 reason …`
 * @throws MdrError MDR_COMMAND_USAGE
 */
export function readAsking(context: Context, words: readonly string[]): Asking {
  const [action, ...rest] = words;
  if (!action) throw wrong('which action? For example block-ip or disable-user.');
  const args: Record<string, string> = {};
  let via: string | undefined;
  let forced = false;
  let number = context.case ?? null;
  let reason = '';
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i]!;
    const lower = word.toLowerCase();
    const pair = /^([a-z][a-z0-9_-]{0,40})=(.*)$/is.exec(word);
    if (lower === 'reason' || lower === 'because') {
      reason = rest.slice(i + 1).join(' ');
      break;
    } else if (lower === 'force') forced = true;
    else if (lower === 'case') {
      const digits = /^#?([1-9]\d{0,8})$/.exec(rest[++i] ?? '')?.[1];
      if (!digits) throw wrong('which case? It is called by its number, as in case 4.');
      number = Number(digits);
    } else if (pair?.[1]?.toLowerCase() === 'via') via = pair[2]!;
    else if (pair) {
      const name = pair[1]!.toLowerCase();
      if (Object.hasOwn(args, name)) throw wrong(`${name}= is there twice.`);
      args[name] = pair[2]!;
    } else throw wrong(`"${clip(word, 40)}" is no name=value. What follows the word reason is the reason.`);
  }
  return { action: action.toLowerCase(), args, ...(via !== undefined && { via }), forced, reason, case: number };
}

/** The digest that a click carries: of what waits for approval. */
export const digestOfWaiting = (record: ActionRecord): string | null => waitingFor(record)?.digest ?? null;
