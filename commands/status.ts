import { counters } from '../engine/counters.js';
import { workersOf } from '../engine/detect/rulesets/live.js';
import { LEVELS } from '../engine/detect/types.js';
import { type Late, lateness } from '../engine/lateness.js';
import type { QueueName, Queues } from '../engine/queues.js';
import type { TenantStore } from '../engine/store/index.js';
import type { Inline } from './cards/card.js';
import { counted, LEVEL_NAMES } from './cards/labels.js';
import { lateLine } from './cards/lateness.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { shown } from './words/record.js';

const QUEUES: readonly { name: QueueName; what: string; process: string }[] = [
  { name: 'events', what: 'batches of events', process: 'worker' },
  { name: 'detections', what: 'batches of detections', process: 'worker' },
  { name: 'investigations', what: 'investigations', process: 'worker' },
  { name: 'changes', what: 'changes of records', process: 'bot' },
  { name: 'outbox', what: 'messages to chat', process: 'bot' },
];
/** More jobs than this waiting is a backlog that a person should know of. */
const BACKLOG = 200;
const FORTNIGHT_MS = 14 * 86_400_000;
/** A message that waits longer than this is late. */
const LATE_MS = 60_000;

const status: Command = {
  name: 'status',
  summary: 'Whether everything works: events taken and refused, backlog, open alerts.',
  usage: 'status',
  examples: ['status'],
  related: ['alerts', 'deadletters'],
  role: 'viewer',
  plain: [
    {
      phrases: [
        'is everything working',
        'does everything work',
        'are you up',
        'are you there',
        'is the service healthy',
        'system status',
        'how is the system',
        'health of the service',
        'are events arriving',
        'do logs still arrive',
        'do we receive logs',
        'how many events came in',
        'is there a backlog',
        'are the workers running',
        'is the pipeline healthy',
        'anything wrong with the system',
        'are there problems with mdr',
        'how many events were accepted',
        'did ingestion stop',
        'check the health',
        'is mdr working',
        'how are things running',
        'how are you',
        'are all services running',
        'are you online',
      ],
      reads: true,
      args: () => [],
    },
  ],
  async run(context, args) {
    if (args.length) throw wrongUsage(status, 'it takes no words.');
    const { tenant, queues } = context;
    const [counts, depths, open, letters, undelivered, workers, late, quiet] = await Promise.all([
      counters(queues.redis, queues.prefix, tenant.id).read(),
      Promise.all(QUEUES.map(({ name }) => depth(queues, name))),
      openByLevel(context),
      refusals(tenant),
      tenant.posts.count({ state: { $in: ['refused', 'gone'] } }),
      context.internal ? workersOf(queues.redis, queues.prefix, context.clock()) : [],
      lateness(queues.redis, queues.prefix).read(tenant.id, context.clock()),
      context.internal ? tenant.quiets.count({ last: { $gte: context.clock() - FORTNIGHT_MS } }) : 0,
    ]);
    const troubles: Inline[] = [
      ...depths.flatMap((found, i) => troublesOf(found, QUEUES[i]!)),
      ...(counts.accepted === 0 ? ['No event has arrived yet: send logs to the HTTP door, or replay a file.'] : []),
      ...letters.map(
        ({ _id, count, example }): Inline => [
          `${counted(count, 'refusal')} kept with code `,
          { code: _id },
          `: ${clip(example, 200)} See `,
          { code: `/mdr deadletters ${_id}` },
          '.',
        ],
      ),
      ...(undelivered
        ? [`${counted(undelivered, 'message')} could not be put into chat: the channel is gone, or refuses it.`]
        : []),
      ...bySurface(late)
        .filter(({ since }) => context.clock() - since >= LATE_MS)
        .slice(0, MAX_LATE)
        .map((one) => `${capital(lateLine(one, context.clock()))}; ${counted(one.waiting, 'message')} waiting.`),
      // Old rules that go on look like all is well.
      ...workers
        .flatMap(({ fault }) => (fault ? [`A worker runs older rules than it should: ${clip(fault, 300)}`] : []))
        .slice(0, 3),
    ];
    return {
      title: `${tenant.tenant.name} (${tenant.id}): ${troubles.length ? `${counted(troubles.length, 'thing')} to look at` : 'everything works'}`,
      tone: troubles.length ? 'medium' : 'ok',
      blocks: [
        ...(troubles.length ? [{ kind: 'list' as const, items: troubles }] : []),
        {
          kind: 'fields',
          fields: [
            { name: 'Events accepted', value: counts.accepted.toLocaleString('en-US') },
            { name: 'Events examined', value: counts.processed.toLocaleString('en-US') },
            { name: 'Refused', value: counts.refused.toLocaleString('en-US') },
            { name: 'Not recognised', value: counts.unrecognised.toLocaleString('en-US') },
            { name: 'Detections', value: counts.detections.toLocaleString('en-US') },
            ...(counts.late ? [{ name: 'Too late to correlate', value: counts.late.toLocaleString('en-US') }] : []),
            ...(counts.cut ? [{ name: 'Let go by correlations', value: counts.cut.toLocaleString('en-US') }] : []),
            { name: 'Open alerts', value: open },
            ...(quiet
              ? [
                  {
                    name: 'Kept quiet',
                    value: [`${counted(quiet, 'group')} in 14 days: `, { code: '/mdr alerts quiet' }],
                  },
                ]
              : []),
          ],
        },
        // Queues are everybody's: their figures are for the provider only.
        ...(context.internal
          ? [
              {
                kind: 'table' as const,
                columns: ['Queue', 'Waiting', 'In hand', 'Later', 'Failed', 'Workers'],
                rows: depths.map((found, i): Inline[] => [
                  QUEUES[i]!.name,
                  ...[found.waiting, found.active, found.delayed, found.failed, found.workers].map(String),
                ]),
              },
            ]
          : []),
        {
          kind: 'note',
          text:
            troubles.length && context.internal
              ? ['Next: ', { code: 'npx mdr doctor' }, ' on the server says what to do.']
              : ['Next: ', { code: '/mdr alerts' }, ' shows what is open.'],
        },
      ],
    };
  },
};
export default status;

