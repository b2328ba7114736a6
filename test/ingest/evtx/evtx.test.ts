import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Fields } from '../../../engine/event.js';
import { readBatches } from '../../../engine/ingest/files.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import { makeZip } from '../makezip.js';
import { readEventLog } from './read.js';
import { fileOf, type Node, nodeOf, type TypedValue, typed, u64, writeChunks, writeEventLog } from './writer.js';

const system = (id: number, channel: string): Fields => ({
  Provider: { '#attributes': { Name: 'Test-Provider', Guid: '{0cce9217-69ae-11d9-bed3-505054503030}' } },
  EventID: { '#attributes': { Qualifiers: 0 }, '#text': id },
  Level: 4,
  Keywords: '0x8020000000000000',
  TimeCreated: { '#attributes': { SystemTime: '2026-11-24T03:00:00.1234567Z' } },
  EventRecordID: id,
  Execution: { '#attributes': { ProcessID: 4, ThreadID: 8 } },
  Channel: channel,
  Computer: 'pc-1.acme.test',
  Security: { '#attributes': { UserID: 'S-1-5-21-1-2-3-1001' } },
});
const event = (id: number, data: Fields, channel = 'Security'): Fields => ({
  Event: { System: system(id, channel), EventData: data },
});
const logon = (id: number) => event(id, { TargetUserName: `user-${id}`, LogonType: 3, IpAddress: '192.0.2.7' });
const log = (count: number): Buffer => writeEventLog(Array.from({ length: count }, (_, i) => logon(i + 1)));

const oneValue = (value: TypedValue): Node => ({
  name: 'Event',
  children: [
    { name: 'EventData', children: [{ name: 'Data', attributes: [['Name', 'V']], children: [{ slot: value }] }] },
  ],
});
async function readBack(value: TypedValue) {
  const { records, refused } = await readEventLog(fileOf(writeChunks([oneValue(value)])));
  expect(refused).toEqual([]);
  return records[0].Event.EventData.V;
}

