import { AsyncLocalStorage } from 'node:async_hooks';

/** In whose name something is done: what the audit log says of a change. */
export interface Actor {
  /** Person id, `operator:<account>` at the server, or `mdr`. */
  id: string;
  name: string;
  /** `slack:C0123`, `cli`; empty where the product does it by itself. */
  where: string;
  /** What was asked for, in one or two words: `case close`. */
  what: string;
}

const ITSELF: Actor = { id: 'mdr', name: 'mdr', where: '', what: '' };
const current = new AsyncLocalStorage<Actor>();

/** Do something in somebody's name; what it begins, too. */
export const runAs = <T>(actor: Actor, work: () => T): T => current.run(actor, work);
export const actorNow = (): Actor => current.getStore() ?? ITSELF;
