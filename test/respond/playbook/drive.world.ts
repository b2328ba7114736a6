import type { Queues } from '../../../engine/queues.js';
import { digestOf } from '../../../engine/respond/actions/args.js';
import { ACTIONS } from '../../../engine/respond/actions/catalog.js';
import type { Carrier, Work } from '../../../engine/respond/actions/types.js';
import { openCase } from '../../../engine/respond/case/open.js';
import { beginRun } from '../../../engine/respond/playbook/drive/begin.js';
import { drive } from '../../../engine/respond/playbook/drive/index.js';
import { runOf } from '../../../engine/respond/playbook/drive/keep.js';
import type { DriveParts } from '../../../engine/respond/playbook/drive/types.js';
import type { Library } from '../../../engine/respond/playbook/load.js';
import type { Store, TenantStore } from '../../../engine/store/index.js';
import { Scoped } from '../../../engine/store/scoped.js';
import { by, log, world } from '../actions/world.js';
import { library } from './sample.js';

/** What the test's machines were told to do: each entry is one change of the world. */
export interface Told {
  number: number;
  action: string;
  args: Record<string, string>;
}

/** Machines that do what actions say, and keep what was wrong with how they were told. */
export class Machines {
  readonly on = new Set<string>();
  readonly told: Told[] = [];
  readonly undone: number[] = [];
  readonly wrong: string[] = [];
  /** What happens at the next run. */
  mood: 'well' | 'refuses' = 'well';
  store: TenantStore | null = null;

  readonly carrier: Carrier = {
    name: 'machines',
    title: 'machines',
    isFor: () => true,
    works: Object.fromEntries(
      ['isolate-host', 'disable-user', 'collect-triage-package'].map((action) => [action, this.#work(action)]),
    ),
  };

  #work(action: string): Work {
    const keyOf = ({ args }: { args: Record<string, string> }) => `${action} ${args.host ?? args.user}`;
    return {
      timeoutMs: 2000,
      isRepeatable: false,
      check: async ({ record }) => ({ says: keyOf(record), memory: {}, already: this.on.has(keyOf(record)) }),
      run: async ({ record }) => {
        await this.#look(record.number);
        this.told.push({ number: record.number, action, args: { ...record.args } });
        if (this.mood === 'refuses') throw new Error('no');
        this.on.add(keyOf(record));
        return {};
      },
      verify: async ({ record }) => (this.on.has(keyOf(record)) ? 'holds' : 'absent'),
      undo: async ({ record }) => {
        this.undone.push(record.number);
        this.on.delete(keyOf(record));
      },
    };
  }

  /** At the moment of the change: somebody else must have agreed, to exactly this. */
  async #look(number: number): Promise<void> {
    const record = (await this.store!.actions.findOne({ number }))!;
    const agreed = record.approvals.filter(({ id, digest }) => id !== record.by.id && digest === record.digest);
    if (ACTIONS[record.action]!.isDangerous && agreed.length === 0) this.wrong.push(`${number}: nobody agreed`);
    if (digestOf(record) !== record.digest) this.wrong.push(`${number}: not what was agreed to`);
  }
}

export class Killed extends Error {}

/** A tenant's store that dies at one of its calls, before or after it is carried out; and takes every later one with it. */
export function mortal(store: TenantStore, calls: number, isAfter: boolean): TenantStore {
  let left = calls;
  const dead = () => {
    throw new Killed('killed');
  };
  const wrapped = <T extends object>(of: T): T =>
    new Proxy(of, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          left -= 1;
          if (left < 0 || (left === 0 && !isAfter)) return dead();
          const result = await value.apply(target, args);
          return left === 0 ? dead() : result;
        };
      },
    });
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name);
      return value instanceof Scoped ? wrapped(value) : value;
    },
  });
}

/** A tenant with a case and machines; its runs are driven by hand. */
export async function driveWorld(store: Store, queues: Queues, lib: Library = library) {
  const machines = new Machines();
  const w = await world(store, queues, [machines.carrier]);
  machines.store = w.acme;
  const parts: DriveParts = { ...w.parts, log };
  const asking = (request: string, who = w.people.ana) => ({ by: by(who), clock: () => w.now, request });
  const { record } = await openCase(w.acme, asking('open'), {
    ...{ title: 'An incident', type: 'other', severity: 'high', priority: 'P2', reason: '' },
    lead: by(w.people.ana),
  });
  return {
    ...{ w, parts, machines, asking, number: record.number },
    begin: async (playbook = 'everything', given: Record<string, unknown> = { hosts: ['ws-1'], user: 'carla' }) =>
      (await beginRun(parts, by(w.people.ana), lib, { case: record.number, playbook, given })).record.number,
    drive: (run: number) => drive(parts, run),
    /** Whatever actions wait for a worker are carried out, and the run goes on. */
    async work(run: number) {
      await drive(parts, run);
      for (const { number } of await w.acme.actions.find({ state: { $in: ['approved', 'undoing', 'running'] } }))
        await w.work(number);
      await drive(parts, run);
    },
    state: async (run: number) => (await runOf(w.acme, run)).state,
    theCase: async () => (await w.acme.cases.findOne({ number: record.number }))!,
  };
}
