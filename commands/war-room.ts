import { MdrError } from '../engine/errors.js';
import { idOf } from '../engine/ids.js';
import { changeCase } from '../engine/respond/case/save.js';
import type { Change } from '../engine/respond/case/types.js';
import type { Case, CaseRoom } from '../engine/store/cases.js';
import type { Card } from './cards/card.js';
import { asking, caseFor, takeCase, told } from './case/words.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { inProviderLane, need } from './words/preconditions.js';

/** The surface that opens rooms. */
const SURFACE = 'slack';
/** Most of a tenant's id that stands in a room's name: surfaces allow 80 characters. */
const MOST_ID = 40;

const room: Command = {
  name: 'war-room',
  summary:
    "A channel of its own for a case, with its people, a topic and the live status card pinned; the provider's own.",
  usage: 'war-room [n] [close]',
  examples: ['war-room 4', 'war-room 4 close'],
  details: [
    'In Slack it is a private channel. Whoever gets a role in the case is invited; inside it the number of the case can be left out.',
    'close posts a summary of the case and archives the channel; the case goes on in its thread.',
  ],
  related: ['case', 'brief'],
  role: 'responder',
  async run(context, args) {
    need(provider, context);
    const { number, rest } = takeCase(room, context, args);
    const word = rest[0]?.toLowerCase();
    if (rest.length > 1 || (word !== undefined && word !== 'close'))
      throw wrongUsage(room, `"${clip(rest.join(' '), 40)}" is not close.`);
    const record = await caseFor(context, number);
    return word === 'close' ? close(context, record) : open(context, record);
  },
};
export default room;

const provider = inProviderLane(
  () => new MdrError('MDR_FORBIDDEN', "rooms are the provider's own.", 'Ask in one of the provider’s channels.'),
);

async function open(context: Context, record: Case): Promise<Card> {
  const { tenant } = context.tenant;
  if (!tenant.channels.some(({ surface, lane }) => surface === SURFACE && lane === 'provider'))
    throw new MdrError(
      'MDR_CASE_BAD',
      `no Slack channel of the provider is bound to ${tenant.name}, so no room can be opened near it.`,
      `Work in the thread of the case, or have an operator bind one: mdr tenant bind ${tenant._id} slack:C….`,
    );
  const change = (present: Case): Change => ({ kind: 'room', room: roomOf(context, present) });
  const applied = await changeCase(context.tenant, record.number, asking(context), change);
  await told(context, record.number);
  const { name } = applied.record.room!;
  return said(
    context,
    applied.record,
    applied.changed ? `Opening the room ${name}` : `The room ${name} is there already`,
    'Its people are invited in a moment; the status card is pinned there.',
  );
}

async function close(context: Context, record: Case): Promise<Card> {
  const { changed } = await changeCase(context.tenant, record.number, asking(context), { kind: 'room', room: null });
  await told(context, record.number);
  return said(
    context,
    record,
    changed ? `Closing the room of case ${record.number}` : `Case ${record.number} has no open room`,
    changed ? 'It gets a summary of the case, and can still be read.' : 'Nothing was changed.',
  );
}

/**
 * Each opening has a name of its own, since an archived channel keeps its. What it is of stands in it as a hash too: `case-a-1-2` may be
 * the first room of one tenant and the second of another.
 */
function roomOf({ tenant, clock }: Context, { number, log }: Case): CaseRoom {
  const opening = 1 + log.filter(({ kind, after }) => kind === 'room' && after !== null).length;
  const words = `case-${tenant.id.slice(0, MOST_ID)}-${number}${opening > 1 ? `-${opening}` : ''}`;
  const name = `${words}-${idOf('room', tenant.id, String(number), String(opening)).slice(0, 8)}`;
  return { surface: SURFACE, channel: '', name, opened: clock(), closed: null };
}

const said = ({ tenant: { tenant } }: Context, { number }: Case, title: string, text: string): Card => ({
  title,
  tone: 'ok',
  blocks: [
    { kind: 'fields', fields: [{ name: 'Tenant', value: `${tenant.name} (${tenant._id})` }] },
    { kind: 'text', text },
    { kind: 'note', text: ['Next: ', { code: `/mdr brief ${number}` }, ' for whoever joins.'] },
  ],
});
