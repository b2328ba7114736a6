import { z } from 'zod';
import { forCustomersEyes } from '../../../commands/cards/customer.js';
import { alertsPublished, withoutInternal } from '../../../commands/case/customer.js';
import { note } from '../../../commands/case/notes.js';
import { open } from '../../../commands/case/open.js';
import { asking, caseFor, mayUse, told, type Verb } from '../../../commands/case/words.js';
import * as work from '../../../commands/case/work.js';
import type { Context } from '../../../commands/types.js';
import { alertOf, changed, shown } from '../../../commands/words/record.js';
import { MdrError } from '../../../engine/errors.js';
import { priorityOf } from '../../../engine/respond/case/create.js';
import { openCase, openFromAlert } from '../../../engine/respond/case/open.js';
import { timelineOf } from '../../../engine/respond/case/timeline.js';
import type { Change } from '../../../engine/respond/case/types.js';
import { CLOSE_REASONS } from '../../../engine/store/alerts.js';
import { CASE_STATES, CASE_TYPES, type Case, PRIORITIES } from '../../../engine/store/cases.js';
import { after, orderFor, paged, placeIn } from '../cursor.js';
import { caseShape, caseView, entryShape, iso, lane, number, page, reason, severity } from '../shapes.js';
import { caseAnswer, changeRead } from '../tag.js';
import { type Routes, route } from '../types.js';

const one = z.object({ number });
const limit = z.coerce.number().int().min(1).max(100).default(50);
const MOVES = CASE_STATES.filter((state) => state !== 'closed') as Exclude<Case['state'], 'closed'>[];
const title = z.string().trim().min(1).max(200);

/** One change at a time, each with its reason: so the timeline says why of each. */
const changes = z.union([
  z.strictObject({ state: z.enum(MOVES), reason }),
  z.strictObject({ close: z.enum(CLOSE_REASONS), reason }),
  z.strictObject({ reopen: z.literal(true), reason }),
  z.strictObject({ severity, reason }),
  z.strictObject({ priority: z.enum(PRIORITIES), reason }),
  z.strictObject({ type: z.enum(CASE_TYPES), reason }),
  z.strictObject({ title, reason: reason.optional() }),
]);

/** What is asked for as the engine's change, and the command that does the same: it says who may. */
function changeOf(body: z.infer<typeof changes>): [Verb, Change] {
  const why = body.reason ?? '';
  if ('state' in body) return [work.state, { kind: 'state', to: body.state, reason: why }];
  if ('close' in body) return [work.close, { kind: 'close', outcome: body.close, reason: why }];
  if ('reopen' in body) return [work.reopen, { kind: 'reopen', reason: why }];
  if ('severity' in body) return [work.severity, { kind: 'severity', to: body.severity, reason: why }];
  if ('priority' in body) return [work.priority, { kind: 'priority', to: body.priority, reason: why }];
  if ('type' in body) return [work.type, { kind: 'type', to: body.type, reason: why }];
  return [work.title, { kind: 'title', to: body.title, reason: why }];
}

/** Cases as they may be shown, with the alerts of all of them looked up at once. */
async function viewer(context: Context, records: readonly Case[]): Promise<(record: Case) => Case> {
  if (context.internal) return (record) => record;
  const published = await alertsPublished(context.tenant, { alerts: records.flatMap(({ alerts }) => alerts) });
  return (record) => withoutInternal(record, published);
}

