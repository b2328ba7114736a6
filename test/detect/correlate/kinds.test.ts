import { describe, expect, it } from 'vitest';
import type { Fields } from '../../../engine/event.js';
import { BASE, baseOf, correlation, firesOf, run, type Sample } from './helpers.js';

/** Each case: what it is about, the correlation, events, and when it fires: seconds of the first firing of each stretch. */
type Case = [what: string, block: string, samples: Sample[], fires: number[]];
const k = (name: string, more: Fields = {}): Fields => ({ k: name, ...more });
const at = (times: number[], fields: Fields): Sample[] => times.map((time) => [time, fields]);
/** Timespans of 60 s: T0 is a full minute, so stretches begin at 0, 60, 120 … */
const block = (type: string, condition: string, rules = '[a]', more = 'group-by: [user]') =>
  `type: ${type}\nrules: ${rules}\ntimespan: 60s\n${more}\n${condition ? `condition: ${condition}` : ''}`;
const bob = { user: 'bob' };
const eve = { user: 'eve' };

const TABLES: Record<string, Case[]> = {
  event_count: [
    ['fires with the event that makes it enough', block('event_count', '{gte: 3}'), at([1, 5, 9], k('a', bob)), [9]],
    ['gt wants one more', block('event_count', '{gt: 3}'), at([1, 5, 9], k('a', bob)), []],
    ['gt is passed by the next', block('event_count', '{gt: 3}'), at([1, 5, 9, 10], k('a', bob)), [10]],
    ['both ends of the timespan belong to it', block('event_count', '{gte: 2}'), at([10, 70], k('a', bob)), [70]],
    ['a second more is too long', block('event_count', '{gte: 2}'), at([10, 71], k('a', bob)), []],
    [
      'a window may lie across the border of stretches',
      block('event_count', '{gte: 3}'),
      at([50, 58, 62], k('a', bob)),
      [62],
    ],
    [
      'groups are counted apart',
      block('event_count', '{gte: 2}'),
      [...at([1], k('a', bob)), ...at([2], k('a', eve))],
      [],
    ],
    [
      'values that differ by case only are one group',
      block('event_count', '{gte: 2}'),
      [
        [1, k('a', bob)],
        [2, k('a', { user: 'BOB' })],
      ],
      [2],
    ],
    [
      'several fields group together',
      block('event_count', '{gte: 2}', '[a]', 'group-by: [user, host]'),
      [
        [1, k('a', { user: 'bob', host: 'x' })],
        [2, k('a', { user: 'bob', host: 'y' })],
        [3, k('a', { user: 'bob', host: 'x' })],
      ],
      [3],
    ],
    [
      'nested fields group',
      block('event_count', '{gte: 2}', '[a]', 'group-by: [actor.name]'),
      [
        [1, k('a', { actor: { name: 'n' } })],
        [2, k('a', { 'actor.name': 'n' })],
      ],
      [2],
    ],
    [
      'a list is a group of each of its values',
      block('event_count', '{gte: 2}', '[a]', 'group-by: [ips]'),
      [
        [1, k('a', { ips: ['1', '2'] })],
        [2, k('a', { ips: ['2', '3'] })],
      ],
      [2],
    ],
    ['an event without the field belongs to no group', block('event_count', '{gte: 2}'), at([1, 2, 3], k('a')), []],
    [
      'without group-by all events are one group',
      block('event_count', '{gte: 2}', '[a]', ''),
      [
        [1, k('a', bob)],
        [2, k('a', eve)],
      ],
      [2],
    ],
    [
      'the events of several rules are counted together',
      block('event_count', '{gte: 2}', '[a, b]'),
      [
        [1, k('a', bob)],
        [2, k('b', bob)],
      ],
      [2],
    ],
    [
      'an event that two rules match counts once',
      block('event_count', '{gte: 2}', '[a, b]'),
      [[1, { k: ['a', 'b'], user: 'bob' }]],
      [],
    ],
    [
      'other rules do not count',
      block('event_count', '{gte: 2}'),
      [
        [1, k('a', bob)],
        [2, k('b', bob)],
      ],
      [],
    ],
    [
      'one detection for a stretch, however many events',
      block('event_count', '{gte: 2}'),
      at([1, 2, 3, 4, 30, 59], k('a', bob)),
      [2],
    ],
    [
      'an attack that goes on fires once in each stretch',
      block('event_count', '{gte: 3}'),
      at([10, 20, 30, 70, 80, 131], k('a', bob)),
      [30, 70],
    ],
    [
      'lt is judged afterwards: these are followed by too few',
      block('event_count', '{lt: 3}'),
      at([1, 2, 3, 4], k('a', bob)),
      [3],
    ],
    ['lte', block('event_count', '{lte: 1}'), at([1, 2, 30], k('a', bob)), [30]],
    ['eq', block('event_count', '{eq: 3}'), at([1, 2, 3], k('a', bob)), [1]],
    ['eq is not met by fewer', block('event_count', '{eq: 3}'), at([1, 2], k('a', bob)), []],
    ['neq', block('event_count', '{neq: 1}'), at([1, 2], k('a', bob)), [1]],
    ['several bounds hold together', block('event_count', '{gt: 1, lte: 3}'), at([1, 2, 3], k('a', bob)), [1]],
    ['several bounds: not when one fails', block('event_count', '{gt: 3, lte: 5}'), at([1, 2, 3], k('a', bob)), []],
    ['numbers may be text', block('event_count', '{gte: "2"}'), at([1, 2], k('a', bob)), [2]],
  ],
  value_count: [
    [
      'counts different values',
      block('value_count', '{field: target, gte: 3}'),
      [
        [1, k('a', { user: 'bob', target: 'x' })],
        [2, k('a', { user: 'bob', target: 'y' })],
        [3, k('a', { user: 'bob', target: 'z' })],
      ],
      [3],
    ],
    [
      'the same value counts once',
      block('value_count', '{field: target, gte: 2}'),
      at([1, 2, 3], k('a', { user: 'bob', target: 'x' })),
      [],
    ],
    [
      'case does not make a value different',
      block('value_count', '{field: target, gte: 2}'),
      [
        [1, k('a', { user: 'bob', target: 'x' })],
        [2, k('a', { user: 'bob', target: 'X' })],
      ],
      [],
    ],
    [
      'numbers and text of one look are one value',
      block('value_count', '{field: target, gte: 2}'),
      [
        [1, k('a', { user: 'bob', target: 7 })],
        [2, k('a', { user: 'bob', target: '7' })],
      ],
      [],
    ],
    [
      'an event without the field counts nothing',
      block('value_count', '{field: target, gte: 1}'),
      at([1], k('a', bob)),
      [],
    ],
    [
      'null and empty values count nothing',
      block('value_count', '{field: target, gte: 1}'),
      [
        [1, k('a', { user: 'bob', target: null })],
        [2, k('a', { user: 'bob', target: '' })],
      ],
      [],
    ],
    [
      'each value of a list counts',
      block('value_count', '{field: target, gte: 3}'),
      [[1, k('a', { user: 'bob', target: ['x', 'y', 'z'] })]],
      [1],
    ],
    [
      'a value that has left the window counts no more',
      block('value_count', '{field: target, gte: 2}'),
      [
        [1, k('a', { user: 'bob', target: 'x' })],
        [62, k('a', { user: 'bob', target: 'y' })],
      ],
      [],
    ],
    [
      'a repeated value stays as long as its last event',
      block('value_count', '{field: target, gte: 2}'),
      [
        [1, k('a', { user: 'bob', target: 'x' })],
        [40, k('a', { user: 'bob', target: 'x' })],
        [90, k('a', { user: 'bob', target: 'y' })],
      ],
      [90],
    ],
    [
      'combinations of several fields',
      block('value_count', '{field: [target, port], gte: 2}'),
      [
        [1, k('a', { user: 'bob', target: 'x', port: 1 })],
        [2, k('a', { user: 'bob', target: 'x', port: 2 })],
      ],
      [2],
    ],
    [
      'lt, judged afterwards',
      block('value_count', '{field: target, lt: 2}'),
      at([1, 2], k('a', { user: 'bob', target: 'x' })),
      [1],
    ],
    [
      'groups are counted apart',
      block('value_count', '{field: target, gte: 2}'),
      [
        [1, k('a', { user: 'bob', target: 'x' })],
        [2, k('a', { user: 'eve', target: 'y' })],
      ],
      [],
    ],
  ],
  temporal: [
    [
      'all rules, in any order',
      block('temporal', '', '[a, b]'),
      [
        [1, k('b', bob)],
        [9, k('a', bob)],
      ],
      [9],
    ],
    [
      'not with one missing',
      block('temporal', '', '[a, b, c]'),
      [
        [1, k('a', bob)],
        [2, k('b', bob)],
        [3, k('a', bob)],
      ],
      [],
    ],
    [
      'not further apart than the timespan',
      block('temporal', '', '[a, b]'),
      [
        [1, k('a', bob)],
        [62, k('b', bob)],
      ],
      [],
    ],
    [
      'at the border of the timespan',
      block('temporal', '', '[a, b]'),
      [
        [1, k('a', bob)],
        [61, k('b', bob)],
      ],
      [61],
    ],
    [
      'not in different groups',
      block('temporal', '', '[a, b]'),
      [
        [1, k('a', bob)],
        [2, k('b', eve)],
      ],
      [],
    ],
    ['one event may be of several rules', block('temporal', '', '[a, b]'), [[1, { k: ['a', 'b'], user: 'bob' }]], [1]],
    [
      'so many of the rules',
      block('temporal', '{gte: 2}', '[a, b, c]'),
      [
        [1, k('a', bob)],
        [2, k('c', bob)],
      ],
      [2],
    ],
    [
      'so many: repeats of one rule do not count',
      block('temporal', '{gte: 2}', '[a, b, c]'),
      at([1, 2, 3], k('a', bob)),
      [],
    ],
    [
      'fewer than, judged afterwards',
      block('temporal', '{lt: 2}', '[a, b]'),
      [
        [1, k('a', bob)],
        [2, k('b', bob)],
      ],
      [2],
    ],
    [
      'an expression with or',
      block('temporal', 'a and (b or c)', '[a, b, c]'),
      [
        [1, k('a', bob)],
        [2, k('c', bob)],
      ],
      [2],
    ],
    [
      'an expression that does not hold',
      block('temporal', 'a and (b or c)', '[a, b, c]'),
      [
        [1, k('b', bob)],
        [2, k('c', bob)],
      ],
      [],
    ],
    ['and not: the other never comes', block('temporal', 'a and not b', '[a, b]'), [[1, k('a', bob)]], [1]],
    [
      'and not: the other comes after',
      block('temporal', 'a and not b', '[a, b]'),
      [
        [1, k('a', bob)],
        [30, k('b', bob)],
      ],
      [],
    ],
    [
      'and not: the other came before',
      block('temporal', 'a and not b', '[a, b]'),
      [
        [1, k('b', bob)],
        [30, k('a', bob)],
      ],
      [],
    ],
    [
      'and not: the other comes too late to matter',
      block('temporal', 'a and not b', '[a, b]'),
      [
        [1, k('a', bob)],
        [62, k('b', bob)],
      ],
      [1],
    ],
    [
      'and not: somebody else',
      block('temporal', 'a and not b', '[a, b]'),
      [
        [1, k('a', bob)],
        [30, k('b', eve)],
      ],
      [1],
    ],
    [
      'not not is itself',
      block('temporal', 'not (not a) and b', '[a, b]'),
      [
        [1, k('a', bob)],
        [2, k('b', bob)],
      ],
      [2],
    ],
    [
      'the expression alone names the rules',
      'type: temporal\ntimespan: 1m\ngroup-by: [user]\ncondition: a and b',
      [
        [1, k('a', bob)],
        [2, k('b', bob)],
      ],
      [2],
    ],
    ['1 of a pattern', block('temporal', 'a and 1 of *', '[a, b]'), [[1, k('a', bob)]], [1]],
  ],
  temporal_ordered: [
    [
      'in order',
      block('temporal_ordered', '', '[a, b]'),
      [
        [1, k('a', bob)],
        [2, k('b', bob)],
      ],
      [2],
    ],
    [
      'not in the other order',
      block('temporal_ordered', '', '[b, a]'),
      [
        [1, k('a', bob)],
        [2, k('b', bob)],
      ],
      [],
    ],
    [
      'the order of the list decides, whatever else lies between',
      block('temporal_ordered', '', '[a, b, c]'),
      [
        [1, k('c', bob)],
        [2, k('a', bob)],
        [3, k('c', bob)],
        [4, k('b', bob)],
        [5, k('c', bob)],
      ],
      [5],
    ],
    [
      'events of the same time are in order',
      block('temporal_ordered', '', '[a, b]'),
      [
        [1, k('b', bob)],
        [1, k('a', bob)],
      ],
      [1],
    ],
    [
      'the latest start counts',
      block('temporal_ordered', '', '[a, b]'),
      [
        [1, k('a', bob)],
        [50, k('a', bob)],
        [100, k('b', bob)],
      ],
      [100],
    ],
    [
      'not over more than the timespan',
      block('temporal_ordered', '', '[a, b, c]'),
      [
        [1, k('a', bob)],
        [40, k('b', bob)],
        [70, k('c', bob)],
      ],
      [],
    ],
    [
      'groups apart',
      block('temporal_ordered', '', '[a, b]'),
      [
        [1, k('a', bob)],
        [2, k('b', eve)],
      ],
      [],
    ],
    [
      'not between',
      block('temporal_ordered', 'a and not b and c', '[a, b, c]'),
      [
        [1, k('a', bob)],
        [5, k('c', bob)],
      ],
      [1],
    ],
    [
      'not between: it was there',
      block('temporal_ordered', 'a and not b and c', '[a, b, c]'),
      [
        [1, k('a', bob)],
        [3, k('b', bob)],
        [5, k('c', bob)],
      ],
      [],
    ],
    [
      'not between: before does not matter',
      block('temporal_ordered', 'a and not b and c', '[a, b, c]'),
      [
        [0, k('b', bob)],
        [1, k('a', bob)],
        [5, k('c', bob)],
      ],
      [1],
    ],
    [
      'not between: a later start has none between',
      block('temporal_ordered', 'a and not b and c', '[a, b, c]'),
      [
        [1, k('a', bob)],
        [3, k('b', bob)],
        [4, k('a', bob)],
        [5, k('c', bob)],
      ],
      [4],
    ],
    [
      'not after',
      block('temporal_ordered', 'a and not b', '[a, b]'),
      [
        [1, k('a', bob)],
        [3, k('b', bob)],
      ],
      [],
    ],
    [
      'not after: before does not matter',
      block('temporal_ordered', 'a and not b', '[a, b]'),
      [
        [1, k('b', bob)],
        [3, k('a', bob)],
      ],
      [3],
    ],
    [
      'not before',
      block('temporal_ordered', 'not a and b', '[a, b]'),
      [
        [1, k('a', bob)],
        [3, k('b', bob)],
      ],
      [],
    ],
    [
      'not before: it was long ago',
      block('temporal_ordered', 'not a and b', '[a, b]'),
      [
        [1, k('a', bob)],
        [62, k('b', bob)],
      ],
      [62],
    ],
    [
      'or',
      block('temporal_ordered', 'a and (b or c)', '[a, b, c]'),
      [
        [1, k('b', bob)],
        [2, k('a', bob)],
        [3, k('c', bob)],
      ],
      [3],
    ],
  ],
  value_sum: [
    [
      'adds up',
      block('value_sum', '{field: bytes, gt: 100}'),
      [
        [1, k('a', { user: 'bob', bytes: 60 })],
        [2, k('a', { user: 'bob', bytes: '41' })],
      ],
      [2],
    ],
    [
      'gt is not met by as much',
      block('value_sum', '{field: bytes, gt: 100}'),
      [
        [1, k('a', { user: 'bob', bytes: 60 })],
        [2, k('a', { user: 'bob', bytes: 40 })],
      ],
      [],
    ],
    [
      'gte is',
      block('value_sum', '{field: bytes, gte: 100}'),
      [
        [1, k('a', { user: 'bob', bytes: 60 })],
        [2, k('a', { user: 'bob', bytes: 40 })],
      ],
      [2],
    ],
    [
      'what has left the window is no part of it',
      block('value_sum', '{field: bytes, gte: 100}'),
      [
        [1, k('a', { user: 'bob', bytes: 60 })],
        [62, k('a', { user: 'bob', bytes: 40 })],
      ],
      [],
    ],
    [
      'equal numbers of different events both count',
      block('value_sum', '{field: bytes, gte: 100}'),
      at([1, 2], k('a', { user: 'bob', bytes: 50 })),
      [2],
    ],
    [
      'text that is no number counts nothing',
      block('value_sum', '{field: bytes, gte: 0}'),
      [
        [1, k('a', { user: 'bob', bytes: 'many' })],
        [2, k('a', bob)],
      ],
      [],
    ],
    [
      'an event that two rules match is added once',
      block('value_sum', '{field: bytes, gte: 100}', '[a, b]'),
      [[1, { k: ['a', 'b'], user: 'bob', bytes: 60 }]],
      [],
    ],
    [
      'lt, judged afterwards, up to each event',
      block('value_sum', '{field: bytes, lt: 50}'),
      at([1, 2], k('a', { user: 'bob', bytes: 30 })),
      [1],
    ],
    [
      'fractions',
      block('value_sum', '{field: bytes, gte: 0.5}'),
      at([1, 2], k('a', { user: 'bob', bytes: 0.25 })),
      [2],
    ],
  ],
  value_avg: [
    [
      'the mean of the timespan up to an event',
      block('value_avg', '{field: ms, gt: 50}'),
      [
        [1, k('a', { user: 'bob', ms: 10 })],
        [2, k('a', { user: 'bob', ms: 80 })],
        [3, k('a', { user: 'bob', ms: 90 })],
      ],
      [3],
    ],
    [
      'not reached',
      block('value_avg', '{field: ms, gt: 60}'),
      [
        [1, k('a', { user: 'bob', ms: 10 })],
        [2, k('a', { user: 'bob', ms: 80 })],
      ],
      [],
    ],
    [
      'old values leave it',
      block('value_avg', '{field: ms, gt: 50}'),
      [
        [1, k('a', { user: 'bob', ms: 10 })],
        [70, k('a', { user: 'bob', ms: 60 })],
      ],
      [70],
    ],
    [
      'lte',
      block('value_avg', '{field: ms, lte: 20}'),
      [
        [1, k('a', { user: 'bob', ms: 40 })],
        [2, k('a', { user: 'bob', ms: 0 })],
      ],
      [2],
    ],
    [
      'an event without a number changes nothing',
      block('value_avg', '{field: ms, gte: 50}'),
      [
        [1, k('a', bob)],
        [2, k('a', { user: 'bob', ms: 50 })],
      ],
      [2],
    ],
  ],
  value_median: [
    [
      'the middle of an odd number',
      block('value_median', '{field: ms, eq: 20}'),
      [
        [1, k('a', { user: 'bob', ms: 10 })],
        [2, k('a', { user: 'bob', ms: 500 })],
        [3, k('a', { user: 'bob', ms: 20 })],
      ],
      [3],
    ],
    [
      'the mean of the two in the middle',
      block('value_median', '{field: ms, eq: 15}'),
      [
        [1, k('a', { user: 'bob', ms: 10 })],
        [2, k('a', { user: 'bob', ms: 20 })],
      ],
      [2],
    ],
    [
      'one far off does not move it',
      block('value_median', '{field: ms, gt: 100}'),
      [
        [1, k('a', { user: 'bob', ms: 10 })],
        [2, k('a', { user: 'bob', ms: 12 })],
        [3, k('a', { user: 'bob', ms: 9999 })],
      ],
      [],
    ],
  ],
  value_percentile: [
    [
      'nearest rank',
      block('value_percentile', '{field: ms, percentile: 90, gte: 9}'),
      Array.from({ length: 10 }, (_, i): Sample => [i, k('a', { user: 'bob', ms: i + 1 })]),
      [8],
    ],
    [
      '0 is the least',
      block('value_percentile', '{field: ms, percentile: 0, eq: 3}'),
      [
        [1, k('a', { user: 'bob', ms: 9 })],
        [2, k('a', { user: 'bob', ms: 3 })],
      ],
      [2],
    ],
    [
      '100 is the greatest',
      block('value_percentile', '{field: ms, percentile: 100, eq: 9}'),
      [
        [1, k('a', { user: 'bob', ms: 3 })],
        [2, k('a', { user: 'bob', ms: 9 })],
      ],
      [2],
    ],
    [
      'not reached',
      block('value_percentile', '{field: ms, percentile: 50, gt: 5}'),
      [
        [1, k('a', { user: 'bob', ms: 1 })],
        [2, k('a', { user: 'bob', ms: 2 })],
        [3, k('a', { user: 'bob', ms: 9 })],
      ],
      [],
    ],
  ],
};

