import { z } from 'zod';
import { shown } from '../../../../commands/words/record.js';
import { readPeriod } from '../../../../engine/compliance/period.js';
import { numbersOf } from '../../../../engine/triage/numbers/index.js';
import { numbersSvg } from '../../../charts/numbers.js';
import type { Read } from './types.js';

const query = z.strictObject({ tenant: z.string().max(32), period: z.string().max(60).default('') });

/** The chart of `/mdr numbers`, as a picture that a page shows. */
const numbers: Read<z.infer<typeof query>> = {
  name: 'numbers.svg',
  query,
  type: 'image/svg+xml',
  async run(desk, { tenant, period }) {
    const context = await desk.at(tenant);
    const bounds = readPeriod([period], context.clock());
    return numbersSvg((await numbersOf(context.tenant, bounds, shown(context))).weeks);
  },
};
export default numbers;
