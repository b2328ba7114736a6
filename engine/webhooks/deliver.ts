import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import type { Log } from '../log.js';
import { waitAfter } from '../notify/deliver.js';
import { sign } from '../notify/events.js';
import type { Secrets } from '../notify/secrets.js';
import type { Send } from '../notify/send.js';
import type { TenantStore } from '../store/index.js';
import type { Webhook, WebhookDelivery } from '../store/webhooks.js';

/** Some three hours of trying in all. */
export const MAX_ATTEMPTS = 16;
const MAX_AT_ONCE = 100;
const PARALLEL = 4;
/** So long new sends are begun: receivers that hang do not keep the others waiting. */
const BEGIN_MS = 20_000;

export interface DeliverParts {
  store: TenantStore;
  secrets: Secrets;
  send: Send;
  clock: Clock;
  log: Log;
}

/**
 * Send what is due. Each is claimed first, so that two engines do not send the same; after a crash in between it is sent again under the
 * same `webhook-id`, by which the receiver knows it. What is not begun in time is left to the next turn.
 */
export async function deliver(parts: DeliverParts): Promise<void> {
  const { store, clock } = parts;
  const hooks = new Map((await store.webhooks.find()).map((hook) => [hook.name, hook]));
  // Switched off, its events wait, and none of the others behind them.
  const off = [...hooks.values()].filter(({ isOn }) => !isOn).map(({ name }) => name);
  const begun = clock();
  const due = await store.webhookDeliveries.find(
    { state: 'due', due: { $lte: begun }, ...(off.length > 0 && { webhook: { $nin: off } }) },
    { sort: { created: 1, _id: 1 }, limit: MAX_AT_ONCE },
  );
  const worker = async () => {
    while (clock() - begun < BEGIN_MS) {
      const next = due.shift();
      if (!next) return;
      await one(parts, next, hooks.get(next.webhook));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

async function one({ store, secrets, send, clock, log }: DeliverParts, delivery: WebhookDelivery, hook?: Webhook) {
  const { _id, body } = delivery;
  const attempts = delivery.attempts + 1;
  const claim = { attempts, due: clock() + waitAfter(attempts) };
  if (!(await store.webhookDeliveries.update({ _id, state: 'due', attempts: delivery.attempts }, { $set: claim })))
    return;
  const end = (state: 'sent' | 'dead', error: string) =>
    store.webhookDeliveries.update({ _id, state: 'due' }, { $set: { state, error, ended: clock() } });
  // What was taken off is told nothing any more.
  if (!hook) {
    await end('dead', 'there is no such webhook any more');
    return;
  }
  let error: string;
  let isFinal = attempts >= MAX_ATTEMPTS;
  try {
    const answer = await send(hook.url, body, await headersOf(store, secrets, hook, _id, body, clock()));
    if (answer.status >= 200 && answer.status < 300) {
      await end('sent', '');
      return;
    }
    error = `HTTP ${answer.status}`;
    // Gone for good, as the receiver says itself.
    isFinal ||= answer.status === 410;
    if (answer.retryAfterMs > waitAfter(attempts))
      await store.webhookDeliveries.update(
        { _id },
        { $set: { due: clock() + Math.min(answer.retryAfterMs, 3_600_000) } },
      );
  } catch (thrown) {
    error = (thrown as Error).message.slice(0, 300);
    // An address that we do not send to stays one; a secret may come back.
    isFinal ||= thrown instanceof MdrError && thrown.code === 'MDR_NOTIFY_URL';
  }
  log.warn({ tenant: store.id, webhook: hook.name, attempts, error, isFinal }, 'a webhook was not delivered');
  if (isFinal) await end('dead', error);
  else await store.webhookDeliveries.update({ _id, state: 'due' }, { $set: { error } });
}

/** Headers of Standard Webhooks 1.0.0: while a secret is being rotated, a signature with each. */
export async function headersOf(
  store: TenantStore,
  secrets: Secrets,
  { secret, before }: Pick<Webhook, 'secret' | 'before'>,
  id: string,
  body: string,
  now: number,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000));
  const names = [secret, ...(before && before.until > now ? [before.secret] : [])];
  const keys = await Promise.all(names.map((name) => secrets.read(store, name)));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': keys.map((key) => `v1,${sign(key, `${id}.${timestamp}.${body}`)}`).join(' '),
  };
}
