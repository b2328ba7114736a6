import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import type { Log } from '../log.js';
import { changeCase } from '../respond/case/save.js';
import type { Dispatch, Page } from '../store/dispatches.js';
import type { TenantStore } from '../store/index.js';
import { outgoing } from './events.js';
import { policyOf } from './policy.js';
import { addEntry, BY_US } from './record.js';
import type { Secrets } from './secrets.js';
import type { Send } from './send.js';

/** Waits grow from half a minute to a quarter of an hour: some three hours of trying in all. */
const FIRST_WAIT_MS = 30_000;
const MAX_WAIT_MS = 15 * 60_000;
const MAX_ATTEMPTS = 16;
const MAX_AT_ONCE = 100;
const PARALLEL = 4;

export interface DeliverParts {
  store: TenantStore;
  secrets: Secrets;
  send: Send;
  clock: Clock;
  log: Log;
}

export const waitAfter = (attempts: number): number => Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1));

/**
 * Send what is due to the ways of the policy. Each is claimed before it is sent, so that two engines do not send the same; after a
 * crash in between it is sent again, under the same id.
 * @returns numbers of the alerts whose log this added to
 */
export async function deliver(parts: DeliverParts): Promise<number[]> {
  const touched: number[] = [];
  const waiting = await lanesOf(parts.store, parts.clock());
  const worker = async () => {
    for (let lane = waiting.shift(); lane; lane = waiting.shift())
      for (const dispatch of lane) {
        const outcome = await deliverOne(parts, dispatch);
        if (outcome === 'again') break;
        if (typeof outcome === 'number') touched.push(outcome);
      }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return touched;
}

/**
 * What is due now, grouped by way and alert: what follows an event about the same alert waits for it, so that no "resolved" gets
 * ahead of its "triggered".
 */
async function lanesOf(store: TenantStore, now: number): Promise<Dispatch[][]> {
  const open = { 'to.kind': 'way', state: 'due' } as const;
  const due = await store.dispatches.find(
    { ...open, due: { $lte: now } },
    { sort: { created: 1 }, limit: MAX_AT_ONCE },
  );
  const numbers = due.flatMap(({ content }) => (content.kind === 'page' ? [content.page.number] : []));
  const later = numbers.length
    ? await store.dispatches.find({ ...open, due: { $gt: now }, 'content.page.number': { $in: numbers } })
    : [];
  const lanes = new Map<string, Dispatch[]>();
  for (const dispatch of due) {
    const lane = laneOf(dispatch);
    const ahead = later.find((other) => laneOf(other) === lane && other.created <= dispatch.created);
    // Out of the way of what can be sent.
    if (ahead) await store.dispatches.update({ _id: dispatch._id, state: 'due' }, { $set: { due: ahead.due } });
    else lanes.set(lane, [...(lanes.get(lane) ?? []), dispatch]);
  }
  return [...lanes.values()];
}

const laneOf = ({ _id, to, content }: Dispatch): string =>
  JSON.stringify([to, content.kind === 'page' ? (content.page.case ?? content.page.number) : _id, isOfCase(content)]);

const isOfCase = (content: Dispatch['content']): boolean => content.kind === 'page' && content.page.case !== undefined;

/** @returns `again` when it is still due; the number of the alert that was told of a failure */
async function deliverOne(parts: DeliverParts, dispatch: Dispatch): Promise<'done' | 'again' | number> {
  const { store, secrets, send, clock, log } = parts;
  const { _id, content, to } = dispatch;
  if (to.kind !== 'way') return 'done';
  const end = (state: Dispatch['state'], error = '') =>
    store.dispatches.update({ _id, state: 'due' }, { $set: { state, ended: clock(), error } });
  const attempts = dispatch.attempts + 1;
  const claim = { attempts, due: clock() + waitAfter(attempts) };
  const claimed = await store.dispatches.update({ _id, state: 'due', attempts: dispatch.attempts }, { $set: claim });
  if (!claimed) return 'again';
  if (content.kind === 'page' && content.page.case !== undefined) {
    const record = await store.cases.findOne({ number: content.page.case });
    if (!record || record.state === 'closed') {
      await end('dropped', `not needed any more: the case is ${record?.state ?? 'gone'}`);
      return 'done';
    }
  } else if (content.kind === 'page' && content.page.action === 'trigger' && attempts === 1) {
    const alert = await store.alerts.findOne({ number: content.page.number });
    if (alert?.state !== 'new') {
      await end('dropped', `not needed any more: the alert is ${alert?.state ?? 'gone'}`);
      return 'done';
    }
  }
  const way = policyOf(store.tenant).ways[to.name];
  if (!way) {
    await end('dropped', `the policy has no way "${to.name}" any more`);
    return 'done';
  }
  let error: string;
  let isFinal = attempts >= MAX_ATTEMPTS;
  try {
    const secret = await secrets.read(store, way.secret);
    const { url, body, headers } = outgoing(way, secret, store.tenant, dispatch, clock());
    const answer = await send(url, body, headers);
    if (answer.status >= 200 && answer.status < 300) {
      await end('sent');
      return 'done';
    }
    error = `HTTP ${answer.status}`;
    if (answer.retryAfterMs > waitAfter(attempts))
      await store.dispatches.update({ _id }, { $set: { due: clock() + Math.min(answer.retryAfterMs, 3_600_000) } });
    // Too many, too slow, or their own fault: later. Anything else will be refused again.
    isFinal ||= answer.status < 500 && answer.status !== 429 && answer.status !== 408;
  } catch (thrown) {
    error = (thrown as Error).message.slice(0, 300);
    isFinal ||= thrown instanceof MdrError;
  }
  log.warn({ tenant: store.id, way: to.name, attempts, error, isFinal }, 'a page was not delivered');
  if (!isFinal) {
    await store.dispatches.update({ _id, state: 'due' }, { $set: { error } });
    return 'again';
  }
  // Told first: a failure that nobody sees is worse than one told twice, and the entry has a key.
  const isCall = content.kind === 'page' && content.page.action === 'trigger';
  const told = isCall ? await tellFailure(store, dispatch, content.page, error, clock) : null;
  await end('failed', error);
  return told ?? 'done';
}

/** A page that did not get through is said in the alert's thread: others have to step in. */
async function tellFailure(store: TenantStore, { _id, to }: Dispatch, page: Page, error: string, clock: Clock) {
  if (to.kind !== 'way') return null;
  const { number, case: of } = page;
  const text = `Paging by ${to.name} failed: ${error}. Somebody has to be called by other means.`;
  if (of !== undefined) {
    const asking = { by: { id: BY_US.actor, name: BY_US.actorName }, clock, request: `unpaged:${_id}` };
    await changeCase(store, of, asking, { kind: 'note', lane: 'provider', text });
    return null;
  }
  const now = clock();
  const entry = { id: `unpaged-${_id}`, at: now, ...BY_US, kind: 'escalated' as const, text };
  return (await addEntry(store, number, entry)) ? number : null;
}
