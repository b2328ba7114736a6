import type { Clock } from '../clock.js';
import { codeOf } from '../errors.js';
import type { Log } from '../log.js';
import type { Secrets } from '../notify/secrets.js';
import type { Send } from '../notify/send.js';
import type { Store } from '../store/index.js';
import type { Webhook } from '../store/webhooks.js';
import { collect, forget } from './collect.js';
import { deliver } from './deliver.js';

const EVERY_MS = 2000;
const DEEP_EVERY_MS = 60_000;
/** Tenants looked at at the same time. */
const TENANTS_AT_ONCE = 8;
const FORGET_EVERY_MS = 3_600_000;

export interface WebhookParts {
  store: Store;
  secrets: Secrets;
  send: Send;
  clock: Clock;
  log: Log;
  everyMs?: number;
}

/** Look once at every tenant that has webhooks: find what is new, send what is due. */
export async function tick({ store, ...parts }: Omit<WebhookParts, 'everyMs'>, isDeep = true): Promise<void> {
  const hooks = await store.webhooks.find().lean<Webhook[]>();
  const waiting = [...new Set(hooks.map(({ tenant }) => tenant))];
  const look = async (id: string) => {
    try {
      const tenant = await store.forTenant(id);
      const own = hooks.filter((hook) => hook.tenant === id);
      await collect(tenant, own, parts.clock, isDeep);
      await deliver({ ...parts, store: tenant });
    } catch (error) {
      // One tenant's trouble keeps nobody else's from being told.
      if (codeOf(error) !== 'MDR_TENANT_UNKNOWN')
        parts.log.warn({ tenant: id, error: (error as Error).message }, 'webhooks');
    }
  };
  const worker = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await look(id);
  };
  await Promise.all(Array.from({ length: TENANTS_AT_ONCE }, worker));
}

/** Keeps receivers told, from the engine process; several engines do no harm to each other. */
export function startWebhooks({ everyMs = EVERY_MS, ...parts }: WebhookParts): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  let isBusy = false;
  let forgot = 0;
  let deep = 0;
  const turn = async () => {
    const isDeep = parts.clock() - deep >= DEEP_EVERY_MS;
    await tick(parts, isDeep);
    if (isDeep) deep = parts.clock();
    if (parts.clock() - forgot < FORGET_EVERY_MS) return;
    forgot = parts.clock();
    const hooks = await parts.store.webhooks.find().lean<Webhook[]>();
    for (const id of new Set(hooks.map(({ tenant }) => tenant)))
      await forget(await parts.store.forTenant(id), parts.clock);
  };
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    running = turn()
      .catch((error) => parts.log.warn({ error: (error as Error).message }, 'webhooks'))
      .finally(() => {
        isBusy = false;
      });
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
