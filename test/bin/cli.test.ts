import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../engine/root.js';
import { testEnv } from '../support/services.js';

let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mdr-cli-'));
  env = { ...process.env, ...(await testEnv()).env, MDR_LOG: 'error' };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}
function mdr(args: string[], extra: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const file = join(projectRoot, 'bin/mdr.ts');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', file, ...args],
      { cwd: projectRoot, env: { ...env, ...extra } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

const RULE = `title: A word
id: 5a0c6f0e-0000-4000-8000-000000000001
logsource: {}
detection:
  s:
    message|contains: needle
  condition: s
level: low
`;

describe('mdr scan', () => {
  it('writes one object a detection on stdout, a summary on stderr, and goes on past what is broken', async () => {
    const log = join(folder, 'log.jsonl');
    await writeFile(
      log,
      '{"@timestamp":"2026-01-01T00:00:00Z","message":"hay"}\n{"broken\n{"@timestamp":"2026-01-02T03:04:05Z","message":"a needle"}\n',
    );
    await writeFile(join(folder, 'good.yml'), RULE);
    await writeFile(join(folder, 'bad.yml'), 'title: x\nlogsource:\n  product: [open\n');
    const { code, stdout, stderr } = await mdr(['scan', log, '--rules', folder, '--problems']);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        rule: { id: '5a0c6f0e-0000-4000-8000-000000000001', title: 'A word', level: 'low' },
        file: log,
        line: 3,
        time: '2026-01-02T03:04:05.000Z',
      },
    ]);
    expect(stderr).toMatch(/bad\.yml:\d+ MDR_RULE_SYNTAX/);
    expect(stderr).toContain('1 × MDR_LINE_JSON');
    expect(code).toBe(0);
  });

  it('a file that cannot be read makes it fail, after the others', async () => {
    const { code, stderr } = await mdr(['scan', join(folder, 'missing.jsonl')]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('MDR_FILE_UNREADABLE')]);
  });
});

describe('exit codes', () => {
  it.each([
    [['--help'], 0, 'stdout', 'Exit codes'],
    [['scan', '--help'], 0, 'stdout', 'NDJSON'],
    [['frobnicate'], 2, 'stderr', 'unknown command'],
    [['scan'], 2, 'stderr', 'missing required argument'],
    [['tenant', 'show', 'nobody'], 1, 'stderr', 'MDR_TENANT_UNKNOWN'],
    [['tenant', 'add', 'Not An Id'], 1, 'stderr', 'MDR_CONFIG'],
    [['replay', 'x.jsonl'], 1, 'stderr', 'MDR_TENANT_NEEDED'],
    [['chat', '--as', 'nobody', 'help'], 1, 'stdout', 'MDR_PERSON_UNKNOWN'],
  ] as const)('mdr %j', async (args, code, stream, words) => {
    const ran = await mdr([...args]);
    expect(ran[stream]).toContain(words);
    expect(ran.code).toBe(code);
  });

  it('a part that cannot start says why and ends at once', async () => {
    const busy = createServer();
    const port = await new Promise<number>((resolve) => {
      busy.listen(0, '127.0.0.1', () => resolve((busy.address() as { port: number }).port));
    });
    const [engine, bot] = await Promise.all([
      mdr(['engine'], { MDR_ENGINE_PORT: String(port) }),
      mdr(['bot'], { MDR_CONSOLE_PORT: String(port) }),
    ]);
    busy.close();
    expect([engine.code, engine.stderr]).toEqual([1, expect.stringContaining('MDR_CONFIG')]);
    expect([bot.code, bot.stderr]).toEqual([1, expect.stringContaining('MDR_CONFIG')]);
  });
});

describe('tenants and people', () => {
  it('are added, shown and bound by exact ids', { timeout: 120_000 }, async () => {
    const added = await mdr(['tenant', 'add', 'acme', '--channel', 'slack:C1']);
    expect(added.stdout).toMatch(/token +mdr_/);
    expect((await mdr(['tenant', 'add', 'acme'])).stderr).toContain('MDR_TENANT_EXISTS');
    expect(JSON.parse((await mdr(['tenant', 'show', 'acme'])).stdout)).toMatchObject({
      _id: 'acme',
      channels: [{ channel: 'C1' }],
      alerts: 0,
    });
    await mdr(['tenant', 'add', 'other']);
    expect((await mdr(['tenant', 'bind', 'other', 'slack:C1'])).stderr).toContain('MDR_FORBIDDEN');
    expect((await mdr(['people', 'add', 'ada', '--tenant', 'acme'])).stderr).toContain('no chat identity');
    expect((await mdr(['people', 'add', 'ada', '--identity', 'terminal:ada', '--tenant', 'acme'])).stdout).toContain(
      'analyst of acme',
    );
    expect((await mdr(['chat', '--as', 'ada', 'tenant'])).stdout).toContain('acme');
    expect((await mdr(['chat', '--as', 'ada', '--tenant', 'other', 'alerts'])).stdout).toContain('MDR_FORBIDDEN');
  });
});
