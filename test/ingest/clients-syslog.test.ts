import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type SyslogDoor, syslogDoor } from '../../engine/ingest/doors/syslog.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { authority, hasProgram } from './certificates.js';
import { doorParts, queuedLines } from './parts.js';

// Real senders against the real door. Each part skips, saying so, on a machine that lacks the program.
const run = promisify(execFile);
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LC_ALL: 'C' };
const recogniser = (await loadFormats()).recogniser();
const folder = mkdtempSync(join(tmpdir(), 'mdr-clients-'));
const ours = hasProgram('openssl') ? authority() : null;
const server = ours?.sign('mdr.test');
const client = ours?.sign('client.acme.test');
afterAll(() => {
  rmSync(folder, { recursive: true });
  if (ours) rmSync(ours.folder, { recursive: true });
});

const doors = new Set<SyslogDoor>();
const programs: ChildProcess[] = [];
afterEach(async () => {
  for (const program of programs.splice(0)) {
    if (program.exitCode === null && program.kill()) await once(program, 'exit');
  }
  for (const door of doors) await door.stop();
  doors.clear();
});

async function listening(protocol: 'udp' | 'tcp' | 'tls', settings: Record<string, string> = {}) {
  const tls: Record<string, string> = server
    ? { MDR_SYSLOG_TLS_CERT: server.cert, MDR_SYSLOG_TLS_KEY: server.key }
    : {};
  const parts = await doorParts({ MDR_SYSLOG: `acme:linux:${protocol}:0`, ...tls, ...settings });
  const door = await syslogDoor(parts);
  doors.add(door);
  const lines = () => queuedLines(parts.queues);
  /** What the lines say, each read as a worker would. */
  const messages = async () =>
    (await lines()).map((line) => String(recogniser.read(line, null, Date.now()).parsed.fields.message)).sort();
  return { port: door.listeners[0]!.port, lines, messages };
}

describe.skipIf(!hasProgram('logger'))('logger of util-linux (skipped without it)', () => {
  it.each([
    ['udp', ['--udp', '--rfc3164']],
    ['udp', ['--udp', '--rfc5424']],
    ['tcp', ['--tcp', '--rfc3164']],
    ['tcp', ['--tcp', '--rfc5424']],
    ['tcp', ['--tcp', '--rfc5424', '--octet-count']],
    ['tcp', ['--tcp', '--rfc3164', '--octet-count']],
  ] as const)('over %s with %j', async (protocol, options) => {
    const { port, lines, messages } = await listening(protocol);
    const target = ['--server', '127.0.0.1', '--port', String(port), '--tag', 'backup', '--priority', 'auth.warning'];
    const texts = ['Failed password for root', 'zwölf ünïcode'];
    for (const text of texts) await run('logger', [...target, ...options, '--', text], { env });
    await expect.poll(messages).toEqual(texts);
    const read = recogniser.read((await lines())[0]!, null, Date.now());
    expect(read.format.name).toBe('linux');
    expect(read.parsed.fields.program).toBe('backup');
    expect(read.parsed.logsource).toMatchObject({ product: 'linux', service: 'auth' });
    expect(Math.abs(read.parsed.time - Date.now())).toBeLessThan(15 * 3600_000);
  });
});

describe.skipIf(!ours)('openssl s_client (skipped without it)', () => {
  it('sends over TLS, with and without a certificate of its own', async () => {
    const { port, lines } = await listening('tls', { MDR_SYSLOG_TLS_CA: ours!.ca });
    const args = ['s_client', '-quiet', '-connect', `127.0.0.1:${port}`, '-CAfile', ours!.ca, '-verify_return_error'];
    const send = async (text: string, ...more: string[]) => {
      const program = spawn('openssl', [...args, ...more], { env, stdio: ['pipe', 'ignore', 'ignore'] });
      programs.push(program);
      program.stdin.on('error', () => {});
      program.stdin.write(text);
      await new Promise((resolve) => setTimeout(resolve, 500));
      program.stdin.end();
    };
    await send('<34>Nov 24 03:00:01 web su: without\n');
    await send('<34>Nov 24 03:00:01 web su: with\n', '-cert', client!.cert, '-key', client!.key);
    await expect.poll(lines).toEqual(['<34>Nov 24 03:00:01 web su: with']);
  });
});

const modules = ['/usr/lib/x86_64-linux-gnu/rsyslog', '/usr/lib/aarch64-linux-gnu/rsyslog', '/usr/lib/rsyslog'];
const rsyslogHas = (driver: string) => modules.some((path) => existsSync(join(path, `lmnsd_${driver}.so`)));

describe.skipIf(!hasProgram('rsyslogd'))('rsyslog (skipped without it)', () => {
  const total = 2000;
  const log = Array.from({ length: total }, (_, n) => `web-1 app[${n}]: request ${n} served`);

  /** rsyslog that reads one file and forwards each of its lines, until the test ends. */
  function forwarding(action: string, globals = ''): void {
    const work = mkdtempSync(join(folder, 'rsyslog-'));
    const file = join(work, 'in.log');
    writeFileSync(file, `${log.join('\n')}\n`);
    const config = join(work, 'rsyslog.conf');
    writeFileSync(
      config,
      `global(workDirectory="${work}" ${globals})
module(load="imfile")
input(type="imfile" File="${file}" Tag="app:" Severity="info" Facility="local3")
action(type="omfwd" target="127.0.0.1" ${action} action.resumeRetryCount="-1")
`,
    );
    const program = spawn('rsyslogd', ['-n', '-f', config, '-i', join(work, 'pid')], { env, stdio: 'ignore' });
    programs.push(program);
  }
  const count = async (lines: () => Promise<string[]>) => new Set(await lines()).size;

  it.each([
    ['traditional', 'RSYSLOG_TraditionalForwardFormat'],
    ['octet-counted', 'RSYSLOG_SyslogProtocol23Format'],
  ])('over TCP, %s, with %s', async (framing, template) => {
    const { port, lines, messages } = await listening('tcp');
    forwarding(`port="${port}" protocol="tcp" TCP_Framing="${framing}" template="${template}"`);
    await expect.poll(() => count(lines)).toBe(total);
    expect((await messages()).map((text) => text.trim())).toEqual([...log].sort());
  });

  it('over UDP', async () => {
    const { port, lines } = await listening('udp');
    forwarding(`port="${port}" protocol="udp"`);
    await expect.poll(() => count(lines)).toBeGreaterThan(total * 0.9);
  });

  it.for(['gtls', 'ossl'])('over TLS with the driver %s and a client certificate', async (driver, { skip }) => {
    if (!ours || !rsyslogHas(driver)) return skip(`rsyslog has no TLS driver ${driver} here`);
    const { port, lines } = await listening('tls', {
      MDR_SYSLOG: '*:linux:tls:0',
      MDR_SYSLOG_TLS_CA: ours.ca,
      MDR_SYSLOG_CLIENTS: 'acme:client.acme.test',
    });
    forwarding(
      `port="${port}" protocol="tcp" TCP_Framing="octet-counted" StreamDriver="${driver}" StreamDriverMode="1"
      StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="mdr.test"`,
      `DefaultNetstreamDriverCAFile="${ours.ca}" DefaultNetstreamDriverCertFile="${client!.cert}" DefaultNetstreamDriverKeyFile="${client!.key}"`,
    );
    await expect.poll(() => count(lines)).toBe(total);
  });
});
