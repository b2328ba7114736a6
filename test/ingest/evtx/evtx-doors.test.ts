import { execFile } from 'node:child_process';
import { mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fields } from '../../../engine/event.js';
import { readBatches } from '../../../engine/ingest/files.js';
import { startDoors } from '../../../engine/ingest/index.js';
import { replayFiles } from '../../../engine/ingest/replay.js';
import { createToken } from '../../../engine/ingest/tokens.js';
import { projectRoot } from '../../../engine/root.js';
import { countsOf, doorParts, lettersOf, queuedLines } from '../parts.js';
import { watchedFolder } from '../watchdoors.js';
import { writeEventLog } from './writer.js';

const started = (id: number, commandLine: string): Fields => ({
  Event: {
    System: {
      Provider: { '#attributes': { Name: 'Microsoft-Windows-Sysmon' } },
      EventID: 1,
      TimeCreated: { '#attributes': { SystemTime: '2026-11-24T03:00:00.0000000Z' } },
      EventRecordID: id,
      Channel: 'Microsoft-Windows-Sysmon/Operational',
      Computer: 'pc-1',
    },
    EventData: { Image: 'C:\\Windows\\System32\\vssadmin.exe', CommandLine: commandLine, ProcessId: id },
  },
});
const log = (count: number): Buffer =>
  writeEventLog(Array.from({ length: count }, (_, i) => started(i + 1, `vssadmin.exe delete shadows /all ${i}`)));

describe('an event log in a watched folder', () => {
  const given = watchedFolder();

  it('is read once it has stopped growing, and its damage becomes a dead letter', async () => {
    const door = await given.watching();
    const whole = log(600);
    const path = join(given.folder, 'Sysmon.evtx');
    await writeFile(path, whole.subarray(0, 100_000));
    await door.poll();
    whole[4096 + 600]! ^= 0xff;
    await writeFile(path, whole);
    for (let i = 0; i < 4; i++) await door.poll();
    const lines = await queuedLines(given.parts.queues);
    expect(lines.length).toBeGreaterThanOrEqual(599);
    expect(await countsOf(given.parts)).toMatchObject({ accepted: lines.length });
    const letters = await lettersOf(given.parts);
    expect(letters.length).toBeGreaterThan(0);
    expect(new Set(letters.map(({ code }) => code))).toEqual(new Set(['MDR_EVTX_DAMAGED']));
  });
});

describe('an event log that is copied again and again', () => {
  const given = watchedFolder();
  const polls = async (door: { poll(): Promise<void> }) => {
    for (let i = 0; i < 3; i++) await door.poll();
  };
  const ids = async () =>
    (await queuedLines(given.parts.queues))
      .map((line) => JSON.parse(line).Event.System.EventRecordID)
      .sort((a, b) => a - b);
  const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const records = (from: number, to: number) => writeEventLog(numbers(from, to).map((n) => started(n, `run ${n}`)));

  it('gives its new records alone: written over, replaced, after a restart', async () => {
    const path = join(given.folder, 'Security.evtx');
    const first = await given.watching();
    await writeFile(path, records(1, 20));
    await polls(first);
    await writeFile(path, records(1, 30));
    await polls(first);
    expect(await ids()).toEqual(numbers(1, 30));
    await first.stop();
    await writeFile(join(given.folder, '.next'), records(5, 45));
    await rename(join(given.folder, '.next'), path);
    const second = await given.watching();
    await polls(second);
    expect(await ids()).toEqual(numbers(1, 45));
    expect(await countsOf(given.parts)).toEqual({ accepted: 45, refused: 0 });
  });

  it('that was cleared, or is another under the same name, is read whole', async () => {
    const path = join(given.folder, 'Security.evtx');
    const door = await given.watching();
    await writeFile(path, records(1, 20));
    await polls(door);
    await writeFile(path, writeEventLog(numbers(1, 25).map((n) => started(n, `after the log was cleared ${n}`))));
    await polls(door);
    expect((await countsOf(given.parts)).accepted).toBe(45);
  });
});

describe('an event log elsewhere', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mdr-evtx-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is replayed through the real door', async () => {
    const parts = await doorParts();
    const doors = await startDoors(parts);
    const token = await createToken(parts.store, { tenant: 'acme', source: 'replay' });
    const file = join(folder, 'a.evtx');
    await writeFile(file, log(5));
    const result = await replayFiles({ files: [file], url: `http://127.0.0.1:${doors.port}`, token });
    expect(result).toMatchObject({ accepted: 5, refused: 0, failedFiles: [] });
    await doors.stop();
    await parts.close();
  });

  it('is read from a pipe that gives a few bytes at first', async () => {
    const path = join(folder, 'pipe');
    await promisify(execFile)('mkfifo', [path]);
    const content = log(3);
    const writing = open(path, 'w').then(async (pipe) => {
      await pipe.write(content.subarray(0, 5));
      await new Promise((resolve) => setTimeout(resolve, 50));
      await pipe.writeFile(content.subarray(5));
      await pipe.close();
    });
    let lines = 0;
    for await (const batch of readBatches(path)) lines += batch.filter((item) => 'line' in item).length;
    await writing;
    expect(lines).toBe(3);
  });

  it('is scanned by rules', async () => {
    const file = join(folder, 'a.evtx');
    await writeFile(file, log(3));
    const args = ['--import', 'tsx', join(projectRoot, 'bin/mdr.ts'), 'scan', file];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: projectRoot });
    expect(stderr).toMatch(/3 events/);
    const found = stdout.trim().split('\n');
    expect(found.length).toBeGreaterThanOrEqual(3);
    expect(JSON.parse(found[0]!)).toMatchObject({ file, line: 1, time: '2026-11-24T03:00:00.000Z' });
  }, 60_000);
});
