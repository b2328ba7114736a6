import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Batcher, decodeLines, eventsJob } from '../../engine/ingest/batch.js';

const origin = { tenant: 'acme', source: 'fw', format: null, simulated: false };
const stored = async (lines: readonly string[]) => (await eventsJob(origin, lines, 0, '')).data.lines;

describe('batches', () => {
  it('come out of their encoding as they went in', async () => {
    const lines = ['{"a":"日本"}', '<34>x\ry', '\u2028'];
    expect(decodeLines(await stored(lines))).toEqual(lines);
  });

  it('that hold more than a batch may, or rubbish, are refused', () => {
    const bomb = deflateSync(Buffer.alloc(50 * 1024 * 1024)).toString('base64');
    expect(() => decodeLines(bomb)).toThrow(expect.objectContaining({ code: 'MDR_BODY_ENCODING' }));
    expect(() => decodeLines('bm90IGRlZmxhdGVk')).toThrow(expect.objectContaining({ code: 'MDR_BODY_ENCODING' }));
  });

  it('hold at most 1,000 records and 1 MiB of text, and lose none', async () => {
    const batcher = new Batcher();
    const batches: string[][] = [];
    const put = (line: string) => {
      const batch = batcher.add(line, Buffer.byteLength(line));
      if (batch) batches.push(batch);
    };
    for (let i = 0; i < 2500; i++) put(`small ${i}`);
    for (let i = 0; i < 5; i++) put('é'.repeat(200 * 1024));
    put('x'.repeat(1024 * 1024));
    const rest = batcher.take();
    if (rest) batches.push(rest);
    expect(batches.map((batch) => batch.length)).toEqual([1000, 1000, 502, 2, 1, 1]);
    expect(batcher.take()).toBeNull();
    for (const batch of batches) expect(decodeLines(await stored(batch))).toEqual(batch);
  });

  it('are the same job for the same content of the same origin and place, and only then', async () => {
    const id = async (change: Partial<typeof origin> & { format?: string | null }, lines: string[], place = '0') =>
      (await eventsJob({ ...origin, ...change } as typeof origin, lines, Math.random(), place)).options.jobId;
    const first = await id({}, ['a', 'b']);
    expect(await id({}, ['a', 'b'])).toBe(first);
    const others = [
      await id({ tenant: 'other' }, ['a', 'b']),
      await id({ source: 'dns' }, ['a', 'b']),
      await id({ format: 'windows' as never }, ['a', 'b']),
      await id({}, ['a', 'c']),
      await id({}, ['a', 'b'], '1'),
    ];
    expect(new Set([first, ...others]).size).toBe(6);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
  });
});
