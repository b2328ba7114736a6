import { z } from 'zod';
import { shown } from '../../../../commands/words/record.js';
import { readPeriod } from '../../../../engine/compliance/period.js';
import { numbersOf } from '../../../../engine/triage/numbers/index.js';
import { precisionSvg } from '../../../charts/precision.js';
import type { Read } from './types.js';

const query = z.strictObject({ tenant: z.string().max(32), period: z.string().max(60).default('') });

/** How right rules were, week by week: the second chart of `/mdr numbers`. */
const precision: Read<z.infer<typeof query>> = {
  name: 'precision.svg',
  query,
  type: 'image/svg+xml',
  async run(desk, { tenant, period }) {
    const context = await desk.at(tenant);
    const bounds = readPeriod([period], context.clock());
    return precisionSvg((await numbersOf(context.tenant, bounds, shown(context))).precision);
  },
};
export default precision;
