import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { takeLock } from '../../bin/services/lock.mjs';

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mdr-lock-'));
  file = join(folder, 'the.lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The number of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid!;
}

it('a stale lock is taken over by one of many processes, and never held by two', { timeout: 60_000 }, async () => {
  const rounds = 10;
  const dead = await deadPid();
  for (let round = 0; round < rounds; round++) writeFileSync(`${file}.${round}`, `${dead} left-behind`);
  const journal = join(folder, 'journal');
  // All processes reach for the lock of a round at the same moment.
  const script = `
    import { appendFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
        import { takeLock } from ${JSON.stringify(new URL('../../bin/services/lock.mjs', import.meta.url).href)};
    const begin = ${Date.now() + 1_000};
    await Promise.all(Array.from({ length: ${rounds} }, async (_, round) => {
      while (Date.now() < begin + round * 60) await sleep(begin + round * 60 - Date.now());
      const release = await takeLock(${JSON.stringify(file)} + '.' + round);
      appendFileSync(${JSON.stringify(journal)}, round + ' in ' + process.pid + '\\n');
      await sleep(60);
      appendFileSync(${JSON.stringify(journal)}, round + ' out ' + process.pid + '\\n');
      release();
    }));`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' }),
  );
  await Promise.all(children.map((child) => once(child, 'exit')));
  const lines = readFileSync(journal, 'utf8').trim().split('\n');
  expect(lines).toHaveLength(rounds * children.length * 2);
  for (let round = 0; round < rounds; round++) {
    const steps = lines.filter((line) => line.startsWith(`${round} `));
    const pids = steps.filter((line) => line.includes(' in ')).map((line) => line.split(' ')[2]);
    expect(steps).toEqual(pids.flatMap((pid) => [`${round} in ${pid}`, `${round} out ${pid}`]));
  }
});

it('waits for a live holder, says for whom, and gives up in time', async () => {
  const release = await takeLock(file);
  const waited: number[] = [];
  await expect(takeLock(file, { waitMs: 150, waiting: (pid) => waited.push(pid) })).rejects.toThrow('held by process');
  expect(waited).toEqual([process.pid]);
  release();
  (await takeLock(file, { waitMs: 150 }))();
});

it('a lock that nobody has touched for long is stale, although its process number lives again', async () => {
  writeFileSync(file, `${process.pid} of-another-life`);
  const hourAgo = new Date(Date.now() - 3600_000);
  utimesSync(file, hourAgo, hourAgo);
  (await takeLock(file, { waitMs: 1_000 }))();
});

it('a release after a take-over leaves the new holder’s lock alone', async () => {
  const release = await takeLock(file);
  writeFileSync(file, `${process.pid} new-holder`);
  release();
  expect(existsSync(file)).toBe(true);
});
