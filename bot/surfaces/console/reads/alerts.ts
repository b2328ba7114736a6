import { z } from 'zod';
import type { Context } from '../../../../commands/types.js';
import { STATES, stateTerms } from '../../../../commands/words/filter.js';
import { shown } from '../../../../commands/words/record.js';
import { LEVELS } from '../../../../engine/detect/types.js';
import type { Alert } from '../../../../engine/store/alerts.js';
import { isAtLeast, roleOf } from '../../../../engine/store/people.js';
import type { Desk } from '../desk.js';
import type { Read } from './types.js';

/** Tenants read at the same time. */
const AT_ONCE = 8;
const MOST_WORDS = 5;
const MOST_ROWS = 500;
/** Sorted by the gravest or the newest first, whichever it is; then by number, so that the order holds. */
const SORTS = ['score', 'last', 'created', 'updated'] as const;

const query = z.strictObject({
  /** Without one: every tenant of the person. */
  tenant: z.string().max(32).optional(),
  state: z.enum(STATES).default('open'),
  /** This level and above. */
  level: z.enum(LEVELS).optional(),
  /** `me`, `nobody` or a person's id. */
  owner: z.string().max(100).optional(),
  /** Words that must all be in the title, the entity, an observable or a rule's title. */
  text: z.string().max(200).default(''),
  sort: z.enum(SORTS).default('score'),
  limit: z.coerce.number().int().min(1).max(MOST_ROWS).default(100),
});
type Query = z.infer<typeof query>;

const FIELDS = ['number', 'title', 'entity', 'state', 'reason', 'level', 'score', 'assignee', 'simulated'] as const;
const TIMES = ['first', 'last', 'created', 'updated'] as const;
type Row = Pick<Alert, (typeof FIELDS)[number] | (typeof TIMES)[number] | 'detections' | 'tenant'>;

/** Alerts of one tenant or of all that the person has, as the list of a page, and who may be given them. */
const alerts: Read<Query> = {
  name: 'alerts',
  query,
  async run(desk, asked) {
    const own = await desk.tenants();
    const wanted = asked.tenant === undefined ? own.map(({ id }) => id) : [asked.tenant];
    const found: { rows: Row[]; total: number; people: Owner[] }[] = [];
    for (let from = 0; from < wanted.length; from += AT_ONCE)
      found.push(...(await Promise.all(wanted.slice(from, from + AT_ONCE).map((id) => ofTenant(desk, id, asked)))));
    const people = new Map(found.flatMap((each) => each.people.map((person) => [person.id, person])));
    return {
      rows: found
        .flatMap(({ rows }) => rows)
        .sort((a, b) => b[asked.sort] - a[asked.sort] || b.number - a.number)
        .slice(0, asked.limit),
      total: found.reduce((sum, { total }) => sum + total, 0),
      people: [...people.values()].sort((a, b) => a.name.localeCompare(b.name)),
    };
  },
};
export default alerts;

async function ofTenant(desk: Desk, id: string, asked: Query) {
  const context = await desk.at(id);
  const { alerts: collection } = context.tenant;
  const all = { $and: [stateTerms(asked.state), shown(context), ...terms(context, asked)] };
  const [records, total, people] = await Promise.all([
    collection.find(all, { sort: { [asked.sort]: -1, number: -1 }, limit: asked.limit }),
    collection.count(all),
    owners(context),
  ]);
  const rows = records.map(
    (record): Row =>
      Object.fromEntries(
        [...FIELDS, ...TIMES, 'detections' as const, 'tenant' as const].map((name) => [name, record[name]]),
      ) as unknown as Row,
  );
  return { rows, total, people };
}

/** The terms of a MongoDB query, beside those that say what may be shown. */
function terms(context: Context, { level, owner, text }: Query): Record<string, unknown>[] {
  const said = text.split(/\s+/).filter(Boolean).slice(0, MOST_WORDS);
  return [
    ...(level ? [{ level: { $in: LEVELS.slice(LEVELS.indexOf(level)) } }] : []),
    ...(owner === 'nobody' ? [{ assignee: { $exists: false } }] : []),
    ...(owner && owner !== 'nobody' ? [{ 'assignee.id': owner === 'me' ? context.person._id : owner }] : []),
    ...said.map((word) => {
      const part = new RegExp(word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'i');
      const digits = /^#?(\d{1,9})$/.exec(word)?.[1];
      return {
        $or: [
          ...['title', 'entity.value', 'observables.value', 'rules.title'].map((field) => ({ [field]: part })),
          ...(digits ? [{ number: Number(digits) }] : []),
        ],
      };
    }),
  ];
}

interface Owner {
  id: string;
  name: string;
}

/** Who may be given alerts of a tenant. A customer's people are not told who works at the provider. */
async function owners(context: Context): Promise<Owner[]> {
  const all = await context.people();
  return all
    .filter((person) => {
      const role = roleOf(person, context.tenant.id);
      return role !== null && isAtLeast(role, 'responder') && (context.internal || person.side === context.person.side);
    })
    .map(({ _id, name }) => ({ id: _id, name }));
}
