import { describe, expect, it } from 'vitest';
import { ObjectSplitter } from '../../engine/ingest/objects.js';
import { MAX_RECORD_BYTES } from '../../engine/ingest/records.js';
import { random } from '../support/random.js';

function split(body: Buffer | string, pieces: number[] = []) {
  const found: string[] = [];
  const refused: [string, number][] = [];
  const splitter = new ObjectSplitter({
    line: (text, number) => found.push(`${number} ${text}`),
    refuse: ({ code, number }) => refused.push([code, number]),
  });
  const bytes = Buffer.from(body as string);
  let at = 0;
  for (const size of [...pieces, bytes.length]) {
    splitter.push(bytes.subarray(at, at + size));
    at += size;
  }
  splitter.end();
  return { found, refused };
}

describe('objects on end', () => {
  it('are found with anything that may stand between them, and nothing is looked for within', () => {
    const body = ' {"a":"}{\\"[\\\\"}{"b":[{"c":{}}]}\n,\r\n{\n"d":\n1}\t';
    expect(split(body).found).toEqual(['1 {"a":"}{\\"[\\\\"}', '2 {"b":[{"c":{}}]}', '3 { "d": 1}']);
    expect(split('')).toEqual({ found: [], refused: [] });
    expect(split(' , \n')).toEqual({ found: [], refused: [] });
  });

  it('are the same wherever the body is cut into pieces', () => {
    const { int, pick } = random(7);
    const parts = [
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      '\\"',
      ',',
      ' ',
      '\n',
      'a',
      'ü',
      '{"a":"b\\\\"}',
      '{"x":[1,{"y":"}"}]}',
    ];
    for (let round = 0; round < 500; round++) {
      const body = Array.from({ length: int(40) }, () => pick(parts)).join('');
      const whole = split(body);
      expect(
        split(
          body,
          Array.from({ length: 200 }, () => int(4)),
        ),
      ).toEqual(whole);
      expect(split(body, Array(Buffer.byteLength(body)).fill(1))).toEqual(whole);
    }
  });

  it('that are valid come out as they are', () => {
    const { int, pick } = random(11);
    const value = (depth: number): unknown =>
      depth === 0 || int(3) === 0
        ? pick<unknown>(['', '"', '\\', '}{][', 'line\nbreak', 'ü€😀', 1.5, true, null])
        : int(2)
          ? Array.from({ length: int(4) }, () => value(depth - 1))
          : Object.fromEntries(
              Array.from({ length: int(4) }, (_, n) => [pick(['a', '"', '{', `k${n}`]), value(depth - 1)]),
            );
    for (let round = 0; round < 300; round++) {
      const objects = Array.from({ length: 1 + int(5) }, () => JSON.stringify({ v: value(4) }));
      const body = objects.map((text) => text + pick(['', ' ', '\n', ','])).join('');
      expect(
        split(
          body,
          Array.from({ length: 50 }, () => int(9)),
        ).found,
      ).toEqual(objects.map((text, n) => `${n + 1} ${text}`));
    }
  });

  it('cut short, or with something else before them, become one last record', () => {
    expect(split('{"a":1}{"b":').found).toEqual(['1 {"a":1}', '2 {"b":']);
    expect(split('{"a":1} x {"b":1}{"c":1}').found).toEqual(['1 {"a":1}', '2 x {"b":1}{"c":1}']);
    expect(split('}{"a":1}').found).toEqual(['1 }{"a":1}']);
  });

  it('of more than the limit are refused, and those behind them found', () => {
    const long = `{"a":"${'x'.repeat(MAX_RECORD_BYTES)}"}`;
    expect(split(`{"b":1}${long}{"c":1}`, [100, 5000])).toEqual({
      found: ['1 {"b":1}', '3 {"c":1}'],
      refused: [['MDR_LINE_TOO_LONG', 2]],
    });
  });
});
