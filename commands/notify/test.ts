import { idOf } from '../../engine/ids.js';
import { channelKey, channelsNamed } from '../../engine/notify/channels.js';
import { policyOf } from '../../engine/notify/policy.js';
import type { Dispatch } from '../../engine/store/dispatches.js';
import type { Card, Inline } from '../cards/card.js';
import { counted } from '../cards/labels.js';
import type { Context } from '../types.js';

const MINUTE_MS = 60_000;

/** `notify test`: a marked message through every channel and way of the policy; asked for twice within a minute, it is sent once. */
export async function test(context: Context): Promise<Card> {
  const { tenant, id, dispatches } = context.tenant;
  const policy = policyOf(tenant);
  const now = context.clock();
  const channels = new Map(
    policy.rules
      .filter(({ send }) => send !== 'never')
      .flatMap(({ to }) => channelsNamed(tenant, to).map((bound) => [channelKey(bound), bound] as const)),
  );
  const targets: { name: Inline; to: Dispatch['to'] }[] = [
    ...[...channels.values()].map(({ surface, channel }) => ({
      name: [{ code: `${surface} ${channel}` }] as Inline,
      to: { kind: 'channel' as const, surface, channel },
    })),
    ...Object.entries(policy.ways).map(([name, { kind }]) => ({
      name: `${name} (${kind})`,
      to: { kind: 'way' as const, name },
    })),
  ];
  const records = targets.map(
    ({ to }): Omit<Dispatch, 'tenant'> => ({
      _id: idOf('test', id, JSON.stringify(to), String(Math.floor(now / MINUTE_MS))),
      to,
      content: { kind: 'test', by: context.person.name },
      state: 'due',
      attempts: 0,
      due: now,
      created: now,
      ended: null,
      error: '',
    }),
  );
  await dispatches.insertNew(records);
  // What goes to ways is found by the engine.
  await context.queues.addBulk(
    'dispatches',
    records.filter(({ to }) => to.kind === 'channel').map(({ _id }) => ({ data: { tenant: id, id: _id } })),
  );
  return {
    title: `A test message is on its way, ${counted(targets.length, 'time')}`,
    tone: 'ok',
    blocks: [
      { kind: 'list', items: targets.map(({ name }) => name) },
      {
        kind: 'note',
        text: [
          'Each is marked as a test and arrives within seconds. Next: what did not arrive stands in ',
          { code: '/mdr notify' },
          '.',
        ],
      },
    ],
  };
}
