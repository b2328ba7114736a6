import { MdrError } from '../engine/errors.js';
import { zoneOf } from '../engine/notify/policy.js';
import { makeReport } from '../engine/notify/report.js';
import { setSchedule } from '../engine/notify/schedules.js';
import { isAtLeast } from '../engine/store/people.js';
import { SCHEDULES, type Schedule, type ScheduleKind } from '../engine/store/schedules.js';
import type { Card, Inline } from './cards/card.js';
import { reportCard } from './cards/report.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';

const DAY_MS = 24 * 3_600_000;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const MOST_TIMES = 6;
const WHAT: Record<ScheduleKind, string> = {
  daily: 'daily digest',
  handover: 'shift hand-over',
  weekly: 'numbers of the week',
};

const digest: Command = {
  name: 'digest',
  summary: 'Regular posts: daily digest, shift hand-over, numbers of the week; when they come, and one now.',
  usage: 'digest [now | daily <times> | handover <times> | weekly <days> <time> | <kind> off]',
  examples: ['digest', 'digest now', 'digest now weekly'],
  details: [
    'digest daily 08:30, digest handover 06:00,14:00,22:00, digest weekly mon 08:00 set them; digest daily off.',
    "They come into the provider's channels by the clock of the tenant. A time that was missed is made up for once, and says so.",
    'Days may be given to each: digest daily mon,tue,wed,thu,fri 08:30. Changes need the role lead.',
    'The numbers of the week come by themselves, Mondays when work begins, once there was an alert: digest weekly off ends that.',
    'The numbers: mean time to detect, acknowledge and resolve, alerts a day, false positives of the closed, with a picture.',
  ],
  related: ['notify', 'alerts'],
  role: 'analyst',
  async run(context, args) {
    if (!context.internal)
      throw new MdrError(
        'MDR_FORBIDDEN',
        "what comes regularly is the provider's, and shown in the provider's own channels.",
        'Ask your provider there.',
      );
    const [word, ...rest] = args.map((each) => each.toLowerCase());
    if (word === undefined) return show(context, 'When regular posts come');
    if (word === 'now') return now(context, rest);
    const kind = SCHEDULES.find((each) => each === word);
    if (!kind) throw wrongUsage(digest, `"${clip(word, 40)}" is none of now, ${SCHEDULES.join(', ')}.`);
    if (!isAtLeast(context.role, 'lead'))
      throw new MdrError(
        'MDR_FORBIDDEN',
        `changing what comes regularly needs the role lead; you are ${context.role} of ${context.tenant.tenant.name}.`,
        'Ask a lead of this tenant.',
      );
    await setSchedule(context.tenant, kind, readTimes(kind, rest), context.person.name, context.clock());
    return show(context, `Changed: ${WHAT[kind]}`);
  },
};
export default digest;

/** `digest now`, `digest now weekly`: what the post would say at this moment, as the answer. */
async function now(context: Context, [word = 'daily', ...more]: readonly string[]): Promise<Card> {
  const kind = SCHEDULES.find((each) => each === word);
  if (!kind || more.length > 0) throw wrongUsage(digest, `after now: one of ${SCHEDULES.join(', ')}.`);
  const at = context.clock();
  const from = at - (kind === 'weekly' ? 7 * DAY_MS : kind === 'daily' ? DAY_MS : DAY_MS / 3);
  const report = await makeReport(context.people, context.tenant, kind, { from, due: at, now: at, late: false });
  return reportCard(report, context.tenant.tenant);
}

/** @returns null for off */
function readTimes(kind: ScheduleKind, words: readonly string[]): { times: string[]; days: number[] } | null {
  if (words.length === 1 && /^(off|none)$/.test(words[0]!)) return null;
  const [days, times] = words.length > 1 ? [words.slice(0, -1).join(','), words.at(-1)!] : ['', words[0] ?? ''];
  const list = times.split(',').filter(Boolean);
  const numbers = days
    .split(',')
    .filter(Boolean)
    .map((day) => DAYS.indexOf(day.slice(0, 3)) + 1);
  if (list.length === 0 || list.length > MOST_TIMES || !list.every((time) => TIME.test(time)) || numbers.includes(0))
    throw wrongUsage(digest, 'write times as 08:30 or 06:00,14:00, days before them as mon,fri, or off.');
  if (kind === 'weekly' && (numbers.length !== 1 || list.length !== 1))
    throw wrongUsage(digest, 'the numbers of the week come once a week: weekly mon 08:00.');
  return { times: [...new Set(list)].sort(), days: [...new Set(numbers)].sort() };
}

async function show({ tenant }: Context, title: string): Promise<Card> {
  const schedules = await tenant.schedules.find({}, { limit: 10 });
  return {
    title: `${title} · ${tenant.tenant.name} (${tenant.id})`,
    tone: 'neutral',
    blocks: [
      {
        kind: 'list',
        items: SCHEDULES.map((kind) =>
          line(
            kind,
            schedules.find((each) => each.kind === kind),
          ),
        ),
      },
      { kind: 'text', text: `Times are those of ${zoneOf(tenant.tenant)}.` },
      {
        kind: 'note',
        text: [
          'Next: ',
          { code: '/mdr digest now' },
          ' shows one; ',
          { code: '/mdr help digest' },
          ' how to set them.',
        ],
      },
    ],
  };
}

function line(kind: ScheduleKind, schedule: Schedule | undefined): Inline {
  const name = WHAT[kind].charAt(0).toUpperCase() + WHAT[kind].slice(1);
  if (!schedule || schedule.next === null) return `${name}: off`;
  const days = schedule.days.map((day) => DAYS[day - 1]).join(', ');
  return [
    `${name}: ${days ? `${days} ` : ''}${schedule.times.join(', ')}, next `,
    { time: schedule.next },
    ` (set by ${clip(schedule.changed.by, 60)})`,
  ];
}
