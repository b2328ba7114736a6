import { describe, expect, it } from 'vitest';
import type { Fields } from '../../../engine/event.js';
import { random } from '../../support/random.js';
import { spending } from '../../support/spent.js';
import { readEventLog } from './read.js';
import { fileOf, nodeOf, typed, writeChunks } from './writer.js';

const event = (id: number): Fields => ({
  Event: {
    System: { EventID: 4624, EventRecordID: id, Channel: 'Security', Computer: 'pc-1' },
    EventData: { TargetUserName: `user-${id}`, LogonType: 3, Text: 'x'.repeat(200) },
  },
});
const chunks = (count = 300) => writeChunks(Array.from({ length: count }, (_, i) => nodeOf(event(i + 1))));
const ids = (records: { Event: { System: { EventRecordID: number } } }[]) =>
  records.map((record) => record.Event.System.EventRecordID);
const u32 = (n: number) => Buffer.from(Uint32Array.of(n).buffer);

/** Binary XML that names what stands behind it; in a chunk of its own its record's content begins at 512 + 24. */
const AT = 536;
const fragment = Buffer.from([0x0f, 1, 1, 0]);

describe('a damaged event log', () => {
  it('loses the damaged record alone, and its chunk is told', async () => {
    const all = chunks();
    const damaged = all[0]!;
    // The third record: the size that its beginning names.
    let at = 512;
    for (let i = 0; i < 2; i++) at += damaged.readUInt32LE(at + 4);
    damaged.writeUInt32LE(0xffff, at + 4);
    const { records, refused } = await readEventLog(fileOf(all));
    expect(ids(records)).toEqual([1, 2, ...Array.from({ length: 297 }, (_, i) => i + 4)]);
    expect(refused.map(({ code }) => code)).toEqual(['MDR_EVTX_DAMAGED', 'MDR_EVTX_DAMAGED']);
    expect(refused[0]!.message).toMatch(/Chunk 0 .*checksum of its records/);
    expect(refused[1]!.message).toMatch(new RegExp(`record of chunk 0, at byte ${at} .*no record`));
    expect(new Set(refused.map(({ sample }) => sample)).size).toBe(2);
  });

  it.each([
    ['a chunk without its signature', (all: Buffer[]) => all[1]!.fill(0x41, 0, 8), /no chunk of an event log/],
    ['a chunk header that was changed', (all: Buffer[]) => all[1]!.writeUInt8(9, 8), /checksum of its header/],
  ])('%s is told, and the other chunks are read', async (_case, damage, message) => {
    const all = chunks();
    const before = ids((await readEventLog(fileOf([all[0]!]))).records);
    damage(all);
    const { records, refused } = await readEventLog(fileOf(all));
    expect(ids(records)).toEqual(expect.arrayContaining(before));
    expect(refused).toHaveLength(1);
    expect(refused[0]!.message).toMatch(message);
  });

  it('cut short gives what there is', async () => {
    const file = fileOf(chunks());
    const { records, refused } = await readEventLog(file.subarray(0, 4096 + 65_536 + 30_000));
    expect(records.length).toBeGreaterThan(150);
    expect(records.length).toBeLessThan(300);
    expect(refused[0]!.message).toMatch(/cut short/);
    for (const length of [10, 4000, 4096, 4100]) await readEventLog(file.subarray(0, length));
  });

  it('a header that does not fit is told, and the records are read', async () => {
    const file = fileOf(chunks(2));
    file.writeUInt8(7, 16);
    const { records, refused } = await readEventLog(file);
    expect(ids(records)).toEqual([1, 2]);
    expect(refused[0]!.message).toMatch(/header .*checksum/);
  });

  it.each<[string, Buffer, RegExp]>([
    [
      'a template that holds itself',
      Buffer.concat([
        fragment,
        Buffer.from([0x0c, 1]),
        u32(1),
        u32(AT + 14),
        // Definition: next, GUID, size; content: an instance of this very definition.
        ...[
          u32(0),
          Buffer.alloc(16),
          u32(19),
          fragment,
          Buffer.from([0x0c, 1]),
          u32(1),
          u32(AT + 14),
          u32(0),
          Buffer.from([0]),
        ],
        u32(0),
      ]),
      /holds itself/,
    ],
    [
      'a template of four gigabytes',
      Buffer.concat([
        fragment,
        Buffer.from([0x0c, 1]),
        u32(1),
        u32(AT + 14),
        u32(0),
        Buffer.alloc(16),
        u32(0xfffffff0),
      ]),
      /beyond its chunk/,
    ],
    [
      'a template beyond its chunk',
      Buffer.concat([fragment, Buffer.from([0x0c, 1]), u32(1), u32(0x7fffffff), u32(0)]),
      /beyond its chunk/,
    ],
    [
      'four thousand million values',
      Buffer.concat([fragment, Buffer.from([0x0c, 1]), u32(1), u32(AT), u32(0xffffffff)]),
      /4294967295 values/,
    ],
    [
      'a name beyond its chunk',
      Buffer.concat([fragment, Buffer.from([0x01]), u32(9), u32(65_530)]),
      /beyond its chunk/,
    ],
    [
      'elements within elements without end',
      Buffer.concat([
        fragment,
        Buffer.from([0x01]),
        ...[u32(0), u32(AT + 13), u32(0), Buffer.from([0, 0, 1, 0, 0x61, 0, 0, 0, 0x02])],
        ...Array.from({ length: 2000 }, () =>
          Buffer.concat([Buffer.from([0x01]), u32(0), u32(AT + 13), Buffer.from([0x02])]),
        ),
      ]),
      /too deep/,
    ],
    ['a token that there is not', Buffer.concat([fragment, Buffer.from([0x1f, 0])]), /no token 0x1f/],
    ['nothing', Buffer.from([0x0f, 1, 1, 0, 0]), /no element/],
  ])('%s is refused by itself', async (_case, body, message) => {
    const good = nodeOf(event(2));
    const { records, refused } = await readEventLog(fileOf(writeChunks([body, good])));
    expect(ids(records)).toEqual([2]);
    expect(refused.map((one) => one.message)).toEqual([expect.stringMatching(message)]);
  });

  it('a template that repeats a long value is bounded, over the chunk as well', async () => {
    const repeating = (value: string, times: number) => ({
      name: 'Event',
      children: [
        { name: 'v', children: [{ slot: typed.text(value) }] },
        ...Array.from({ length: times }, () => ({ name: 'a', children: [{ again: 0 }] })),
      ],
    });
    const one = await readEventLog(fileOf(writeChunks([repeating('x'.repeat(10_000), 1000), nodeOf(event(2))])));
    expect(ids(one.records)).toEqual([2]);
    expect(one.refused[0]!.message).toMatch(/unfolds to more/);
    const spent = spending();
    const many = writeChunks(Array.from({ length: 30 }, () => repeating('x'.repeat(400), 2000)));
    expect(many).toHaveLength(1);
    const { records, refused } = await readEventLog(fileOf(many));
    expect(records.length).toBeGreaterThan(10);
    expect(records.length).toBeLessThan(22);
    expect(refused).toHaveLength(1);
    expect(spent()).toBeLessThan(5000);
  });

  it('a thousand elements of one name are named in no time', async () => {
    const children = Array.from({ length: 4000 }, () => ({ name: 'a' }));
    const spent = spending();
    const { records } = await readEventLog(fileOf(writeChunks([{ name: 'Event', children }])));
    expect(Object.keys(records[0].Event)).toHaveLength(4000);
    expect(spent()).toBeLessThan(2000);
  });

  it('whatever bytes are changed, nothing is thrown and no record is invented', async () => {
    const { next } = random(7);
    const known = new Set(Array.from({ length: 60 }, (_, i) => `user-${i + 1}`));
    const original = fileOf(chunks(60));
    let whole = 0;
    for (let round = 0; round < 150; round++) {
      const file = Buffer.from(original);
      for (let n = 1 + Math.floor(next() * 20); n > 0; n--)
        file[4096 + 512 + Math.floor(next() * 20_000)]! ^= 1 + Math.floor(next() * 255);
      const { records, refused } = await readEventLog(file);
      expect(refused.length).toBeGreaterThan(0);
      whole += records.filter((record) => known.has(record.Event?.EventData?.TargetUserName)).length;
    }
    expect(whole).toBeGreaterThan(150 * 30);
  });
});
