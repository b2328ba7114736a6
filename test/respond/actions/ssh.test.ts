import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Queues } from '../../../engine/queues.js';
import ssh from '../../../engine/respond/actions/carriers/ssh.js';
import { readConnectors } from '../../../engine/respond/actions/connectors.js';
import { approve, checkAction, propose } from '../../../engine/respond/actions/requests.js';
import { actionOf } from '../../../engine/respond/actions/save.js';
import { scriptOf } from '../../../engine/respond/actions/ssh/script.js';
import { withHost } from '../../../engine/respond/actions/ssh/session.js';
import { workOn } from '../../../engine/respond/actions/work.js';
import type { Store } from '../../../engine/store/index.js';
import { testQueues, testStore } from '../../support/services.js';
import { conforms } from './conformance.js';
import { jobFor, sshWorld } from './ssh.world.js';
import { Host, hasSshd, referenceOf } from './sshd.js';
import { by } from './world.js';

it('an argument of a script is itself, whatever it holds', () => {
  const words = ["it's", '$(id)', '`id`', '"; rm -rf /', 'a\nb\n', "''", '', '\\', '-n', '*', '‮x', "'$IFS'"];
  const { stdout } = spawnSync('/bin/sh', ['-s'], { input: scriptOf('printf "%s\\0" "$@"', words, false) });
  expect(stdout.toString('utf8').split('\0').slice(0, -1)).toEqual(words);
  expect(() => scriptOf('', ['a\0b'], false)).toThrow(/NUL/);
});

it('connectors name hosts by their keys, and nothing that is none', () => {
  const read = (host: object) => readConnectors({ ssh: { user: 'mdr', secret: 'k', hosts: { web01: host } } });
  const key = `ssh-ed25519 ${'A'.repeat(68)}`;
  expect(read({ address: '10.0.0.5', keys: [key] }).ssh?.hosts.web01?.port).toBe(22);
  for (const keys of [[], ['SHA256:abc'], [`${key} comment`], ['ssh-dss AAAA']])
    expect(() => read({ address: '10.0.0.5', keys }), String(keys)).toThrow(/keys/);
  expect(() => read({ address: '-oProxyCommand=x y', keys: [key] })).toThrow(/address/);
});

const isThere = hasSshd();
if (!isThere) console.warn('skipped: there is no sshd (apt-get install openssh-server)');

