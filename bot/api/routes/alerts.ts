import { z } from 'zod';
import ack from '../../../commands/ack.js';
import { forCustomersEyes } from '../../../commands/cards/customer.js';
import close from '../../../commands/close.js';
import reopen from '../../../commands/reopen.js';
import type { Command, Context } from '../../../commands/types.js';
import { alertOf, changed, shown } from '../../../commands/words/record.js';
import { LEVELS } from '../../../engine/detect/types.js';
import { MdrError } from '../../../engine/errors.js';
import { type Alert, CLOSE_REASONS } from '../../../engine/store/alerts.js';
import { isAtLeast } from '../../../engine/store/people.js';
import * as work from '../../../engine/triage/work.js';
import { after, orderFor, paged, placeIn } from '../cursor.js';
import { iso, number, page, time, updated } from '../shapes.js';
import { stale, tagOf } from '../tag.js';
import { type Answer, type Routes, route } from '../types.js';

const STATES = ['new', 'acknowledged', 'closed'] as const;
const shape = z.strictObject({
  ...{ number: z.int(), title: z.string(), level: z.enum(LEVELS), score: z.number(), state: z.enum(STATES) },
  reason: z.enum(CLOSE_REASONS).nullable(),
  entity: z.strictObject({ kind: z.string(), value: z.string() }),
  observables: z.array(z.strictObject({ kind: z.string(), value: z.string() })),
  rules: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      level: z.enum(LEVELS),
      techniques: z.array(z.string()),
      count: z.number(),
    }),
  ),
  reasons: z.array(z.strictObject({ points: z.number(), text: z.string() })).describe('what its score is made of'),
  assignee: z.strictObject({ id: z.string(), name: z.string() }).nullable(),
  case: z.int().nullable(),
  ...{ detections: z.number(), simulated: z.boolean(), published: z.boolean() },
  ...{ first: time, last: time, created: time, updated },
});

const view = (alert: Alert, internal: boolean): z.infer<typeof shape> => ({
  ...{ number: alert.number, title: alert.title, level: alert.level, score: alert.score, state: alert.state },
  reason: alert.reason ?? null,
  entity: { kind: alert.entity.kind, value: alert.entity.value },
  observables: alert.observables.map(({ kind, value }) => ({ kind, value })),
  rules: alert.rules.map(({ id, title, level, techniques, count }) => ({ id, title, level, techniques, count })),
  reasons: alert.reasons.map(({ points, text }) => ({ points, text })),
  assignee: alert.assignee ? { id: alert.assignee.id, name: alert.assignee.name } : null,
  case: alert.case ?? null,
  ...{ detections: alert.detections, simulated: alert.simulated, published: alert.published !== undefined },
  ...{ first: iso(alert.first), last: iso(alert.last), created: iso(alert.created) },
  updated: internal ? iso(alert.updated) : null,
});

const eyes =
  ({ internal }: Context) =>
  (alert: Alert): Alert =>
    internal ? alert : forCustomersEyes(alert);
const answer = (context: Context, alert: Alert): Answer => {
  const body = view(eyes(context)(alert), context.internal);
  return { body, etag: tagOf(body) };
};

const changes = z.union([
  z.strictObject({ state: z.literal('acknowledged') }),
  z.strictObject({
    state: z.literal('closed'),
    reason: z.enum(CLOSE_REASONS),
    text: z.string().trim().max(1500).default(''),
  }),
  z.strictObject({ state: z.literal('reopened') }),
]);

/** The same roles as the commands. @throws MdrError MDR_FORBIDDEN */
function may(command: Command, { role, tenant }: Context): void {
  if (isAtLeast(role, command.role)) return;
  throw new MdrError(
    'MDR_FORBIDDEN',
    `${command.name} needs the role ${command.role}; you are ${role} of ${tenant.tenant.name}.`,
    'Ask somebody who has it.',
  );
}

const alerts: Routes = {
  tag: 'alerts',
  routes: [
    route({
      ...{
        id: 'listAlerts',
        method: 'GET',
        path: '/alerts',
        scope: 'alerts:read',
        summary: 'Alerts, last changed first; for customers, newest first.',
      },
      query: z.strictObject({
        state: z.enum([...STATES, 'open', 'all']).default('open'),
        level: z.enum(LEVELS).optional(),
        cursor: z.string().max(40).optional(),
        limit: z.coerce.number().int().min(1).max(100).default(50),
      }),
      answer: page(shape),
      async run({ context, query }) {
        const { state, level, cursor, limit } = query;
        const terms = [
          shown(context),
          state === 'all' ? {} : { state: state === 'open' ? { $ne: 'closed' as const } : state },
          level ? { level } : {},
          after(placeIn(cursor), context.internal),
        ].filter((term) => Object.keys(term).length > 0);
        const found = await context.tenant.alerts.find(terms.length > 0 ? { $and: terms } : {}, {
          ...{ sort: orderFor(context.internal), limit: limit + 1 },
          fields: { log: 0, recent: 0 },
        });
        return {
          body: paged(
            found,
            limit,
            (alert) => view(eyes(context)({ ...alert, log: [] }), context.internal),
            context.internal,
          ),
        };
      },
    }),
    route({
      ...{ id: 'getAlert', method: 'GET', path: '/alerts/{number}', scope: 'alerts:read', summary: 'One alert.' },
      ...{ params: z.object({ number }), answer: shape },
      run: async ({ context, params }) => answer(context, await alertOf(context, params.number)),
    }),
    route({
      ...{ id: 'changeAlert', method: 'PATCH', path: '/alerts/{number}', scope: 'alerts:write', match: true },
      summary: 'Acknowledge it, close it with a reason, or reopen it.',
      ...{ params: z.object({ number }), body: changes, answer: shape },
      async run({ context, params, body, ifMatch }) {
        may(body.state === 'acknowledged' ? ack : body.state === 'closed' ? close : reopen, context);
        await alertOf(context, params.number);
        const guard: work.Guard = (alert) => {
          if (ifMatch !== answer(context, alert).etag) throw stale();
        };
        const { tenant, clock, person } = context;
        const by = { id: person._id, name: person.name };
        const { alert } =
          body.state === 'acknowledged'
            ? await work.acknowledge(tenant, params.number, by, clock, guard)
            : body.state === 'closed'
              ? await work.close(tenant, params.number, by, clock, body.reason, body.text, guard)
              : await work.reopen(tenant, params.number, by, clock, guard);
        await changed(context, params.number);
        return answer(context, alert);
      },
    }),
  ],
};
export default alerts;
