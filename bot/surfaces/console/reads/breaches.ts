import { z } from 'zod';
import { openDuties } from '../../../../commands/breach/board.js';
import type { Read } from './types.js';

const AT_ONCE = 4;
const MOST_ROWS = 500;
/** Without a tenant: every one of the person's. */
const query = z.strictObject({ tenant: z.string().max(32).optional() });

/** The board of `/mdr breach board`, of one tenant or of all that the person has. */
const breaches: Read<z.infer<typeof query>> = {
  name: 'breaches',
  query,
  async run(desk, { tenant }) {
    const ids = tenant === undefined ? (await desk.tenants()).map(({ id }) => id) : [tenant];
    const rows: object[] = [];
    for (let from = 0; from < ids.length; from += AT_ONCE)
      for (const found of await Promise.all(ids.slice(from, from + AT_ONCE).map((id) => ofTenant(id))))
        rows.push(...found);
    return { rows: rows.slice(0, MOST_ROWS) };

    async function ofTenant(id: string) {
      return (await openDuties(await desk.at(id))).rows.map(({ case: number, title, duty }) => ({
        ...{
          tenant: id,
          case: number,
          title,
          duty: duty.id,
          what: duty.title,
          state: duty.state,
          owes: duty.owes,
          to: duty.to,
        },
        ...{
          at: duty.due ?? duty.target,
          isAim: duty.due === null,
          law: duty.law,
          status: duty.status,
          counsel: duty.counsel,
        },
      }));
    }
  },
};
export default breaches;
