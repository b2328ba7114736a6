import { describe, expect, it } from 'vitest';
import { readExamples } from '../../engine/detect/examples.js';
import { MdrError } from '../../engine/errors.js';

describe('the examples of a rule', () => {
  it('are lines: text as it is, mappings as JSON', () => {
    expect(readExamples({ positive: ['a line', { a: 1 }], negative: [] })).toEqual({
      positive: [['a line'], ['{"a":1}']],
      negative: [],
    });
    expect(readExamples(undefined)).toEqual({ positive: [], negative: [] });
  });

  it('unfold a sequence: repeated, spaced in time, with values in turn', () => {
    const { positive } = readExamples({
      positive: [
        {
          start: '2026-11-05T08:00:00Z',
          sequence: [
            { record: '{{syslog}} web-01 app: {{user}} {{n}}', times: 3, every: '20s', values: { user: ['a', 'b'] } },
            { record: { at: '{{iso}}', ts: '{{epoch}}', note: 'at {{epoch}} {{unknown}}' }, after: '5m' },
          ],
        },
      ],
    });
    expect(positive).toEqual([
      [
        'Nov  5 08:00:00 web-01 app: a 1',
        'Nov  5 08:00:20 web-01 app: b 2',
        'Nov  5 08:00:40 web-01 app: a 3',
        '{"at":"2026-11-05T08:05:40.000Z","ts":1793865940,"note":"at 1793865940 {{unknown}}"}',
      ],
    ]);
  });

  it('keep a record that happens to have a field called sequence', () => {
    expect(readExamples({ positive: [{ sequence: 7, a: 1 }] }).positive).toEqual([['{"sequence":7,"a":1}']]);
  });

  it.each([
    ['a step without a record', { positive: [{ sequence: [{ times: 2 }] }] }],
    ['a number for an example', { positive: [7] }],
    ['an unreadable interval', { positive: [{ sequence: [{ record: 'x', every: 'soon' }] }] }],
  ])('are refused with %s', (_, examples) => {
    const read = () => readExamples(examples);
    expect(read).toThrow(MdrError);
    expect(read).toThrow(/mdr\.examples cannot be read: positive\.0/);
  });

  it('are bounded', () => {
    const step = { record: 'x', times: 1000 };
    expect(() => readExamples({ positive: [{ sequence: [step, step, step] }] })).toThrow(/more than 2000/);
  });
});
