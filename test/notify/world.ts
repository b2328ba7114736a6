import { LEVELS, type Level } from '../../engine/detect/types.js';
import { log } from '../../engine/log.js';
import { type Notify, startNotify } from '../../engine/notify/index.js';
import { type Policy, policySchema } from '../../engine/notify/policy.js';
import { openSecrets, type Secrets } from '../../engine/notify/secrets.js';
import { httpSender } from '../../engine/notify/send.js';
import type { Queues } from '../../engine/queues.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { addPerson, addTenant, alertRecord } from '../commands/world.js';
import { PagerDouble } from '../doubles/pagerduty.js';
import { testQueues, testStore } from '../support/services.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const KEY = 'a key of at least thirty-two characters';
const SCORES: Record<Level, number> = { informational: 5, low: 20, medium: 40, high: 65, critical: 85 };

export type PolicyText = Parameters<typeof policySchema.parse>[0];

/** A tenant with people, receivers for its pages, and a clock that stands still until it is moved. */
export interface World {
  store: Store;
  queues: Queues;
  secrets: Secrets;
  pager: PagerDouble;
  /** Present time, epoch ms. */
  now: number;
  clock: () => number;
  /** Read anew, so that it has the policy of this moment. */
  tenant(): Promise<TenantStore>;
  setPolicy(policy: unknown): Promise<Policy>;
  /** An alert that opens now. */
  open(number: number, level: Level, more?: Parameters<typeof alertRecord>[1]): Promise<void>;
  /** A scheduler that does nothing by itself. */
  engine(more?: Partial<Parameters<typeof startNotify>[0]>): Notify;
}

export async function openWorld(start: number): Promise<World> {
  const [{ store }, { queues }, pager] = await Promise.all([testStore(), testQueues(), new PagerDouble().start()]);
  const acme = await addTenant(store, 'acme', 'Acme', [
    { surface: 'slack', channel: 'C0SOC', lane: 'provider' },
    { surface: 'slack', channel: 'C0CUST', lane: 'customer' },
  ]);
  for (const [id, name] of [
    ['ana', 'Ana Silva'],
    ['bo', 'Bo Anders'],
  ] as const)
    await addPerson(store, id, name, [{ tenant: 'acme', role: 'analyst' }]);
  const secrets = openSecrets(KEY);
  const world: World = {
    store,
    queues,
    secrets,
    pager,
    now: start,
    clock: () => world.now,
    tenant: () => store.forTenant('acme'),
    async setPolicy(text) {
      const policy = policySchema.parse(text);
      await store.tenants.updateOne({ _id: 'acme' }, { $set: { notify: { policy, changed: world.now, by: 'test' } } });
      return policy;
    },
    async open(number, level, more = {}) {
      const rule = { ...alertRecord(number).rules[0]!, id: `rule-${number}`, level };
      await acme.alerts.insert(
        alertRecord(number, {
          level,
          score: SCORES[level],
          title: `Something ${level} on host-${number}`,
          entity: { kind: 'host', value: `host-${number}` },
          rules: [rule],
          created: world.now,
          updated: world.now,
          ...more,
        }),
      );
    },
    engine(more = {}) {
      const notify = startNotify({
        store,
        queues,
        secrets,
        send: httpSender([pager.host], 500),
        clock: world.clock,
        log: log.child({}, { level: 'silent' }),
        everyMs: 3_600_000,
        ...more,
      });
      // The look that it takes at its start may see half of what a test is about to set up.
      const first = notify.tick().catch(() => {});
      return {
        ...notify,
        async tick() {
          await first;
          await notify.tick();
        },
      };
    },
  };
  await secrets.keep(acme, 'pd-key', pager.routingKey, world.clock);
  await secrets.keep(acme, 'hook-key', pager.hookSecret, world.clock);
  return world;
}

export const ways = (pager: PagerDouble) => ({
  main: { kind: 'pagerduty', url: `http://${pager.host}/v2/enqueue`, secret: 'pd-key' },
  hook: { kind: 'webhook', url: `http://${pager.host}/hook`, secret: 'hook-key' },
});

/** Everything at once, with this chain for the gravest. */
export const paging = (pager: PagerDouble, steps: unknown[], more: Record<string, unknown> = {}) => ({
  rules: [
    { levels: ['critical', 'high'], send: 'at once', escalate: 'soc' },
    { levels: LEVELS.slice(0, 3), send: 'at once' },
  ],
  chains: { soc: { steps, ...more } },
  ways: ways(pager),
});
