import type { Library } from '../load.js';
import type { Placed, Playbook } from '../types.js';

/** Says what is wrong at a place of the playbook, and what to do. */
export type Report = (path: readonly PropertyKey[], what: string, todo: string) => void;

export interface Linted {
  playbook: Playbook;
  placed: readonly Placed[];
  byId: ReadonlyMap<string, Placed>;
  library: Library;
  /** Ids of files that cannot be read: what they would be is not known. */
  broken: ReadonlySet<string>;
  report: Report;
}
