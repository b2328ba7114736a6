import { MdrError } from '../../engine/errors.js';
import { idOf } from '../../engine/ids.js';
import { postIncident } from '../../engine/respond/learn/report.js';
import type { ReviewPost } from '../../engine/store/dispatches.js';
import type { Card } from '../cards/card.js';
import { FORMAT_NAMES } from '../cards/incident.js';
import type { Context } from '../types.js';
import type { Seen } from './look.js';

/** The same file is posted into a channel at most once in this time. */
const AGAIN_MS = 5 * 60_000;

/** The post-incident report as a file, into the thread of the case here: it leaves through the outbox. */
export async function post(
  context: Context,
  { record, alerts, result }: Seen,
  format: ReviewPost['format'],
): Promise<Card> {
  const { place, tenant, clock, internal, queues } = context;
  if (!place || place.surface === 'terminal')
    throw new MdrError(
      'MDR_FORBIDDEN',
      'files are posted where there are threads: in a chat, or in the console.',
      `Ask there; mdr review report ${tenant.id} ${record.number} writes it to a file.`,
    );
  const now = clock();
  const { surface, channel } = place;
  const document = postIncident(record, alerts, result, { tenant: tenant.tenant.name, now });
  const state = `${internal}:${record.revision}:${Math.floor(now / AGAIN_MS)}`;
  const _id = idOf('review', tenant.id, surface, channel, String(record.number), format, state);
  await tenant.dispatches.insert({
    ...{ _id, to: { kind: 'channel', surface, channel } },
    content: { kind: 'review', review: { case: record.number, document, format, internal } },
    ...{ state: 'due', attempts: 0, due: now, created: now, ended: null, error: '' },
  });
  await queues.add('dispatches', { tenant: tenant.id, id: _id });
  return {
    title: `The post-incident report on case ${record.number} is on its way as ${FORMAT_NAMES[format]}`,
    tone: 'ok',
    blocks: [{ kind: 'note', text: 'Next: it comes into the thread of the case.' }],
  };
}