const MAX_LATE = 5;

/** One line for a surface, however many of its channels are behind; the oldest comes first. */
function bySurface(late: readonly Late[]): Late[] {
  const surfaces = new Map<string, Late>();
  for (const one of late) {
    const before = surfaces.get(one.surface);
    surfaces.set(one.surface, before ? { ...before, waiting: before.waiting + one.waiting } : one);
  }
  return [...surfaces.values()];
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

interface Depth {
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
  workers: number;
}

async function depth(queues: Queues, name: QueueName): Promise<Depth> {
  const queue = queues.queue(name);
  const [jobs, workers] = await Promise.all([
    queue.getJobCounts('waiting', 'active', 'delayed', 'failed'),
    queue.getWorkersCount(),
  ]);
  const { waiting = 0, active = 0, delayed = 0, failed = 0 } = jobs;
  return { waiting, active, delayed, failed, workers };
}

function troublesOf(found: Depth, { what, process }: (typeof QUEUES)[number]): string[] {
  return [
    ...(found.workers === 0
      ? [`Nobody takes ${what}: no ${process} process is running. What arrives is kept until one does.`]
      : []),
    ...(found.waiting > BACKLOG
      ? [`A backlog of ${what}: more than ${BACKLOG} are waiting. Another ${process} process helps.`]
      : []),
    ...(found.failed > 0 ? [`Some ${what} failed after every attempt, and are kept for a week.`] : []),
  ];
}

async function openByLevel(context: Context): Promise<string> {
  const groups = await context.tenant.alerts.aggregate<{ _id: string; count: number }>([
    { $match: { $and: [{ state: { $ne: 'closed' } }, shown(context)] } },
    { $group: { _id: '$level', count: { $sum: 1 } } },
  ]);
  const parts = [...LEVELS].reverse().flatMap((level) => {
    const count = groups.find(({ _id }) => _id === level)?.count;
    return count ? [`${count} ${LEVEL_NAMES[level].toLowerCase()}`] : [];
  });
  return parts.length ? parts.join(', ') : 'none';
}

/** What doors and stages refused, by code, the most frequent first. */
function refusals(tenant: TenantStore): Promise<{ _id: string; count: number; example: string }[]> {
  return tenant.deadletters.aggregate([
    { $group: { _id: '$code', count: { $sum: 1 }, example: { $first: '$message' } } },
    { $sort: { count: -1 } },
    { $limit: 5 },
  ]);
}
