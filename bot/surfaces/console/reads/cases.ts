import { z } from 'zod';
import type { Case } from '../../../../engine/store/cases.js';
import type { Desk } from '../desk.js';
import type { Read } from './types.js';

/** Tenants read at the same time. */
const AT_ONCE = 8;
const MOST_ROWS = 500;
const FIELDS = [
  'tenant',
  'number',
  'title',
  'severity',
  'priority',
  'state',
  'outcome',
  'updated',
  'simulated',
] as const;
const READ = Object.fromEntries([...FIELDS, 'people', 'tasks'].map((name) => [name, 1 as const]));

const query = z.strictObject({
  /** Without one: every tenant of the person. */
  tenant: z.string().max(32).optional(),
  state: z.enum(['open', 'closed', 'all']).default('open'),
  limit: z.coerce.number().int().min(1).max(MOST_ROWS).default(200),
});
type Query = z.infer<typeof query>;
type Row = Pick<Case, (typeof FIELDS)[number]> & { lead: string | null; open: number };

/** Cases of one tenant or of all that the person has, last changed first: those that `/mdr case list` would list. */
const cases: Read<Query> = {
  name: 'cases',
  query,
  async run(desk, asked) {
    const own = await desk.tenants();
    const wanted = asked.tenant === undefined ? own.map(({ id }) => id) : [asked.tenant];
    const rows: Row[] = [];
    for (let from = 0; from < wanted.length; from += AT_ONCE)
      for (const found of await Promise.all(wanted.slice(from, from + AT_ONCE).map((id) => ofTenant(desk, id, asked))))
        rows.push(...found);
    return { rows: rows.sort((a, b) => b.updated - a.updated || b.number - a.number).slice(0, asked.limit) };
  },
};
export default cases;

async function ofTenant(desk: Desk, id: string, { state, limit }: Query): Promise<Row[]> {
  const { tenant, internal } = await desk.at(id);
  const found = await tenant.cases.find(
    {
      ...(internal ? {} : { published: { $exists: true } }),
      ...(state === 'all' ? {} : { state: state === 'open' ? { $ne: 'closed' } : 'closed' }),
    },
    { fields: READ, sort: { updated: -1 }, limit },
  );
  return found.map((record) => ({
    ...(Object.fromEntries(FIELDS.map((name) => [name, record[name]])) as Pick<Case, (typeof FIELDS)[number]>),
    lead: record.people.find(({ role }) => role === 'lead')?.name ?? null,
    open: record.tasks.filter(({ state: of, lane }) => of === 'open' && (internal || lane === 'customer')).length,
  }));
}
