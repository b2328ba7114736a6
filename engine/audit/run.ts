import type { Clock } from '../clock.js';
import { LockBusyError, withLock } from '../lock.js';
import type { Log } from '../log.js';
import type { Send } from '../notify/send.js';
import type { Queues } from '../queues.js';
import type { Store } from '../store/index.js';
import { PROVIDER } from '../store/indicators.js';
import { anchorAudit, anchorOutside, dayOf } from './anchor.js';
import { forwardAudit, type Sink } from './forward.js';
import { chainsOf, sealAudit } from './log.js';

export interface AuditParts {
  store: Store;
  queues: Queues;
  clock: Clock;
  log: Log;
  send: Send;
  /** Where heads are sent to besides the channels; null: nowhere. */
  webhook: string | null;
  /** Where entries are forwarded to; null: nowhere. */
  sink: Sink | null;
  everyMs?: number;
}

const EVERY_MS = 3000;

/** Takes changes into the audit log, anchors it each day and forwards it; of several engines one at a time works on a tenant. */
export function startAudit({ store, queues, clock, log, send, webhook, sink, everyMs = EVERY_MS }: AuditParts) {
  const { redis, prefix } = queues;
  const outside = new Map<string, string>();
  const anchored = new Map<string, string>();

  async function workOn(tenant: string): Promise<void> {
    await withLock(redis, `${prefix}:{${tenant}}:lock:audit`, 0, async () => {
      await sealAudit(store, tenant, clock);
      if (sink) await forwardAudit(await chainsOf(store, tenant), sink);
      if (tenant === PROVIDER) return;
      const scope = await store.forTenant(tenant);
      const day = dayOf(clock());
      if (anchored.get(tenant) !== day) {
        const ids = await anchorAudit(scope, clock);
        if (ids) {
          await queues.addBulk(
            'dispatches',
            ids.map((id) => ({ data: { tenant, id } })),
          );
          anchored.set(tenant, day);
        }
      }
      if (webhook) await anchorOutside(scope, send, webhook, outside, clock);
    });
  }

  async function tick(): Promise<void> {
    const tenants = await store.tenants.find({}, { _id: 1 }).lean<{ _id: string }[]>();
    for (const { _id } of [...tenants, { _id: PROVIDER }])
      await workOn(_id).catch((error: Error) => {
        if (!(error instanceof LockBusyError))
          log.warn({ tenant: _id, error: error.message }, 'audit: will be tried again');
      });
  }

  let running: Promise<void> | null = null;
  const quietly = () => {
    running ??= tick()
      .catch((error: Error) => log.warn({ error: error.message }, 'audit: the store did not answer'))
      .finally(() => {
        running = null;
      });
  };
  const timer = setInterval(quietly, everyMs);
  return {
    tick,
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
