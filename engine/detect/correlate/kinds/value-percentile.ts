import { syntax } from '../../sigma/problem.js';
import { numberJudge } from '../numbers.js';
import { sorted } from '../sweep.js';
import type { Kind } from '../types.js';

const suffix = (n: number) =>
  Number.isInteger(n) && n % 100 !== 11 && n % 10 === 1
    ? 'st'
    : n % 100 !== 12 && n % 10 === 2
      ? 'nd'
      : n % 100 !== 13 && n % 10 === 3
        ? 'rd'
        : 'th';

/** A percentile of a field by nearest rank: the least value that so many per cent of the values do not exceed. */
const valuePercentile: Kind = {
  type: 'value_percentile',
  read: (condition) =>
    numberJudge(condition, {
      others: ['percentile'],
      name: ({ percentile }) => `${percentile}${suffix(Number(percentile))} percentile`,
      tally: ({ percentile }) => {
        const per = Number(percentile);
        if (percentile === undefined || percentile === null || percentile === '' || !(per >= 0 && per <= 100))
          throw syntax('the condition needs a "percentile" from 0 to 100', 'condition');
        return () => sorted((numbers) => numbers[Math.max(0, Math.ceil((per * numbers.length) / 100) - 1)]!);
      },
    }),
};

export default valuePercentile;
