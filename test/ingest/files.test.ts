import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { type Line, readBatches } from '../../engine/ingest/files.js';
import { sharedData } from '../support/shared.js';
import { makeZip } from './makezip.js';

const folder = mkdtempSync(join(tmpdir(), 'mdr-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function read(path: string, opened?: FileHandle) {
  const found: Line[] = [];
  for await (const batch of readBatches(path, opened)) found.push(...batch);
  return found.map((item) =>
    'line' in item ? `${item.number} ${item.line}` : `${item.refused.number} ${item.refused.code}`,
  );
}
const unreadable = (message: RegExp) =>
  expect.objectContaining({ code: 'MDR_FILE_UNREADABLE', message: expect.stringMatching(message) });

describe('reading log files', () => {
  it('reads plain lines and says where a bad one stands', async () => {
    const path = file(
      'plain.log',
      Buffer.concat([Buffer.from('one\r\n\ntwo\n'), Buffer.from([0xff, 10]), Buffer.from('last')]),
    );
    expect(await read(path)).toEqual(['1 one', '3 two', '4 MDR_LINE_UTF8', '5 last']);
  });

  it('reads gzip by its content, whatever its name', async () => {
    expect(await read(file('packed.jsonl', gzipSync('{"a":1}\n{"b":2}\n')))).toEqual(['1 {"a":1}', '2 {"b":2}']);
    const members = Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]);
    expect(await read(file('members.gz', members))).toEqual(['1 one', '2 two']);
  });

  it('reads every file of a zip, also one that is gzip, and leaves out what is none', async () => {
    const zip = makeZip([
      { name: 'logs/', content: '' },
      { name: 'logs/a.log', content: 'a1\na2\n' },
      { name: '__MACOSX/logs/._a.log', content: 'resource fork' },
      { name: 'b.json', content: '[{"n":1},\n{"n":2}]' },
      { name: 'c.log.gz', content: gzipSync('c1\n') },
    ]);
    expect(await read(file('logs.zip', zip))).toEqual(['1 a1', '2 a2', '1 {"n":1}', '2 {"n":2}', '1 c1']);
    expect(await read(file('empty.zip', makeZip([])))).toEqual([]);
  });

  it("gives CloudTrail's Records and JSON arrays one record a line", async () => {
    const records = file('ct.json.gz', gzipSync('{"Records":[{"eventName":"A"},{"eventName":"B"}]}'));
    expect(await read(records)).toEqual(['1 {"eventName":"A"}', '2 {"eventName":"B"}']);
  });

  it('gives the same in batches, none of them empty', async () => {
    const text = Array.from({ length: 20_000 }, (_, i) => `{"number":${i},"padding":"${'x'.repeat(i % 90)}"}`).join(
      '\n',
    );
    let count = 0;
    for await (const batch of readBatches(file('many.gz', gzipSync(text)))) {
      expect(batch.length).toBeGreaterThan(0);
      for (const item of batch) expect(item).toMatchObject({ number: ++count });
    }
    expect(count).toBe(20_000);
  });

  it('reads a pipe', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const found = read(path);
    writeFileSync(path, 'through\na pipe\n');
    expect(await found).toEqual(['1 through', '2 a pipe']);
  });

  it('says plainly what cannot be read', async () => {
    await expect(read(join(folder, 'missing.log'))).rejects.toEqual(unreadable(/missing\.log cannot be read: ENOENT/));
    await expect(read(folder)).rejects.toEqual(unreadable(/it is a folder/));
    const secret = makeZip([{ name: 'secret.log', content: 'x\n', encrypted: true }]);
    await expect(read(file('secret.zip', secret))).rejects.toEqual(unreadable(/"secret\.log" in it is encrypted/));
    const nested = makeZip([{ name: 'inner.zip', content: makeZip([]) }]);
    await expect(read(file('nested.zip', nested))).rejects.toEqual(unreadable(/further archive/));
    await expect(read(file('broken.zip', makeZip([{ name: 'a', content: 'x' }]).subarray(0, 40)))).rejects.toEqual(
      unreadable(/cannot be read/),
    );
  });

  it('yields what stands before the cut of a gzip that ends too early, then says so', async () => {
    const text = Array.from({ length: 50_000 }, (_, i) => `line ${i} ${Math.random()}`).join('\n');
    const packed = gzipSync(text);
    const path = file('cut.gz', packed.subarray(0, packed.length / 2));
    let lines = 0;
    const reading = (async () => {
      for await (const batch of readBatches(path)) lines += batch.length;
    })();
    await expect(reading).rejects.toEqual(unreadable(/unexpected end of file/));
    expect(lines).toBeGreaterThan(10_000);
  });

  it('stops at a file that grows without measure', async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024));
    await expect(read(file('bomb.gz', bomb))).rejects.toEqual(unreadable(/times its size/));
    const zipped = makeZip([{ name: 'bomb.log', content: Buffer.alloc(100 * 1024 * 1024) }]);
    await expect(read(file('bomb.zip', zipped))).rejects.toEqual(unreadable(/times its size/));
  });

  it.each([
    ['plain', Buffer.from('mine\n')],
    ['gzip', gzipSync('mine\n')],
    ['zip', makeZip([{ name: 'a.log', content: 'mine\n' }])],
  ])('reads the %s file that was opened, wherever its path leads by now, and leaves it open', async (name, content) => {
    const path = file(`opened.${name}`, content);
    const opened = await open(path);
    renameSync(path, `${path}.moved`);
    symlinkSync(file('target.log', 'secret\n'), path);
    for (let i = 0; i < 2; i++) expect(await read(path, opened)).toEqual(['1 mine']);
    await opened.close();
  });

  const recorded = sharedData('cloudtrail/stratus.jsonl.gz');
  it.skipIf(!recorded)('reads a recorded CloudTrail file whole (skipped without ../shared/data)', async () => {
    const lines = await read(recorded!);
    expect(lines).toHaveLength(1233);
    expect(lines.every((line) => / \{.*\}$/.test(line))).toBe(true);
  });
});
