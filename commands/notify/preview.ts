import { DateTime } from 'luxon';
import { type Policy, policyOf, zoneOf } from '../../engine/notify/policy.js';
import { simulate, type Told } from '../../engine/notify/simulate.js';
import type { TenantStore } from '../../engine/store/index.js';
import type { Card, Inline } from '../cards/card.js';
import { counted } from '../cards/labels.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';

const MAX_ALERTS = 5000;
const MAX_HOURS = 168;
const ROWS = 20;
const HOUR_MS = 3_600_000;

const WHAT: Record<Told['kind'], string> = {
  post: 'new thread',
  reply: 'reply: the same again',
  digest: 'digest',
  storm: 'message of a storm',
  call: 'call',
  page: 'page',
};

/** `notify preview`, `notify preview 24h`: what the policy would have sent for the alerts of last night, or of so many hours. */
export async function preview(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  const [word = 'night', ...more] = args;
  if (more.length) throw wrongUsage(command, 'a preview takes one word: night, or hours as in 24h.');
  const now = context.clock();
  const { tenant } = context.tenant;
  const [from, until] =
    word.toLowerCase() === 'night' ? lastNight(zoneOf(tenant), now) : [now - hoursOf(command, word) * HOUR_MS, now];
  const names = new Map((await context.people()).map(({ _id, name }) => [_id, name]));
  const { told, alerts } = await foretell(context.tenant, policyOf(tenant), from, until);
  return {
    title: `What ${tenant.name} (${tenant._id}) would have been sent`,
    tone: 'neutral',
    blocks: [
      {
        kind: 'text',
        text: [
          `${counted(alerts, 'alert')} from `,
          { time: from },
          ' to ',
          { time: until },
          ', by the policy of today.',
        ],
      },
      ...(told.length ? [{ kind: 'list' as const, items: sums(told, names) }] : []),
      ...(told.length
        ? [
            {
              kind: 'table' as const,
              columns: ['Time', 'What', 'To', 'Alerts'],
              rows: told
                .slice(0, ROWS)
                .map(({ at, kind, to, numbers }): Inline[] => [
                  [{ time: at }],
                  WHAT[kind],
                  clip(names.get(to) ?? to, 60),
                  numbersShown(numbers),
                ]),
            },
          ]
        : []),
      ...(told.length > ROWS ? [{ kind: 'text' as const, text: `${told.length - ROWS} more not shown.` }] : []),
      {
        kind: 'note',
        text: [
          'Each alert counts as grave as it is now, acknowledged when it was. Next: ',
          { code: '/mdr notify' },
          ' shows the policy.',
        ],
      },
    ],
  };
}

/** @returns what would have been sent, in order of time, and for how many alerts */
export async function foretell(
  store: TenantStore,
  policy: Policy,
  from: number,
  until: number,
): Promise<{ told: Told[]; alerts: number }> {
  const alerts = await store.alerts.find(
    { created: { $gte: from, $lt: until } },
    { sort: { updated: -1 }, limit: MAX_ALERTS },
  );
  return { told: simulate(policy, store.tenant, alerts, until), alerts: alerts.length };
}

/** From 18:00 to 08:00 by the tenant's clock: the night that is over, or that goes on. Epoch ms. */
function lastNight(zone: string, now: number): [number, number] {
  const today = DateTime.fromMillis(now, { zone });
  const morning = today.set({ hour: 8, minute: 0, second: 0, millisecond: 0 });
  const evening = today.minus({ days: 1 }).set({ hour: 18, minute: 0, second: 0, millisecond: 0 });
  return [evening.toMillis(), Math.min(now, morning.toMillis())];
}

function hoursOf(command: Command, word: string): number {
  const hours = Number(/^(\d{1,3})h?$/i.exec(word)?.[1]);
  if (hours >= 1 && hours <= MAX_HOURS) return hours;
  throw wrongUsage(command, `"${clip(word, 40)}" is neither night nor a number of hours from 1 to ${MAX_HOURS}.`);
}

/** `12 new threads in slack:C0SOC`, each kind and receiver once. */
export function sums(told: readonly Told[], names: ReadonlyMap<string, string>): string[] {
  const counts = new Map<string, number>();
  for (const { kind, to } of told) {
    const key = JSON.stringify([WHAT[kind], names.get(to) ?? to]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .slice(0, ROWS)
    .map(([key, count]) => `${count} × ${(JSON.parse(key) as string[]).map((part) => clip(part, 80)).join(': ')}`);
}

function numbersShown(numbers: readonly number[]): string {
  const left = numbers.length - 6;
  return numbers.slice(0, 6).join(', ') + (left > 0 ? ` and ${left} more` : '');
}
