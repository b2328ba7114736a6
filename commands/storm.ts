import { MdrError } from '../engine/errors.js';
import { heldBy } from '../engine/notify/storms.js';
import type { Storm } from '../engine/store/storms.js';
import type { Card, Inline } from './cards/card.js';
import { counted, LEVEL_NAMES, stateName } from './cards/labels.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';

const PAGE = 20;
const MAX_STORMS = 10;

const storm: Command = {
  name: 'storm',
  summary: 'The alerts that a storm held back, the gravest first; without a number, the latest storms.',
  usage: 'storm [n] [page]',
  examples: ['storm', 'storm 3', 'storm 3 2'],
  details: ['When more alerts come than a channel may have threads, one message counts them: that is a storm.'],
  related: ['alerts', 'status'],
  role: 'analyst',
  async run(context, args) {
    if (!context.internal)
      throw new MdrError(
        'MDR_FORBIDDEN',
        "alerts that nobody has looked at yet are the provider's, and shown in the provider's own channels.",
        'Ask your provider there.',
      );
    const [number, page = 1] = args.map((word) => Number(/^#?([1-9]\d{0,8})$/.exec(word)?.[1]));
    if (args.length > 2 || Number.isNaN(number) || Number.isNaN(page))
      throw wrongUsage(storm, "a storm's number, and a page of its list.");
    return number === undefined ? latest(context) : list(context, number, page);
  },
};
export default storm;

async function latest({ tenant }: Context): Promise<Card> {
  const storms = await tenant.storms.find({}, { sort: { number: -1 }, limit: MAX_STORMS });
  const counts = await Promise.all(storms.map(({ number }) => heldBy(tenant, number)));
  return {
    title: `Storms of ${tenant.tenant.name} (${tenant.id}): ${storms.length === 0 ? 'none yet' : 'the latest'}`,
    tone: storms.some(({ ended }) => ended === null) ? 'high' : 'neutral',
    blocks: [
      ...(storms.length
        ? [
            {
              kind: 'table' as const,
              columns: ['Storm', 'Began', 'Over', 'Alerts', 'Channel'],
              rows: storms.map((one, i): Inline[] => [
                String(one.number),
                [{ time: one.began }],
                one.ended === null ? 'not yet' : [{ time: one.ended }],
                (counts[i] ?? 0).toLocaleString('en-US'),
                clip(`${one.surface} ${one.channel}`, 40),
              ]),
            },
          ]
        : []),
      {
        kind: 'note',
        text: storms[0]
          ? ['Next: ', { code: `/mdr storm ${storms[0].number}` }, ' lists its alerts.']
          : ['Nothing to do. ', { code: '/mdr notify' }, ' shows how many threads a channel may have.'],
      },
    ],
  };
}

/** @throws MdrError MDR_STORM_UNKNOWN */
async function list({ tenant }: Context, number: number, page: number): Promise<Card> {
  const found: Storm | null = await tenant.storms.findOne({ number });
  if (!found)
    throw new MdrError(
      'MDR_STORM_UNKNOWN',
      `there is no storm ${number} of ${tenant.tenant.name}.`,
      'See /mdr storm for the latest.',
    );
  const [count, held] = await Promise.all([
    heldBy(tenant, number),
    tenant.notifications.find(
      { 'storm.number': number, how: 'storm' },
      { sort: { score: -1, number: 1 }, limit: PAGE, skip: (page - 1) * PAGE },
    ),
  ]);
  const alerts = await tenant.alerts.find({ number: { $in: held.map((one) => one.number) } }, { limit: PAGE });
  const pages = Math.max(1, Math.ceil(count / PAGE));
  const rows = held.flatMap((one): Inline[][] => {
    const alert = alerts.find((each) => each.number === one.number);
    if (!alert) return [];
    return [
      [
        String(alert.number),
        LEVEL_NAMES[alert.level],
        String(alert.score),
        stateName(alert),
        clip(alert.entity.value, 40),
        clip(alert.title, 80),
      ],
    ];
  });
  return {
    title: `Storm ${number} of ${tenant.tenant.name} (${tenant.id}): ${counted(count, 'alert')}, page ${page} of ${pages}`,
    tone: found.ended === null ? 'high' : 'neutral',
    blocks: [
      ...(rows.length
        ? [{ kind: 'table' as const, columns: ['Alert', 'Level', 'Score', 'State', 'On', 'What'], rows }]
        : []),
      {
        kind: 'note',
        text: [
          'Next: ',
          ...(rows[0] ? [{ code: `/mdr alert ${rows[0][0]}` }, ' shows the first of these'] : ['nothing on this page']),
          ...(page < pages ? ['; ', { code: `/mdr storm ${number} ${page + 1}` }, ' the next page.'] : ['.']),
        ],
      },
    ],
  };
}
