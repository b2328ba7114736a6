import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../engine/ingest/lines.js';
import type { RefusedLine } from '../../engine/ingest/records.js';
import { random } from '../support/random.js';

const MIB = 1024 * 1024;

function collect() {
  const lines: [number, string][] = [];
  const sizes: number[] = [];
  const refused: RefusedLine[] = [];
  const sink = {
    line: (text: string, number: number, bytes: number) => {
      lines.push([number, text]);
      sizes.push(bytes);
    },
    refuse: (line: RefusedLine) => refused.push(line),
  };
  return { lines, sizes, refused, splitter: new LineSplitter(sink) };
}

function split(...chunks: (string | Buffer)[]) {
  const found = collect();
  for (const chunk of chunks) found.splitter.push(Buffer.from(chunk));
  found.splitter.end();
  return found;
}

describe('splitting bytes into lines', () => {
  it('takes LF and CRLF, skips blank lines, keeps numbers, drops a byte order mark, and takes a last line without end', () => {
    const { lines } = split('\ufeffone\r\n\n  \t\ntwo\n\r\nthree');
    expect(lines).toEqual([
      [1, 'one'],
      [4, 'two'],
      [6, 'three'],
    ]);
  });

  it('gives the size of each line in UTF-8, and keeps what is not a terminator', () => {
    const { lines, sizes } = split('grüße\n\ufeff日本\rx\n');
    expect(lines.map(([, text]) => text)).toEqual(['grüße', '\ufeff日本\rx']);
    expect(sizes).toEqual([7, 11]);
  });

  it('finds the same lines wherever the chunks are cut', () => {
    const { int, pick } = random(7);
    const text = Array.from({ length: 400 }, (_, i) => `${i} ${pick(['a', 'ä', '😀', ''])}`.repeat(int(4))).join('\n');
    const bytes = Buffer.concat([Buffer.from(text), Buffer.from('\nbad \xff byte\nend', 'latin1')]);
    const whole = split(bytes);
    for (let round = 0; round < 50; round++) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; ) {
        const next = at + 1 + int(round + 1);
        chunks.push(bytes.subarray(at, next));
        at = next;
      }
      const pieces = split(...chunks);
      expect(pieces.lines).toEqual(whole.lines);
      expect(pieces.sizes).toEqual(whole.sizes);
      expect(pieces.refused).toEqual(whole.refused);
    }
    expect(whole.refused).toHaveLength(1);
  });

  it('refuses a line that is not UTF-8, alone', () => {
    const { lines, refused } = split(Buffer.from('ok\nbro\xc3\x28ken\nfine\n', 'latin1'));
    expect(lines).toEqual([
      [1, 'ok'],
      [3, 'fine'],
    ]);
    expect(refused).toMatchObject([{ code: 'MDR_LINE_UTF8', number: 2, bytes: 8, sample: 'bro\ufffd(ken' }]);
  });

  it('takes a line of exactly 1 MiB and refuses one byte more, in one chunk or in many', () => {
    const long = 'x'.repeat(MIB);
    for (const cut of [(t: string) => [t], (t: string) => t.match(/[\s\S]{1,65536}/g)!]) {
      const { lines, refused, splitter } = split(...cut(`${long}\nmid\n${long}y\r\nend\n`));
      expect(lines.map(([number, text]) => [number, text.length])).toEqual([
        [1, MIB],
        [2, 3],
        [4, 3],
      ]);
      expect(refused).toMatchObject([{ code: 'MDR_LINE_TOO_LONG', number: 3 }]);
      expect(refused[0]!.sample).toBe('x'.repeat(8192));
      expect(splitter.consumed).toBe(2 * MIB + 12);
    }
  });

  it('counts the bytes of a 20 MB line without keeping them', () => {
    const { splitter, refused, lines } = collect();
    const piece = Buffer.alloc(64 * 1024, 'z');
    global.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    for (let sent = 0; sent < 20 * MIB; sent += piece.length) splitter.push(piece);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MIB);
    splitter.push(Buffer.from('\ngood\n'));
    expect(refused).toMatchObject([{ code: 'MDR_LINE_TOO_LONG', bytes: 20 * MIB, number: 1 }]);
    expect(lines).toEqual([[2, 'good']]);
  });

  it('says how far whole lines go, so that reading can go on from there', () => {
    const { splitter } = collect();
    splitter.push(Buffer.from('one\r\ntwo\npar'));
    expect([splitter.consumed, splitter.ended, splitter.pending]).toEqual([9, 2, 3]);
    splitter.push(Buffer.from('tial\n'));
    expect([splitter.consumed, splitter.ended, splitter.pending]).toEqual([17, 3, 0]);
  });
});
