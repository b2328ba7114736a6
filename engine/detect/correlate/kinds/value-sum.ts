import { numberJudge } from '../numbers.js';
import type { Kind } from '../types.js';

/**
 * The sum of a field. With lower bounds alone it fires as soon as they are passed: what is summed (bytes, amounts) is
 * taken not to be negative.
 */
const valueSum: Kind = {
  type: 'value_sum',
  read: (condition) =>
    numberJudge(condition, {
      name: () => 'sum',
      rising: (threshold) => threshold.rising,
      tally: () => () => {
        let sum = 0;
        let count = 0;
        return {
          add: ({ value }) => {
            sum += value as number;
            count++;
          },
          remove: ({ value }) => {
            // Starting again at zero keeps rounding errors from piling up.
            sum = --count === 0 ? 0 : sum - (value as number);
          },
          measure: () => (count === 0 ? null : sum),
        };
      },
    }),
};

export default valueSum;
