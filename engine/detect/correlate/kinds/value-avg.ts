import { numberJudge } from '../numbers.js';
import { sorted } from '../sweep.js';
import type { Kind } from '../types.js';

/** The mean of a field. */
const valueAvg: Kind = {
  type: 'value_avg',
  read: (condition) =>
    numberJudge(condition, {
      name: () => 'average',
      tally: () => () => sorted((numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length),
    }),
};

export default valueAvg;
