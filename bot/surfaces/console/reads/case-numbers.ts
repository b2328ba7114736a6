import { z } from 'zod';
import { shown } from '../../../../commands/words/record.js';
import { readPeriod } from '../../../../engine/compliance/period.js';
import { caseCsv } from '../../../../engine/respond/numbers/csv.js';
import { caseNumbersOf } from '../../../../engine/respond/numbers/index.js';
import type { Read } from './types.js';

const query = z.strictObject({ tenant: z.string().max(32), period: z.string().max(60).default('') });

/** The numbers of cases as a table for other programs. */
const numbers: Read<z.infer<typeof query>> = {
  name: 'case-numbers.csv',
  query,
  type: 'text/csv; charset=utf-8',
  async run(desk, { tenant, period }) {
    const context = await desk.at(tenant);
    const bounds = readPeriod([period], context.clock());
    return caseCsv([await caseNumbersOf(context.tenant, bounds, shown(context))]);
  },
};
export default numbers;
