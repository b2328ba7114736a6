import { codeOf } from '../../engine/errors.js';
import { providerChannels } from '../../engine/notify/channels.js';
import { ON_CALL, type Policy, policyOf } from '../../engine/notify/policy.js';
import { onCall, rotasFor } from '../../engine/oncall/duty.js';
import type { Escalation } from '../../engine/store/escalations.js';
import type { Person } from '../../engine/store/people.js';
import type { Card, Inline } from '../cards/card.js';
import { counted } from '../cards/labels.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { policyLines } from './words.js';

const DAY_MS = 24 * 3_600_000;
const LATE_MS = 10 * 60_000;
const MAX_FAILED = 5;
const MAX_RUNNING = 100;
const MAX_LISTED = 5;

/** The policy in plain words, what it is doing now, and what does not work. */
export async function show(context: Context): Promise<Card> {
  const { tenant } = context.tenant;
  const policy = policyOf(tenant);
  const people = await context.people();
  const names = new Map(people.map(({ _id, name }) => [_id, name]));
  const troubles = await troublesOf(context, people);
  const [waiting, running] = await Promise.all([
    context.tenant.notifications.count({ how: 'digest', told: null }),
    context.tenant.escalations.find({ state: 'running' }, { sort: { due: 1 }, limit: MAX_RUNNING }),
  ]);
  return {
    title: `Who is told of alerts of ${tenant.name} (${tenant._id})`,
    tone: troubles.length ? 'medium' : 'neutral',
    blocks: [
      { kind: 'list', items: policyLines({ policy, tenant, names }) },
      ...(troubles.length
        ? [
            { kind: 'text' as const, text: [{ bold: 'To look at' }] },
            { kind: 'list' as const, items: troubles },
          ]
        : []),
      {
        kind: 'text',
        text: `${running.length === MAX_RUNNING ? 'At least ' : ''}${counted(running.length, 'escalation')} under way, ${counted(waiting, 'message')} held for a digest.`,
      },
      ...(running.length
        ? [{ kind: 'list' as const, items: running.slice(0, MAX_LISTED).map((one) => nextLine(one, policy, names)) }]
        : []),
      {
        kind: 'note',
        text: [
          tenant.notify?.policy
            ? `Set by ${clip(tenant.notify.by, 80)}, `
            : 'Nobody has set a policy: this is what holds without one. ',
          ...(tenant.notify?.policy ? [{ time: tenant.notify.changed }, '. '] : []),
          'Next: ',
          { code: '/mdr notify preview' },
          ' shows what it would have sent last night; ',
          { code: '/mdr help notify' },
          ' how to change it.',
        ],
      },
    ],
  };
}

/** `Alert 6: Bo Anders at 23:15` */
function nextLine(
  { number, chain, step, due }: Escalation,
  policy: Policy,
  names: ReadonlyMap<string, string>,
): Inline {
  const next = policy.chains[chain]?.steps[step];
  const who = [
    ...(next?.people ?? []).map((id) => (id === ON_CALL ? 'whoever is on call' : clip(names.get(id) ?? id, 80))),
    ...(next?.page ?? []),
  ];
  return [`Alert ${number} (${chain}): ${who.join(' and ') || 'nobody'} next`, ...(due ? [', ', { time: due }] : [])];
}

/** A chain that calls whoever is on call needs somebody who is. */
async function rotaTroubles(context: Context, people: readonly Person[], isAsked: boolean): Promise<Inline[]> {
  if (!isAsked) return [];
  try {
    const { now } = onCall(await rotasFor(context.tenant), people, context.clock());
    if (now?.person) return [];
    return [['A chain calls whoever is on call, and nobody is: see ', { code: '/mdr oncall' }, '.']];
  } catch (error) {
    if (codeOf(error) !== 'MDR_ROTA') throw error;
    return [`A chain calls whoever is on call, and the rota cannot be read: ${(error as Error).message}`];
  }
}

async function troublesOf(context: Context, people: readonly Person[]): Promise<Inline[]> {
  const { tenant, dispatches, secrets } = context.tenant;
  const policy = policyOf(tenant);
  const now = context.clock();
  const [failed, late, kept] = await Promise.all([
    dispatches.find(
      { state: 'failed', created: { $gte: now - 7 * DAY_MS } },
      { sort: { created: -1 }, limit: MAX_FAILED },
    ),
    dispatches.count({ state: 'due', created: { $gte: now - DAY_MS, $lte: now - LATE_MS } }),
    secrets.find({}, { limit: 100 }),
  ]);
  const surfaces = new Set(providerChannels(tenant).map(({ surface }) => surface));
  const called = new Set(Object.values(policy.chains).flatMap(({ steps }) => steps.flatMap((step) => step.people)));
  const names = new Set(kept.map(({ name }) => name));
  return [
    ...failed.map(
      ({ to, error, created }): Inline => [
        { time: created },
        ` ${to.kind === 'way' ? to.name : `${to.surface} ${to.kind === 'person' ? to.user : to.channel}`} was not reached: ${clip(error, 200)}`,
      ],
    ),
    ...(late > 0 ? [`${counted(late, 'message')} could not be sent yet, and will be tried again.`] : []),
    ...(await rotaTroubles(context, people, called.delete(ON_CALL))),
    ...[...called].flatMap((id): Inline[] => {
      const person = people.find(({ _id }) => _id === id);
      if (!person) return [`${clip(id, 64)} is in a chain and has no role for this tenant: they will not be called.`];
      const isReachable = person.identities.some((identity) => surfaces.has(identity.split(':')[0] ?? ''));
      return isReachable
        ? []
        : [`${clip(person.name, 80)} has no identity in the channels here: they are named, not notified.`];
    }),
    ...Object.entries(policy.ways).flatMap(([name, { secret }]): Inline[] =>
      names.has(secret) ? [] : [`The secret "${secret}" of ${name} is missing: it cannot be paged.`],
    ),
  ];
}
