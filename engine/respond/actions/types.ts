import type { Clock } from '../../clock.js';
import type { Secrets } from '../../notify/secrets.js';
import type { ActionRecord, Effect } from '../../store/actions.js';
import type { TenantStore } from '../../store/index.js';

/** What connectors are given besides the request. */
export interface CarrierParts {
  secrets: Secrets;
  /** `host:port` that declared HTTP actions may reach although they are not on the internet (MDR_ACTIONS_ALLOW). */
  allowed: readonly string[];
  clock: Clock;
}

/** One action to be carried out for one tenant. */
export interface Job extends CarrierParts {
  store: TenantStore;
  record: Pick<
    ActionRecord,
    'number' | 'action' | 'args' | 'lasts' | 'forced' | 'memory' | 'reason' | 'expires' | 'case' | 'by'
  >;
  /** Aborts when its time is over: nothing may be sent after. */
  signal: AbortSignal;
}

/** What a dry run found. */
export interface Checked {
  /** What would happen, in a sentence. */
  says: string;
  /** What taking it back needs to know. Kept before anything is changed. */
  memory: Record<string, unknown>;
  /** It is like that already: nothing will be changed, and nothing taken back. */
  already: boolean;
}

/** What a look found. */
export type Seen = Effect | 'pending';

/** One action as one connector carries it out. */
export interface Work {
  /** What can be told from our own records, before it is asked for. @throws MdrError saying why it cannot be done */
  guard?(job: Job): Promise<void>;
  /** Look, and change nothing. @throws MdrError saying why it cannot be done */
  check(job: Job): Promise<Checked>;
  /** Change it. @returns what it answers, by name. @throws when that is not known to have worked */
  run(job: Job): Promise<Record<string, string>>;
  /** Look whether the world is as the action makes it; `pending`: it was accepted there. Never throws for what is only not known. */
  verify(job: Job): Promise<Seen>;
  /** Put it back as `memory` says; null: it cannot be taken back. */
  undo: ((job: Job) => Promise<void>) | null;
  /** Longest time of each step, in ms. */
  timeoutMs: number;
  /** Whether running it again, after a look that found it absent, does no harm. */
  isRepeatable: boolean;
}

/** A connector: one file in `carriers/`. It carries out some actions of the catalogue. */
export interface Carrier {
  /** `lists`, `ldap`: what `via=` says. */
  name: string;
  title: string;
  /** Whether the tenant has it: which of its connectors are set. */
  isFor(store: TenantStore): boolean;
  works: Readonly<Record<string, Work>>;
}
