import { DateTime, IANAZone } from 'luxon';
import { parse } from 'yaml';
import { z } from 'zod';
import { MdrError } from '../errors.js';
import { DAYS } from '../notify/policy.js';
import { quietUntil, wallTime } from '../notify/times.js';

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day: write it as "08:00"');

const layer = z.strictObject({
  /** Ids of people, in the order in which they take turns. */
  people: z.array(z.string().min(1).max(64)).min(1).max(50),
  /** When the first of them begins, by the zone's clock: `2026-01-05T09:00`. */
  start: z.string().regex(/^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d$/, 'is not a start: write it as 2026-01-05T09:00'),
  every: z.string().regex(/^[1-9]\d? (day|week)s?$/, 'is not a length: write it as 1 week or 3 days'),
  /** Only in these hours; a span that ends at or before its beginning ends on the next day. */
  hours: z
    .array(z.strictObject({ from: time, to: time, days: z.array(z.enum(DAYS)).min(1).optional() }))
    .min(1)
    .max(10)
    .optional(),
});

export const planSchema = z.strictObject({
  zone: z.string().refine(IANAZone.isValidZone, 'is not a time zone: as in Europe/Copenhagen'),
  /** The last layer that has somebody decides. */
  layers: z.array(layer).min(1).max(20),
});
export type Plan = z.infer<typeof planSchema>;
type Layer = Plan['layers'][number];

/** @throws MdrError MDR_ROTA naming what is wrong */
export function readPlan(text: string): Plan {
  let content: unknown;
  try {
    content = parse(text, { maxAliasCount: 20 });
  } catch (cause) {
    throw new MdrError(
      'MDR_ROTA',
      `the rota is not YAML: ${(cause as Error).message.split('\n')[0]}.`,
      'See docs/people.md.',
    );
  }
  const parsed = planSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw new MdrError(
    'MDR_ROTA',
    `the rota is not right: ${first?.path.join('.')}: ${first?.message}.`,
    'See docs/people.md.',
  );
}

/** The id of whoever has the duty by the plan. @param now epoch ms */
export function planAt(plan: Plan, now: number): string | null {
  for (const each of [...plan.layers].reverse()) {
    const turn = turnAt(each, plan.zone, now);
    if (turn === null) continue;
    const spans = each.hours?.map((span) => ({ ...span, through: [] }));
    if (spans && quietUntil(spans, plan.zone, now) === null) continue;
    return each.people[turn % each.people.length]!;
  }
  return null;
}

/** Moments at which the duty may change hands, from one moment to another, in no order. */
export function planChanges(plan: Plan, from: number, until: number): number[] {
  return plan.layers.flatMap((each) => {
    const found: number[] = [];
    for (let turn = Math.max(0, turnAt(each, plan.zone, from) ?? 0); ; turn++) {
      const moment = handover(each, plan.zone, turn);
      if (moment > until) break;
      found.push(moment);
    }
    const first = DateTime.fromMillis(from, { zone: plan.zone }).minus({ days: 1 });
    for (let day = first; day.toMillis() <= until; day = day.plus({ days: 1 }))
      for (const { from: begin, to } of each.hours ?? [])
        found.push(wallTime(day, begin).toMillis(), wallTime(day, to).toMillis());
    return found;
  });
}

/** How many handovers there were before; null before the first turn. The clock on the wall counts, also when it changes. */
function turnAt(each: Layer, zone: string, now: number): number | null {
  const days = (now - startOf(each, zone).toMillis()) / (24 * 3600_000);
  let turn = Math.max(0, Math.floor(days / daysOf(each)));
  while (turn > 0 && handover(each, zone, turn) > now) turn--;
  while (handover(each, zone, turn + 1) <= now) turn++;
  return handover(each, zone, turn) > now ? null : turn;
}

const handover = (each: Layer, zone: string, turn: number): number =>
  startOf(each, zone)
    .plus({ days: turn * daysOf(each) })
    .toMillis();

const starts = new WeakMap<Layer, DateTime>();
function startOf(each: Layer, zone: string): DateTime {
  const start = starts.get(each) ?? DateTime.fromISO(each.start, { zone });
  starts.set(each, start);
  return start;
}

function daysOf({ every }: Layer): number {
  const [count, unit] = every.split(' ');
  return Number(count) * (unit!.startsWith('week') ? 7 : 1);
}
