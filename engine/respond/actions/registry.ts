import { MdrError } from '../../errors.js';
import type { ActionRecord } from '../../store/actions.js';
import type { TenantStore } from '../../store/index.js';
import { specOf } from './args.js';
import type { Carrier, CarrierParts, Job, Work } from './types.js';

/** Every connector there is. */
export type Carriers = readonly Carrier[];

/** Those that can do an action for a tenant. */
export const carriersFor = (carriers: Carriers, store: TenantStore, action: string): Carrier[] =>
  carriers.filter((carrier) => Object.hasOwn(carrier.works, action) && carrier.isFor(store));

/** @throws MdrError MDR_ACTION_UNKNOWN, MDR_ACTION_BAD when nothing of this tenant does it, or several do */
export function carrierFor(carriers: Carriers, store: TenantStore, action: string, via?: string): Carrier {
  specOf(action);
  const able = carriersFor(carriers, store, action);
  const found = via === undefined ? able : able.filter(({ name }) => name === via);
  if (found.length === 1) return found[0]!;
  const names = able.map(({ name }) => name).join(', ');
  if (found.length > 1)
    throw new MdrError('MDR_ACTION_BAD', `several connectors do ${action}: ${names}.`, 'Say which, with via=<name>.');
  throw new MdrError(
    'MDR_ACTION_BAD',
    `no connector of ${store.tenant.name} does ${action}${via ? ` via ${via.slice(0, 40)}` : ''}.`,
    names ? `It can be done via ${names}.` : 'The operator sets one: mdr actions connect <tenant> <file>.',
  );
}

/** @throws MdrError MDR_ACTION_BAD when the connector is gone */
export function workOf(carriers: Carriers, { action, via }: Pick<ActionRecord, 'action' | 'via'>): Work {
  const carrier = carriers.find(({ name }) => name === via);
  const work = carrier && Object.hasOwn(carrier.works, action) ? carrier.works[action] : undefined;
  if (work) return work;
  throw new MdrError('MDR_ACTION_BAD', `there is no connector ${via} for ${action} any more.`, 'Ask for it again.');
}

export const jobOf = (
  { secrets, allowed, clock }: CarrierParts,
  store: TenantStore,
  record: Job['record'],
  signal: AbortSignal,
): Job => ({ secrets, allowed, clock, store, record, signal });
