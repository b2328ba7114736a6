import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import { idOf } from '../ids.js';
import { checkUrl } from '../notify/address.js';
import type { Secrets } from '../notify/secrets.js';
import type { TenantStore } from '../store/index.js';
import type { Webhook } from '../store/webhooks.js';
import { isEvent } from './events.js';

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const MAX_HOOKS = 20;
/** How long the secret before a rotation still signs. */
export const BOTH_MS = 24 * 3_600_000;

const wrong = (message: string, hint: string) => new MdrError('MDR_WEBHOOK', message, hint);
const secretName = (name: string): string => `webhook-${name}-${randomBytes(4).toString('hex')}`;
const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/**
 * Tell somebody of what happens from now on.
 * @param allowed `host:port` that need not be on the internet
 * @returns the secret, which is shown once
 * @throws MdrError MDR_WEBHOOK, MDR_NOTIFY_URL, MDR_SECRET
 */
export async function addWebhook(
  store: TenantStore,
  secrets: Secrets,
  { name, url, events, lane }: Pick<Webhook, 'name' | 'url' | 'events' | 'lane'>,
  allowed: readonly string[],
  clock: Clock,
): Promise<string> {
  if (!NAME.test(name))
    throw wrong(`"${name.slice(0, 60)}" is no name.`, 'Use lower-case letters, digits and hyphens.');
  const bad = events.find((event) => !isEvent(event));
  if (events.length === 0 || events.length > 50 || bad !== undefined)
    throw wrong(`"${(bad ?? '').slice(0, 60)}" is no event.`, 'Write such as case.*, case.closed, alert.opened or *.');
  checkUrl(url, allowed);
  if (url.length > 2000) throw wrong('the address is too long.', 'It has at most 2,000 characters.');
  if ((await store.webhooks.count()) >= MAX_HOOKS)
    throw wrong(`${store.id} has ${MAX_HOOKS} webhooks.`, 'Take one off first.');
  const [secret, kept, now] = [newSecret(), secretName(name), clock()];
  await secrets.keep(store, kept, secret, clock);
  const _id = idOf('webhook', store.id, name);
  const isNew = await store.webhooks.insert({
    _id,
    name,
    url,
    events,
    lane,
    secret: kept,
    before: null,
    isOn: true,
    seen: now,
    created: now,
  });
  if (!isNew) throw wrong(`there is a webhook "${name}" already.`, 'Take it off first, or choose another name.');
  return secret;
}

/** @throws MdrError MDR_WEBHOOK */
export async function webhookCalled(store: TenantStore, name: string): Promise<Webhook> {
  const found = await store.webhooks.findOne({ name });
  if (found) return found;
  throw wrong(`there is no webhook "${name.slice(0, 60)}" of ${store.id}.`, `See mdr webhooks list ${store.id}.`);
}

/** Another secret; the one before signs too for a day, so that receivers can change theirs. @returns the new one, shown once */
export async function rotateSecret(store: TenantStore, secrets: Secrets, name: string, clock: Clock): Promise<string> {
  const hook = await webhookCalled(store, name);
  const [secret, kept, now] = [newSecret(), secretName(name), clock()];
  await secrets.keep(store, kept, secret, clock);
  const before = { secret: hook.secret, until: now + BOTH_MS };
  if (!(await store.webhooks.update({ name, secret: hook.secret }, { $set: { secret: kept, before } })))
    throw new MdrError('MDR_CONFLICT', `the secret of "${name}" was changed by somebody else.`, 'Try again.');
  if (hook.before) await store.secrets.deleteMany({ name: hook.before.secret });
  return secret;
}

/** Switch it on or off: while it is off, what happens waits. @throws MdrError MDR_WEBHOOK */
export async function switchWebhook(store: TenantStore, name: string, isOn: boolean): Promise<void> {
  await webhookCalled(store, name);
  await store.webhooks.update({ name }, { $set: { isOn } });
}

/** @throws MdrError MDR_WEBHOOK */
export async function removeWebhook(store: TenantStore, name: string): Promise<void> {
  const { secret, before } = await webhookCalled(store, name);
  await store.webhooks.deleteMany({ name });
  await store.webhookDeliveries.deleteMany({ webhook: name });
  for (const each of [secret, before?.secret]) if (each) await store.secrets.deleteMany({ name: each });
}

/** Try again what is dead, as if it had just happened. @returns how many */
export async function retryDead(store: TenantStore, name: string, clock: Clock): Promise<number> {
  await webhookCalled(store, name);
  return store.webhookDeliveries.updateMany(
    { webhook: name, state: 'dead' },
    { $set: { state: 'due', attempts: 0, due: clock(), ended: null } },
  );
}
