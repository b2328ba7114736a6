import { syntax } from '../sigma/problem.js';
import { sweep, type Tally } from './sweep.js';
import { readFields, readThreshold, type Threshold } from './threshold.js';
import type { Judge } from './types.js';

/** Numbers of a group that are kept of each end of a stretch when it holds too many. */
const KEEP = 500;

/** What the judges of `value_sum`, `value_avg`, `value_median` and `value_percentile` share. */
export function numberJudge(
  condition: unknown,
  {
    name,
    others = [],
    rising = () => false,
    tally,
  }: {
    name: (rest: Record<string, unknown>) => string;
    others?: string[];
    rising?: (threshold: Threshold) => boolean;
    tally: (rest: Record<string, unknown>) => () => Tally;
  },
): Judge {
  const threshold = readThreshold(condition, ['field', ...others]);
  const fields = readFields(threshold);
  if (fields.length !== 1) throw syntax('the condition has to name one field', 'condition');
  const fresh = tally(threshold.rest);
  const label = name(threshold.rest);
  return {
    deferred: !rising(threshold),
    ahead: false,
    least: 1,
    keep: KEEP,
    exact: false,
    fields,
    numeric: true,
    perRule: false,
    classOf: () => '',
    fires: (entries, timespan) => sweep(entries, timespan, false, fresh(), threshold.holds),
    says: (measure) => `${label} of ${fields[0]} ${Number(measure.toPrecision(6))}`,
  };
}