const cases: Routes = {
  tag: 'cases',
  routes: [
    route({
      ...{
        id: 'listCases',
        method: 'GET',
        path: '/cases',
        scope: 'cases:read',
        summary: 'Cases, last changed first; for customers, newest first.',
      },
      query: z.strictObject({
        state: z.enum(['open', 'closed', 'all']).default('open'),
        severity: severity.optional(),
        cursor: z.string().max(40).optional(),
        limit,
      }),
      answer: page(caseShape),
      async run({ context, query }) {
        const { state, severity: of, cursor, limit: most } = query;
        const terms = [
          shown(context),
          state === 'all' ? {} : { state: state === 'open' ? { $ne: 'closed' } : 'closed' },
          of ? { severity: of } : {},
          after(placeIn(cursor), context.internal),
        ].filter((term) => Object.keys(term).length > 0);
        const found = await context.tenant.cases.find(terms.length > 0 ? { $and: terms } : {}, {
          ...{ sort: orderFor(context.internal), limit: most + 1 },
          fields: { log: 0 },
        });
        const view = await viewer(context, found);
        return {
          body: paged(
            found,
            most,
            (record) => caseView(view({ ...record, log: [] }), context.internal),
            context.internal,
          ),
        };
      },
    }),
    route({
      ...{ id: 'openCase', method: 'POST', path: '/cases', scope: 'cases:write' },
      summary: 'Open a case: of an alert, which is handed over to it, or of words.',
      body: z.union([
        z.strictObject({ alert: z.int().min(1), reason: reason.optional() }),
        z.strictObject({
          ...{ title, type: z.enum(CASE_TYPES).default('other'), severity },
          ...{ priority: z.enum(PRIORITIES).optional(), reason: reason.optional() },
        }),
      ]),
      answer: caseShape,
      async run({ context, body }) {
        mayUse(open, context);
        const { tenant, person } = context;
        if ('alert' in body) {
          await alertOf(context, body.alert);
          const { record } = await openFromAlert(tenant, asking(context), body.alert, body.reason ?? '');
          await changed(context, body.alert);
          await told(context, record.number);
          return { ...caseAnswer(context, record), status: 201 };
        }
        const { record } = await openCase(tenant, asking(context), {
          ...{ title: body.title, type: body.type, severity: body.severity, reason: body.reason ?? '' },
          priority: body.priority ?? priorityOf(body.severity),
          // An integration leads nothing: somebody takes it.
          lead: person._id.startsWith('api:') ? null : { id: person._id, name: person.name },
        });
        await told(context, record.number);
        return { ...caseAnswer(context, record), status: 201 };
      },
    }),
    route({
      ...{ id: 'getCase', method: 'GET', path: '/cases/{number}', scope: 'cases:read', summary: 'One case.' },
      ...{ params: one, answer: caseShape },
      run: async ({ context, params }) => caseAnswer(context, await caseFor(context, params.number)),
    }),
    route({
      ...{ id: 'changeCase', method: 'PATCH', path: '/cases/{number}', scope: 'cases:write', match: true },
      summary: 'Move it on, close or reopen it, or change one of its facts.',
      ...{ params: one, body: changes, answer: caseShape },
      async run({ context, params, body, ifMatch }) {
        const [verb, change] = changeOf(body);
        mayUse(verb, context);
        return caseAnswer(context, (await changeRead(context, params.number, ifMatch, change)).record);
      },
    }),
    route({
      ...{ id: 'noteOnCase', method: 'POST', path: '/cases/{number}/notes', scope: 'cases:write' },
      summary: 'Write a note. The customer reads those of their lane once the case is published.',
      params: one,
      body: z.strictObject({ text: z.string().trim().min(1).max(2000), lane: lane.default('provider') }),
      answer: caseShape,
      async run({ context, params, body }) {
        mayUse({ ...note, role: 'responder' }, context);
        if (!context.internal)
          throw new MdrError(
            'MDR_FORBIDDEN',
            'notes are written by the provider’s people here.',
            'Write in the thread of the case.',
          );
        const change: Change = { kind: 'note', text: body.text, lane: body.lane };
        const { record } = await changeRead(context, params.number, null, change);
        return { ...caseAnswer(context, record), status: 201 };
      },
    }),
    route({
      ...{ id: 'getTimeline', method: 'GET', path: '/cases/{number}/timeline', scope: 'cases:read' },
      summary: 'What happened, in order, with that of its alerts: the last 2,000 entries.',
      ...{ params: one, answer: z.strictObject({ items: z.array(entryShape) }) },
      async run({ context, params }) {
        const record = await caseFor(context, params.number);
        const terms = { $and: [{ number: { $in: record.alerts } }, shown(context)] };
        const found = await context.tenant.alerts.find(terms, { limit: record.alerts.length || 1 });
        const items = timelineOf([record], context.internal ? found : found.map(forCustomersEyes));
        return {
          body: {
            items: items
              .slice(-2000)
              .map(({ at, who, text, reason: why, source }) => ({ at: iso(at), who, text, reason: why, source })),
          },
        };
      },
    }),
  ],
};
export default cases;
