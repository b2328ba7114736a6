import type { Clock } from '../../../clock.js';
import type { Log } from '../../../log.js';
import type { Queues } from '../../../queues.js';
import type { TenantStore } from '../../../store/index.js';
import type { PlaybookRun } from '../../../store/playbookruns.js';
import type { Carriers } from '../../actions/registry.js';
import type { CarrierParts } from '../../actions/types.js';
import type { Program, RunEvent, RunState } from '../run/index.js';

/** What it takes to go on with runs of one tenant. */
export interface DriveParts extends CarrierParts {
  store: TenantStore;
  queues: Queues;
  carriers: Carriers;
  clock: Clock;
  log: Log;
}

/** A run as it is kept, and what it is made of. */
export interface Loaded {
  record: PlaybookRun;
  program: Program;
  state: RunState;
}

/** Something that happened to a run: the event, when, who did it as people call them, and what the timeline says about it. */
export interface Happened {
  event: RunEvent;
  /** Epoch ms. */
  at: number;
  who: { id: string; name: string };
  /** Null: it is told elsewhere already. */
  text: string | null;
  reason?: string;
}

export const US = { id: 'mdr', name: 'mdr' } as const;
/** Stands for whoever agreed to it before it was asked for; or to what is over already. */
export const BEFOREHAND = 'agreed-beforehand';