describe.skipIf(!isThere)('a host over SSH', () => {
  const host = new Host();
  let store: Store;
  let queues: Queues;
  let folder = '';
  const running: ChildProcess[] = [];
  beforeAll(async () => {
    ({ store } = await testStore());
    ({ queues } = await testQueues());
    await host.open();
    folder = await mkdtemp(join(tmpdir(), 'mdr-evil-'));
  });
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    await host.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A program of that name that only waits. */
  async function evil(name: string): Promise<{ child: ChildProcess; pid: number; path: string }> {
    const path = join(await mkdtemp(join(folder, 'p')), name);
    await copyFile('/bin/sleep', path);
    const child = spawn(path, ['600'], { stdio: 'ignore' });
    await once(child, 'spawn');
    running.push(child);
    const pid = child.pid!;
    await expect.poll(() => referenceOf(pid)).toContain(name.slice(0, 15));
    return { child, pid, path };
  }
  const isAlive = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;
  const check = async (process: string, more: object = {}, w?: Awaited<ReturnType<typeof sshWorld>>) =>
    checkAction((w ?? (await sshWorld(store, queues, host))).parts, {
      ...{ action: 'kill-process', args: { host: 'web01', process }, reason: 'r', case: null },
      ...more,
    });

  conforms('SSH kill-process', async () => {
    const { child, pid } = await evil('beacon');
    return {
      w: await sshWorld(store, queues, host),
      carrier: ssh,
      action: 'kill-process',
      args: { host: 'WEB01.acme.example', process: referenceOf(pid) },
      state: async () => {
        // The kernel tells the parent a moment later.
        if (!isAlive(child)) return 'ended';
        return spawnSync('kill', ['-0', String(pid)]).status === 0 && !referenceOfZombie(pid) ? 'runs' : 'ended';
      },
    };
  });
  const referenceOfZombie = (pid: number) =>
    spawnSync('sh', ['-c', `grep -q '^State:.Z' /proc/${pid}/status`]).status === 0;

  it('a process is found by its name, its path or its reference, never by its number alone', async () => {
    const one = await evil('find me (x) 7');
    const reference = referenceOf(one.pid);
    expect((await check('find me (x) 7')).says).toContain(reference);
    expect((await check(one.path)).says).toContain(reference);
    expect((await check(reference)).already).toBe(false);
    await expect(check(String(one.pid))).rejects.toThrow(/another process/);
    await expect(check('no-such-program')).rejects.toThrow(/no process/);
    const two = await evil('find me (x) 7');
    await expect(check('find me (x) 7')).rejects.toThrow(/several processes/);
    // What begins an argument of a shell is only a name that nobody has.
    for (const name of ['$(kill -9 1)', "'; kill -9 1; '", '`id`', '*', '-1', '/proc/*/exe'])
      await expect(check(name), name).rejects.toThrow(/no process/);
    for (const { child } of [one, two]) expect(isAlive(child)).toBe(true);
  });

  it('a number that another process has by now is not ended', async () => {
    const { child, pid } = await evil('innocent');
    const [, start = '', name = ''] = referenceOf(pid).split(':');
    const w = await sshWorld(store, queues, host);
    const earlier = `${pid}:${Number(start) - 1}:${name}`;
    expect((await check(earlier, {}, w)).already).toBe(true);
    const { boot } = (await check(referenceOf(pid), {}, w)).memory;
    const work = ssh.works['kill-process']!;
    for (const memory of [
      { pid, start: String(Number(start) - 1), name, boot },
      { pid, start, name: 'beacon', boot },
      { pid, start, name, boot: 'another boot' },
    ]) {
      const job = jobFor(w, 'kill-process', { host: 'web01', process: 'beacon' }, memory);
      await work.run(job);
      expect(await work.verify(job)).toBe('holds');
    }
    expect(isAlive(child)).toBe(true);
    expect(spawnSync('sh', ['-c', `cat /proc/${pid}/status`]).stdout.toString()).not.toContain('stopped');
  });

  it('what keeps the host reachable is ended only with force', async () => {
    const { pid } = await evil('sshd');
    await expect(check(referenceOf(pid))).rejects.toThrow(/reachable/);
    expect((await check(referenceOf(pid), { forced: true })).needs.quorum).toBe(2);
  });

  it('another key than the pinned one is not spoken to, nor a host that nobody named', async () => {
    const w = await sshWorld(store, queues, host, { keys: [`ssh-ed25519 ${host.key.slice(-68, -4)}AAAA`] });
    await expect(check('beacon', {}, w)).rejects.toThrow(/another key than the one that is pinned: SHA256:/);
    const asking = { action: 'isolate-host', args: { host: '127.0.0.1' }, reason: '', case: null };
    await expect(propose(w.parts, by(w.people.ana), 'x', asking)).rejects.toThrow(/no host for SSH/);
    // A key of the same host in another kind than it has does not count either.
    const other = await sshWorld(store, queues, host, { keys: [`ssh-rsa ${'A'.repeat(372)}`] });
    await expect(check('beacon', {}, other)).rejects.toMatchObject({ code: 'MDR_ACTION_FAILED' });
  });

  it('a wrong key of ours, a host that is gone, and an answer that never comes are said', async () => {
    const w = await sshWorld(store, queues, host);
    const job = jobFor(w, 'kill-process', { host: 'web01', process: 'beacon' });
    await expect(withHost(job, ({ run }) => run('sleep 600', [], { most: 10, timeoutMs: 300 }))).rejects.toThrow(
      /no answer within/,
    );
    const stop = new AbortController();
    const stopped = withHost({ ...job, signal: stop.signal }, async ({ run }) => {
      const ran = run('sleep 600', [], { most: 10, timeoutMs: 60_000 });
      stop.abort(new Error('its time is over'));
      return ran;
    });
    await expect(stopped).rejects.toThrow(/its time is over/);
    const long = await withHost(job, ({ run }) => run('yes', [], { most: 1000, timeoutMs: 20_000 }));
    expect([long.stdout.length, long.isCut]).toEqual([1000, true]);
    await w.parts.secrets.keep(w.acme, 'ssh-key', 'no key', () => w.now);
    await expect(check('beacon', {}, w)).rejects.toMatchObject({ code: 'MDR_ACTION_FAILED' });
  });

  it('a host that goes away in the middle leaves it open, and is looked at again', async () => {
    const { pid } = await evil('lost');
    const w = await sshWorld(store, queues, host);
    const work = ssh.works['kill-process']!;
    const carrier = {
      ...ssh,
      works: {
        'kill-process': {
          ...work,
          run: async (job: Parameters<typeof work.run>[0]) => {
            await work.run(job);
            await host.kill();
            throw new Error('connection reset');
          },
        },
      },
    };
    const args = { host: 'web01', process: referenceOf(pid) };
    const { record } = await propose(w.parts, by(w.people.ana), 'lost', {
      ...{ action: 'kill-process', args, reason: 'r', case: null },
    });
    await approve(w.parts, w.people.bo, 'b', record.number, record.digest);
    await workOn({ ...w.working, carriers: [carrier] }, w.acme.id, record.number);
    expect(await actionOf(w.acme, record.number)).toMatchObject({ state: 'failed', effect: 'unknown' });
    await host.start();
    w.now += 61_000;
    await workOn({ ...w.working, carriers: [ssh] }, w.acme.id, record.number);
    expect(await actionOf(w.acme, record.number)).toMatchObject({ state: 'done', effect: 'holds' });
  });
});
