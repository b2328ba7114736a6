import { numberJudge } from '../numbers.js';
import { sorted } from '../sweep.js';
import type { Kind } from '../types.js';

/** The median of a field: the middle value, or the mean of the two in the middle. */
const valueMedian: Kind = {
  type: 'value_median',
  read: (condition) =>
    numberJudge(condition, {
      name: () => 'median',
      tally: () => () =>
        sorted((numbers) => {
          const middle = numbers.length >> 1;
          return numbers.length % 2 === 1 ? numbers[middle]! : (numbers[middle - 1]! + numbers[middle]!) / 2;
        }),
    }),
};

export default valueMedian;
