import { distinct, sweep } from '../sweep.js';
import { boundedCount, readFields, readThreshold } from '../threshold.js';
import type { Kind } from '../types.js';

/** How many different values a field has, or a combination of fields; compared without case. */
const valueCount: Kind = {
  type: 'value_count',
  read(condition) {
    const threshold = readThreshold(condition, ['field']);
    boundedCount(threshold);
    const fields = readFields(threshold);
    const keyOf = ({ value }: { value: unknown }) => String(value).toLowerCase();
    return {
      deferred: !threshold.rising,
      ahead: !threshold.rising,
      least: threshold.rising ? threshold.least : 1,
      keep: 1,
      exact: threshold.rising,
      fields,
      numeric: false,
      perRule: false,
      classOf: keyOf,
      fires: (entries, timespan) => sweep(entries, timespan, !threshold.rising, distinct(keyOf), threshold.holds),
      says: (measure) => `${measure} ${measure === 1 ? 'value' : 'different values'} of ${fields.join(' and ')}`,
    };
  },
};

export default valueCount;
