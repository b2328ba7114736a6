import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import ssh2 from 'ssh2';

const SSHD = '/usr/sbin/sshd';
const isRoot = process.getuid?.() === 0;
const MOUNT = `mount --bind "$1" /home || exit
[ ! -d /home/share ] || mount -t tmpfs files:/share /home/share || exit
shift; exec "$@"`;

/** Whether programs are there: found, or installed as `bin/setup.mjs` installs what tests need. */
function has(paths: readonly string[], packages: readonly string[]): boolean {
  const are = () => paths.every((path) => existsSync(path));
  if (are()) return true;
  if (!process.env.CI || !isRoot || !existsSync('/usr/bin/apt-get')) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { env });
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
  return are();
}

/** Whether a real OpenSSH server can be had. */
export const hasSshd = (): boolean => process.platform === 'linux' && has([SSHD], ['openssh-server']);

/** Whether a host with a network of its own can be had: a namespace, a pair of interfaces, and nftables within. */
export function hasNetwork(): boolean {
  if (!isRoot || !has(['/usr/sbin/nft', '/usr/sbin/ip'], ['nftables', 'iproute2'])) return false;
  const name = `mdrprobe${process.pid}`;
  const run = (...args: string[]) => spawnSync('ip', args, { stdio: 'ignore' }).status === 0;
  const pair = ['link', 'add', `mp${process.pid}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name];
  const is =
    run('netns', 'add', name) && run(...pair) && run('netns', 'exec', name, 'nft', 'add', 'table', 'inet', 'probe');
  run('netns', 'del', name);
  return is;
}

/** Whether a host with files of its own can be had: a namespace of mounts. */
export const hasMounts = (): boolean =>
  isRoot && spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/home']).status === 0;

/** An OpenSSH server of its own: on a loopback port, on a host with a network of its own, or on one with other homes than here. */
export class Host {
  readonly user = userInfo().username;
  address = '127.0.0.1';
  port = 0;
  /** `ssh-ed25519 AAAA…` */
  key = '';
  /** What mdr signs in with. */
  privateKey = '';
  #folder = '';
  #child: ChildProcess | null = null;
  readonly #space: string | null;

  /** @param homes a folder that is `/home` there; in it `share`, if there is one, is as if from another machine */
  constructor(
    hasNetwork = false,
    readonly homes: string | null = null,
  ) {
    this.#space = hasNetwork ? `mdr${process.pid}` : null;
  }

  async open(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'mdr-sshd-'));
    if (this.#space) this.#wire(this.#space);
    const mine = ssh2.utils.generateKeyPairSync('ed25519');
    this.privateKey = mine.private;
    this.key = await this.newKey();
    await writeFile(join(this.#folder, 'authorized_keys'), `${mine.public}\n`);
    this.port = this.#space ? 2222 : await freePort();
    const lines = [
      ...[`ListenAddress ${this.address}:${this.port}`, `HostKey ${join(this.#folder, 'host')}`, 'PidFile none'],
      ...[`AuthorizedKeysFile ${join(this.#folder, 'authorized_keys')}`, 'StrictModes no', 'UsePAM no'],
      ...['PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'PermitRootLogin prohibit-password', ''],
    ];
    await writeFile(join(this.#folder, 'sshd_config'), lines.join('\n'));
    if (isRoot) await mkdir('/run/sshd', { recursive: true });
    await this.start();
  }

  /** Give it another key, as a host has that was set up anew, or one that stands in between. */
  async newKey(): Promise<string> {
    const host = ssh2.utils.generateKeyPairSync('ed25519');
    await writeFile(join(this.#folder, 'host'), host.private, { mode: 0o600 });
    return host.public.split(' ').slice(0, 2).join(' ');
  }

  async start(): Promise<void> {
    const args = ['-D', '-e', '-f', join(this.#folder, 'sshd_config')];
    this.#child = this.#space
      ? spawn('ip', ['netns', 'exec', this.#space, SSHD, ...args], { stdio: 'ignore' })
      : this.homes
        ? spawn('unshare', ['--mount', 'sh', '-c', MOUNT, 'sh', this.homes, SSHD, ...args], { stdio: 'ignore' })
        : spawn(SSHD, args, { stdio: 'ignore' });
    for (let i = 0; i < 100; i++) {
      if (await answers(this.address, this.port)) return;
      await sleep(50);
    }
    throw new Error('sshd did not start');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async close(): Promise<void> {
    await this.kill();
    if (this.#space) spawnSync('ip', ['netns', 'del', this.#space]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Run something on the host, without SSH. */
  do(program: string, ...args: string[]): string {
    const line = this.#space ? ['ip', 'netns', 'exec', this.#space, program, ...args] : [program, ...args];
    return execFileSync(line[0]!, line.slice(1), { encoding: 'utf8' });
  }
  spawn(program: string, ...args: string[]): ChildProcess {
    const line = this.#space ? ['ip', 'netns', 'exec', this.#space, program, ...args] : [program, ...args];
    return spawn(line[0]!, line.slice(1), { stdio: 'ignore' });
  }

  /** Address of the machine that the tests run on, as the host sees it. */
  get gateway(): string {
    return this.address.replace(/\.\d+$/, '.1');
  }

  /** A pair of interfaces, in a range of its own for each process (RFC 2544's, which nobody routes). */
  #wire(space: string): void {
    const net = `198.18.${process.pid % 250}`;
    const link = `mv${process.pid}`;
    const ip = (...args: string[]) => execFileSync('ip', args);
    ip('netns', 'add', space);
    ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
    ip('addr', 'add', `${net}.1/24`, 'dev', link);
    ip('link', 'set', link, 'up');
    for (const args of [
      ['link', 'set', 'lo', 'up'],
      ['addr', 'add', `${net}.2/24`, 'dev', 'eth0'],
      ['link', 'set', 'eth0', 'up'],
    ])
      ip('-n', space, ...args);
    this.address = `${net}.2`;
  }
}

/** Whether somebody accepts a connection there. */
export const answers = (host: string, port: number, ms = 700): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ms });
    const end = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });

/** `4711:883726:sleep`, read here. */
export function referenceOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  return `${pid}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}:${name}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