describe('the reader of Windows event logs', () => {
  it('gives records the shape that converters have made usual', async () => {
    const { records, refused } = await readEventLog(log(1));
    expect(refused).toEqual([]);
    expect(records).toEqual([
      {
        Event: {
          System: system(1, 'Security'),
          EventData: { TargetUserName: 'user-1', LogonType: 3, IpAddress: '192.0.2.7' },
        },
      },
    ]);
  });

  it('reads many chunks, however their bytes are cut, in order', async () => {
    const file = log(900);
    expect(file.length).toBeGreaterThan(4096 + 2 * 65_536);
    for (const piece of [4096, 65_536, 99_991, file.length]) {
      const { records, refused } = await readEventLog(file, piece);
      expect(refused).toEqual([]);
      expect(records.map((record) => record.Event.System.EventRecordID)).toEqual(
        Array.from({ length: 900 }, (_, i) => i + 1),
      );
    }
  });

  const f64 = Buffer.alloc(8);
  f64.writeDoubleLE(-0.25);
  const f32 = Buffer.alloc(4);
  f32.writeFloatLE(1.5);
  const date = Buffer.from(Uint16Array.of(2026, 11, 2, 24, 3, 5, 7, 90).buffer);
  it.each<[string, number, Buffer, unknown]>([
    ['nothing', 0x00, Buffer.alloc(0), ''],
    ['text', 0x01, Buffer.from('ünï\u{1f47e}\0', 'utf16le'), 'ünï\u{1f47e}'],
    ['empty text', 0x01, Buffer.alloc(0), ''],
    ['ANSI text', 0x02, Buffer.from([0x80, 0x61, 0]), '€a'],
    ['int8', 0x03, Buffer.from([0xff]), -1],
    ['uint8', 0x04, Buffer.from([0xff]), 255],
    ['int16', 0x05, Buffer.from([0xfe, 0xff]), -2],
    ['uint16', 0x06, Buffer.from([0xfe, 0xff]), 65_534],
    ['int32', 0x07, Buffer.from([0xfd, 0xff, 0xff, 0xff]), -3],
    ['uint32', 0x08, Buffer.from([0xfd, 0xff, 0xff, 0xff]), 4_294_967_293],
    ['int64', 0x09, u64(BigInt.asUintN(64, -4n)), -4],
    ['uint64 beyond 2^53', 0x0a, u64(18_446_744_073_709_551_615n), '18446744073709551615'],
    ['real32', 0x0b, f32, 1.5],
    ['real64', 0x0c, f64, -0.25],
    ['real64 that is no number', 0x0c, Buffer.from('000000000000f87f', 'hex'), 'NaN'],
    ['true', 0x0d, Buffer.from([1, 0, 0, 0]), true],
    ['binary', 0x0e, Buffer.from([0xde, 0xad]), 'DEAD'],
    ['GUID', 0x0f, typed.guid('0CCE9217-69AE-11D9-BED3-505054503030').bytes, '{0cce9217-69ae-11d9-bed3-505054503030}'],
    ['size_t of 32 bits', 0x10, Buffer.from([0x10, 0, 0, 0]), '0x10'],
    ['size_t of 64 bits', 0x10, u64(0xffff800012345678n), '0xffff800012345678'],
    ['FILETIME', 0x11, typed.time('1601-01-01T00:00:00.0000001Z').bytes, '1601-01-01T00:00:00.0000001Z'],
    ['SYSTEMTIME', 0x12, date, '2026-11-24T03:05:07.090Z'],
    ['SID', 0x13, typed.sid('S-1-5-32-544').bytes, 'S-1-5-32-544'],
    ['hex of 32 bits', 0x14, Buffer.from([0xe7, 3, 0, 0]), '0x3e7'],
    ['hex of 64 bits', 0x15, u64(0x8020000000000000n), '0x8020000000000000'],
    ['texts', 0x81, Buffer.from('a\0bc\0\0', 'utf16le'), ['a', 'bc', '']],
    ['numbers', 0x88, Buffer.from([1, 0, 0, 0, 2, 0, 0, 0]), [1, 2]],
    [
      'SIDs',
      0x93,
      Buffer.concat([typed.sid('S-1-5-18').bytes, typed.sid('S-1-5-32-544').bytes]),
      ['S-1-5-18', 'S-1-5-32-544'],
    ],
    ['times', 0x91, Buffer.concat([typed.time('2026-11-24T03:00:00Z').bytes]), ['2026-11-24T03:00:00.0000000Z']],
  ])('reads the type %s', async (_name, type, bytes, expected) => {
    expect(await readBack({ type, bytes })).toEqual(expected);
  });

  it('reads data without names, values in attributes, and elements of one name', async () => {
    const record: Node = {
      name: 'Event',
      children: [
        {
          name: 'EventData',
          attributes: [['Name', { slot: typed.text('TaskStarted') }]],
          children: [
            { name: 'Data', children: ['one'] },
            { name: 'Data', children: ['two & ', { slot: typed.uint(3) }] },
            { name: 'Binary', children: [{ slot: typed.none(), optional: true }] },
          ],
        },
        { name: 'UserData', children: [{ name: 'a', children: ['1'] }, { name: 'a' }, { name: 'a', children: ['3'] }] },
      ],
    };
    const { records } = await readEventLog(fileOf(writeChunks([record])));
    expect(records[0].Event).toEqual({
      EventData: { '#attributes': { Name: 'TaskStarted' }, Data: { '#text': ['one', 'two & 3'] }, Binary: null },
      UserData: { a: '1', a_1: null, a_2: '3' },
    });
  });

  it('is read by files whatever it is packed in, and its records are those of the format windows', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mdr-evtx-'));
    const content = log(3);
    const files = {
      'a.evtx': content,
      'b.evtx.gz': gzipSync(content),
      'c.zip': makeZip([{ name: 'x.evtx', content }]),
    };
    const recogniser = (await loadFormats()).recogniser();
    for (const [name, bytes] of Object.entries(files)) {
      await writeFile(join(folder, name), bytes);
      const lines: string[] = [];
      for await (const batch of readBatches(join(folder, name)))
        for (const item of batch) if ('line' in item) lines.push(item.line);
      expect(lines).toHaveLength(3);
      const { format, parsed } = recogniser.read(lines[0]!, null, 0);
      expect(format.name).toBe('windows');
      expect(parsed.logsource).toMatchObject({ product: 'windows', service: 'security' });
      expect(parsed.fields).toMatchObject({ EventID: 1, TargetUserName: 'user-1', Computer: 'pc-1.acme.test' });
      expect(new Date(parsed.time).toISOString()).toBe('2026-11-24T03:00:00.123Z');
    }
    await rm(folder, { recursive: true });
  });

  it('passes over chunks that were reserved and never written', async () => {
    const [chunk] = writeChunks([nodeOf(logon(1))]);
    const { records, refused } = await readEventLog(fileOf([chunk!, Buffer.alloc(65_536), Buffer.alloc(65_536)]));
    expect([records.length, refused.length]).toEqual([1, 0]);
  });
});
