import { openSecrets } from '../../../engine/notify/secrets.js';
import type { Queues } from '../../../engine/queues.js';
import lists from '../../../engine/respond/actions/carriers/lists.js';
import type { Carriers } from '../../../engine/respond/actions/registry.js';
import type { Asking, RequestParts } from '../../../engine/respond/actions/requests.js';
import type { Carrier, Work } from '../../../engine/respond/actions/types.js';
import { type WorkParts, workOn } from '../../../engine/respond/actions/work.js';
import type { Effect } from '../../../engine/store/actions.js';
import type { Store, TenantStore } from '../../../engine/store/index.js';
import type { Person } from '../../../engine/store/people.js';
import { addPerson, addTenant, NOW } from '../../commands/world.js';

export const KEY = 'a key of at least thirty-two characters';
export const log = { warn() {}, error() {}, info() {}, debug() {} } as never;

/** A machine that can be isolated, and does what a test says. It knows how often it was asked, and for what. */
export class Machine {
  isolated = new Set<string>();
  runs: string[] = [];
  undos: string[] = [];
  /** What happens at the next run: `late` does it and then never answers. */
  mood: 'well' | 'refuses' | 'hangs' | 'late' | 'breaks after' = 'well';
  /** Whether it can be asked how it is. */
  isReachable = true;
  constructor(readonly isRepeatable = true) {}

  get work(): Work {
    const hostOf = (job: { record: { args: Record<string, string> } }) => job.record.args.host!;
    return {
      timeoutMs: 300,
      isRepeatable: this.isRepeatable,
      check: async (job) => {
        if (!this.isReachable) throw new Error('nobody answers');
        const already = this.isolated.has(hostOf(job));
        return { says: `${hostOf(job)} is cut off`, memory: { before: already }, already };
      },
      run: async (job) => {
        this.runs.push(JSON.stringify(job.record.args));
        if (this.mood === 'refuses') throw new Error('no');
        if (this.mood === 'hangs') return new Promise(() => {});
        this.isolated.add(hostOf(job));
        if (this.mood === 'late') return new Promise(() => {});
        if (this.mood === 'breaks after') throw new Error('connection reset');
        return { ticket: '17' };
      },
      verify: async (job): Promise<Effect> =>
        !this.isReachable ? 'unknown' : this.isolated.has(hostOf(job)) ? 'holds' : 'absent',
      undo: async (job) => {
        this.undos.push(hostOf(job));
        if (this.mood === 'refuses') throw new Error('no');
        this.isolated.delete(hostOf(job));
      },
    };
  }
  get carrier(): Carrier {
    return { name: 'machine', title: 'a machine', isFor: () => true, works: { 'isolate-host': this.work } };
  }
}

export interface World {
  store: Store;
  acme: TenantStore;
  now: number;
  parts: RequestParts;
  working: WorkParts;
  people: Record<'ana' | 'bo' | 'cy' | 'vic' | 'cus', Person>;
  work(number: number): Promise<string>;
}

let worlds = 0;
export async function world(store: Store, queues: Queues, carriers: Carriers = [lists]): Promise<World> {
  const id = `acme${++worlds}`;
  const acme = await addTenant(store, id, 'Acme');
  const give = (name: string, role: Person['grants'][number]['role'], side: Person['side'] = 'provider') =>
    addPerson(store, `${name}${worlds}`, name, [{ tenant: id, role }], side);
  const made = {
    store,
    acme,
    now: NOW,
    people: {
      ana: await give('ana', 'analyst'),
      bo: await give('bo', 'analyst'),
      cy: await give('cy', 'lead'),
      vic: await give('vic', 'viewer'),
      cus: await give('cus', 'responder', 'customer'),
    },
  };
  const clock = () => made.now;
  const common = { secrets: openSecrets(KEY), allowed: [], clock, carriers };
  return Object.assign(made, {
    parts: { ...common, store: acme, queues },
    working: { ...common, store, log },
    work: (number: number) => workOn({ ...common, store, log }, id, number),
  });
}

export const isolate = (host = 'ws01', more: Partial<Asking> = {}): Asking => ({
  ...{ action: 'isolate-host', args: { host }, reason: 'beacons', case: null },
  ...more,
});
export const by = ({ _id, name }: Person) => ({ id: _id, name });
