import { z } from 'zod';
import { alertBlocks } from '../../../../commands/alert.js';
import { alertActions, alertTitle, entryCard, nextBlock } from '../../../../commands/cards/alert.js';
import { type Card, plain } from '../../../../commands/cards/card.js';
import { toneOf } from '../../../../commands/cards/labels.js';
import type { Context } from '../../../../commands/types.js';
import { clip } from '../../../../commands/words/arguments.js';
import { alertOf } from '../../../../commands/words/record.js';
import type { Alert } from '../../../../engine/store/alerts.js';
import { rootKey } from '../../../outbox/keys.js';
import type { Board } from '../board.js';
import { CONSOLE, type Room, roleIn, roomsOf } from '../channel.js';
import type { Read } from './types.js';

const MOST_DETECTIONS = 100;
const MOST_OBSERVABLES = 10;
const MOST_ORIGINAL = 1500;

const query = z.strictObject({ tenant: z.string().max(32), number: z.coerce.number().int().min(1).max(999_999_999) });

/** One alert in full: what `/mdr alert` shows, its whole timeline, its detections (the provider's people only), and where it is talked about. */
const alert: Read<z.infer<typeof query>> = {
  name: 'alert',
  query,
  async run(desk, { tenant: id, number }, { board }) {
    const context = await desk.at(id);
    const record = await alertOf(context, number);
    const { tenant } = context.tenant;
    const card: Card = {
      title: alertTitle(record),
      tone: toneOf(record),
      blocks: [
        ...(await alertBlocks(context, record)),
        { kind: 'actions', actions: alertActions(record, tenant._id, context.internal) },
        nextBlock(record),
      ],
    };
    return {
      card,
      timeline: record.log.map((entry) => ({
        id: entry.id,
        at: entry.at,
        kind: entry.kind,
        title: plain(entryCard(entry).title),
        text: entry.text,
      })),
      detections: context.internal ? await detectionsOf(context, record) : null,
      threads: await threadsOf(context, board, number),
    };
  },
};
export default alert;

/** The latest first. */
async function detectionsOf({ tenant }: Context, { number, detections: total }: Alert) {
  const found = await tenant.detections.find({ alert: number }, { sort: { created: -1 }, limit: MOST_DETECTIONS });
  return {
    total,
    rows: found.map(({ _id, rule, event, observables, correlated }) => ({
      id: _id,
      at: event.time,
      title: rule.title,
      level: rule.level,
      techniques: rule.techniques,
      source: event.source,
      what: correlated?.text ?? null,
      observables: observables.slice(0, MOST_OBSERVABLES),
      original: clip(event.original, MOST_ORIGINAL),
    })),
  };
}

/** The alert's threads in the rooms that this person may read. */
async function threadsOf({ tenant, person }: Context, board: Board, number: number) {
  const rooms = roomsOf(tenant.id).filter((room) => roleIn(person, room) !== null);
  const keyOf = ({ channel }: Room) => rootKey({ tenant: tenant.id, surface: CONSOLE, channel, number });
  const posts = await tenant.posts.find({ _id: { $in: rooms.map(keyOf) }, state: 'sent' });
  const heads = await Promise.all(
    rooms.map(async (room) => {
      const message = posts.find(({ _id }) => _id === keyOf(room))?.message;
      const line = message ? await board.get(room, message) : null;
      return line ? [{ channel: room.channel, lane: room.lane, id: line.id, replies: line.replies.count }] : [];
    }),
  );
  return heads.flat();
}