for (const [type, cases] of Object.entries(TABLES))
  describe(type, () => {
    it.each(cases)('%s', async (_what, text, samples, fires) => {
      expect(await firesOf(BASE + correlation(text), samples)).toEqual(fires.map((time) => `x@${time}`));
      // The order in which events come does not matter.
      expect(await firesOf(BASE + correlation(text), [...samples].reverse())).toEqual(fires.map((time) => `x@${time}`));
    });
  });

describe('what a correlation says', () => {
  it.each([
    [block('event_count', '{gte: 2}'), '2 events in 60 s by user bob'],
    [block('value_count', '{field: n, gte: 2}'), '2 different values of n in 60 s by user bob'],
    [block('temporal', '', '[a, b]'), 'a and b in 60 s by user bob'],
    [block('temporal_ordered', '', '[a, b]', ''), 'a then b in 60 s'],
    [block('value_sum', '{field: n, gte: 3}', '[a, b]'), 'sum of n 3 in 60 s by user bob'],
    [
      block('value_percentile', '{field: n, percentile: 91, gte: 2}', '[a, b]'),
      '91st percentile of n 2 in 60 s by user bob',
    ],
  ])('%s', async (text, said) => {
    const samples: Sample[] = [
      [1, { k: 'a', user: 'bob', n: 1 }],
      [2, { k: ['a', 'b'], user: 'bob', n: 2 }],
    ];
    const { found } = await run(baseOf(BASE + correlation(text)), [samples]);
    expect([...found.values()].map((each) => each.correlated?.text)).toEqual([said]);
  });
});
