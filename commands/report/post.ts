import { MdrError } from '../../engine/errors.js';
import { idOf } from '../../engine/ids.js';
import { briefOf } from '../../engine/investigate/report/brief.js';
import type { Format } from '../../engine/investigate/report/formats.js';
import type { View } from '../../engine/investigate/report/keep.js';
import type { ReportPost } from '../../engine/store/dispatches.js';
import type { ReportRecord } from '../../engine/store/reports.js';
import type { Card } from '../cards/card.js';
import { FORMAT_NAMES } from '../cards/incident.js';
import type { Context } from '../types.js';
import { viewFor } from './show.js';

/** The same files are posted into a channel at most once in this time. */
const AGAIN_MS = 5 * 60_000;

/** Its files, into the thread of the alert here: they leave through the outbox. */
export async function post(context: Context, number: number, record: ReportRecord, formats: Format[]): Promise<Card> {
  const { place } = context;
  if (!place || place.surface === 'terminal')
    throw new MdrError(
      'MDR_FORBIDDEN',
      'files are posted where there are threads: in a chat, or in the console.',
      `Ask there; /mdr report ${number} shows it in short.`,
    );
  await send(context, number, record, formats, place, viewFor(context, record));
  return {
    title: `The report on alert ${number} is on its way: version ${record.version} as ${formats.map((format) => FORMAT_NAMES[format]).join(', ')}`,
    tone: 'ok',
    blocks: [{ kind: 'note', text: 'Next: it comes into the thread of the alert, with its STIX bundle.' }],
  };
}

/** One dispatch to one channel. */
export async function send(
  { tenant, queues, clock }: Context,
  number: number,
  record: ReportRecord,
  formats: Format[],
  to: { surface: string; channel: string },
  view: View,
): Promise<void> {
  const now = clock();
  const { surface, channel } = to;
  const state = `${view.internal}:${view.edits}:${Math.floor(now / AGAIN_MS)}`;
  const _id = idOf('incident', tenant.id, surface, channel, record._id, formats.join(), state);
  const report: ReportPost = {
    ...{ id: record._id, alert: number, brief: briefOf(record, view), formats },
    ...{ internal: view.internal, edits: view.edits },
  };
  await tenant.dispatches.insert({
    ...{ _id, to: { kind: 'channel', surface, channel }, content: { kind: 'incident', report } },
    ...{ state: 'due', attempts: 0, due: now, created: now, ended: null, error: '' },
  });
  await queues.add('dispatches', { tenant: tenant.id, id: _id });
}
