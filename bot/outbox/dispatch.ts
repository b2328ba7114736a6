import type { Card } from '../../commands/cards/card.js';
import { dispatchCard } from '../../commands/cards/digest.js';
import { reportFiles } from '../../engine/investigate/report/files.js';
import { reviewFile } from '../../engine/respond/learn/file.js';
import type { Dispatch, ReportPost, ReviewPost } from '../../engine/store/dispatches.js';
import type { RuleWeeks } from '../../engine/triage/numbers/index.js';
import { numbersPicture } from '../charts/numbers.js';
import { precisionPicture } from '../charts/precision.js';
import { weekPicture } from '../charts/week.js';
import { DeliveryError } from '../surfaces/types.js';
import type { Delivery } from './attempt.js';
import { huntFiles } from './hunt.js';
import { dispatchKey, rootKey } from './keys.js';
import { isInternal, mayTakeHunt, moveHunt } from './place.js';
import { postOnce } from './thread.js';

/**
 * Post a digest or a test message into its channel, once.
 * @throws Later, DeliveryError as `bringUp`
 */
export async function postDispatch(given: Delivery, id: string): Promise<void> {
  const { store, clock } = given;
  const dispatch = await store.dispatches.findOne({ _id: id });
  if (dispatch?.state !== 'due') return;
  const delivery = dispatch.to.kind === 'person' ? await alone(given, dispatch.to.user) : given;
  if (typeof delivery === 'string') {
    const set = { state: 'failed' as const, error: delivery, ended: clock() };
    await store.dispatches.update({ _id: id, state: 'due' }, { $set: set });
    return;
  }
  const { thread } = delivery;
  const card = dispatchCard(dispatch, store.tenant);
  if (!card) return;
  const { content } = dispatch;
  const report = content.kind === 'incident' ? content.report : null;
  const review = content.kind === 'review' ? content.review : null;
  const isAllowed = report
    ? await mayBeShown(delivery, report)
    : review
      ? await mayShowReview(delivery, review)
      : content.kind !== 'hunt' || (await mayTakeHunt(delivery, content.alone));
  if (!isAllowed) {
    await moveHunt(delivery, dispatch);
    const set = { state: 'dropped' as const, error: 'it is not for this channel any more', ended: clock() };
    await store.dispatches.update({ _id: id, state: 'due' }, { $set: set });
    return;
  }
  // A report stands in the thread of its alert or case, where there is one.
  const about = report
    ? rootKey({ ...thread, number: report.alert })
    : review
      ? rootKey({ ...thread, kind: 'case', number: review.case })
      : null;
  const root = about === null ? null : await store.posts.findOne({ _id: about });
  const under = root?.state === 'gone' ? null : (root?.message ?? null);
  const post = await postOnce(delivery, dispatchKey(thread, id), card, under);
  if (post.message !== null) await postFiles(delivery, id, dispatch.content, under ?? post.message, card);
  const change =
    post.message === null
      ? { state: 'failed' as const, error: `the channel does not take it (${post.state})` }
      : { state: 'sent' as const };
  await store.dispatches.update({ _id: id, state: 'due' }, { $set: { ...change, ended: clock() } });
}

/**
 * The same delivery to one person alone.
 * @returns why there is no way to them
 * @throws Later, DeliveryError
 */
async function alone(delivery: Delivery, user: string): Promise<Delivery | string> {
  const { surface, thread, hold } = delivery;
  if (!surface.direct) return `${surface.name} writes to nobody alone`;
  await hold.check();
  try {
    return { ...delivery, thread: { ...thread, channel: await surface.direct(user) } };
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    if (error.kind === 'rate-limited') return hold.set(error.retryAfterMs);
    if (error.kind === 'gone' || error.kind === 'refused') return error.message.slice(0, 300);
    throw error;
  }
}

/** Pictures of numbers and files of reports, into the thread of the card, each once. Where a surface takes no files, the card has to do. */
async function postFiles(
  delivery: Delivery,
  id: string,
  content: Dispatch['content'],
  thread: string,
  card: Card,
): Promise<void> {
  const { surface } = delivery;
  const { upload } = surface;
  if (!upload) return;
  for (const { key: what, name, type = 'image/png', draw } of await filesOf(delivery, content)) {
    const key = `${dispatchKey(delivery.thread, id)}:${what}`;
    const data = await draw();
    const send = () => upload.call(surface, delivery.thread.channel, { name, type, data }, key, thread);
    await postOnce(delivery, key, card, thread, send);
  }
}

/**
 * Decided here once more, because what was asked for may be older than the channel's lane or the decision to publish: what is
 * internal goes into no channel of the customer, and the customer gets what is published now.
 */
async function mayBeShown(delivery: Delivery, report: ReportPost): Promise<boolean> {
  const { store } = delivery;
  if (report.internal) return isInternal(delivery);
  const alert = await store.alerts.findOne({ number: report.alert });
  const record = await store.reports.findOne({ _id: report.id });
  return alert?.published !== undefined && record?.published?.edits === report.edits;
}

/** The same for the report on a case: what was made for the customer's eyes goes to them while the case is shown to them. */
async function mayShowReview(delivery: Delivery, { case: number, internal }: ReviewPost): Promise<boolean> {
  if (internal) return isInternal(delivery);
  return (await delivery.store.cases.findOne({ number }))?.published !== undefined;
}

interface Picture {
  key: string;
  name: string;
  /** Media type; a picture when left out. */
  type?: string;
  draw(): Promise<Uint8Array>;
}

async function filesOf({ store }: Delivery, content: Dispatch['content']): Promise<Picture[]> {
  if (content.kind === 'hunt') return huntFiles(store, content.id, content.files);
  if (content.kind === 'review') return [reviewFile(content.review)];
  if (content.kind !== 'incident') return picturesOf(content);
  const { id, formats, internal, edits } = content.report;
  const record = await store.reports.findOne({ _id: id });
  if (!record) return [];
  const files = await reportFiles(record, formats, { tenant: store.tenant.name, internal, edits });
  return files.map(({ name, type, data }) => ({ key: name, name, type, draw: async () => data }));
}

function picturesOf(content: Dispatch['content']): Picture[] {
  if (content.kind === 'numbers') {
    // Numbers on their way since before there was a precision have none.
    const { weeks, from, until, precision = [] } = content.numbers;
    const span = `${dayOf(from)}-${dayOf(until - 1)}`;
    return [
      { key: 'numbers', name: `numbers-${span}.png`, draw: () => numbersPicture(weeks) },
      ...precisionOf(precision, span),
    ];
  }
  if (content.kind !== 'report' || content.report.days.length === 0) return [];
  const { days, weeks = [], precision = [] } = content.report;
  const span = `${days[0]!.day}-${days.at(-1)!.day}`;
  return [
    { key: 'picture', name: `alerts-${span}.png`, draw: () => weekPicture(days) },
    ...(weeks.length > 0 ? [{ key: 'numbers', name: `numbers-${span}.png`, draw: () => numbersPicture(weeks) }] : []),
    ...precisionOf(precision, span),
  ];
}

const precisionOf = (rules: readonly RuleWeeks[], span: string): Picture[] =>
  rules.length === 0 ? [] : [{ key: 'precision', name: `precision-${span}.png`, draw: () => precisionPicture(rules) }];

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
