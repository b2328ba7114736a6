import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig, SETTINGS } from '../../engine/config.js';
import { projectRoot } from '../../engine/root.js';

const read = (file: string) => readFileSync(join(projectRoot, file), 'utf8');
/** Read elsewhere than in the config: before it, or by the log. */
const OTHERS = ['MDR_DATA', 'MDR_LOG'];

describe('settings', () => {
  it('.env.example explains exactly those that the code reads', () => {
    const explained = [...read('.env.example').matchAll(/^# ([A-Z_]+)=/gm)].map((match) => match[1]!);
    expect(explained.sort()).toEqual([...SETTINGS, ...OTHERS].sort());
  });

  it('names the setting that is wrong, and where to look', () => {
    expect(() => readConfig({ MDR_ENGINE_PORT: 'many' })).toThrow(
      expect.objectContaining({
        code: 'MDR_CONFIG',
        message: expect.stringContaining('MDR_ENGINE_PORT'),
        hint: expect.stringContaining('.env.example'),
      }),
    );
  });

  it('an empty setting is one that is not set', () => {
    expect(readConfig({ MDR_ENGINE_PORT: '', SLACK_BOT_TOKEN: '' })).toMatchObject({ MDR_ENGINE_PORT: 8787 });
    expect(readConfig({ SLACK_BOT_TOKEN: '' }).SLACK_BOT_TOKEN).toBeUndefined();
  });

  it('come from .env too, where the environment has none', () => {
    expect(withDotEnv('MDR_LOG=warn\nMDR_RULES="/srv/rules" # ours\n', { MDR_LOG: 'error' })).toEqual({
      MDR_LOG: 'error',
      MDR_RULES: '/srv/rules',
    });
    expect(withDotEnv(null, { MDR_LOG: 'error' })).toEqual({ MDR_LOG: 'error' });
  });

  it('a log level that is none is told, and info is used', () => {
    const script = "(await import('./engine/log.ts')).log.info('hello')";
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const logged = (level: string) =>
      spawnSync(process.execPath, args, {
        cwd: projectRoot,
        env: { ...process.env, MDR_LOG: level },
        encoding: 'utf8',
      });
    expect(logged('constructor').stderr).toMatch(/MDR_LOG names no level.*\n.*hello/);
    expect(logged('').stderr).toMatch(/^[^\n]*hello[^\n]*\n$/);
  });

  it('of whoever runs the tests do not reach them', () => {
    expect(SETTINGS.filter((name) => process.env[name])).toEqual([]);
  });
});

/** What the first import of `bin/mdr.ts` makes of the environment, in a project with this `.env`. */
function withDotEnv(content: string | null, env: Record<string, string>): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'mdr-env-'));
  try {
    for (const file of ['package.json', 'engine/root.ts', 'bin/cli/env.ts']) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      copyFileSync(join(projectRoot, file), join(folder, file));
    }
    if (content !== null) writeFileSync(join(folder, '.env'), content);
    const script = `await import(${JSON.stringify(join(folder, 'bin/cli/env.ts'))});
      console.log(JSON.stringify({ MDR_LOG: process.env.MDR_LOG, MDR_RULES: process.env.MDR_RULES }))`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const clean = { PATH: process.env.PATH, ...env };
    return JSON.parse(execFileSync(process.execPath, args, { cwd: projectRoot, env: clean, encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Service {
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  healthcheck?: { test: string[] };
}

describe('deployment files', () => {
  const { services } = parse(read('compose.yaml'), { merge: true }) as { services: Record<string, Service> };
  const parts = ['bot', 'engine', 'worker'];

  it('Procfile and compose.yaml start parts that exist, with settings that exist', () => {
    expect([...read('Procfile').matchAll(/^(\w+): node dist\/bin\/mdr\.js (\w+)$/gm)].map((m) => [m[1], m[2]])).toEqual(
      parts.map((part) => [part, part]),
    );
    for (const part of parts) expect(services[part]!.command).toEqual([part]);
    for (const service of Object.values(services))
      for (const name of Object.keys(service.environment ?? {})) expect(SETTINGS).toContain(name);
  });

  it('compose.yaml opens ports to this machine only, and the ports are those of the parts', () => {
    const published = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(published.length).toBeGreaterThan(0);
    const inside = Object.values(services).flatMap(({ environment = {} }) =>
      Object.entries(environment).flatMap(([name, value]) => (name.endsWith('_PORT') ? [value] : [])),
    );
    expect(published.sort()).toEqual(inside.map((port) => `127.0.0.1:${port}:${port}`).sort());
  });

  it('the stores of compose.yaml keep what they acknowledge, and are waited for', () => {
    const { mongo, redis } = services;
    expect(redis!.command!.join(' ')).toContain('--appendonly yes');
    expect(redis!.command!.join(' ')).toContain('--maxmemory-policy noeviction');
    expect([mongo!.healthcheck, redis!.healthcheck]).not.toContain(undefined);
    for (const part of parts)
      expect(services[part]).toMatchObject({
        environment: { MONGODB_URI: expect.stringContaining('journal=true') },
        depends_on: { mongo: { condition: 'service_healthy' }, redis: { condition: 'service_healthy' } },
      });
  });

  it('the image holds everything that the code reads from the project’s folder', () => {
    const copied = [...read('Dockerfile').matchAll(/^COPY --from=build (.+) \S+$/gm)].flatMap((match) =>
      match[1]!.split(' ').map((path) => path.replace('/app/', '')),
    );
    const needed = contentRead();
    expect(needed).toEqual(expect.arrayContaining(['engine/detect/rules', 'engine/ingest/taxonomy', 'bin/demo']));
    const missing = needed.filter((path) => !copied.some((each) => path === each || path.startsWith(`${each}/`)));
    expect(missing).toEqual([]);
  });
});

/** Paths below the project's folder that the sources name, without those that every machine makes for itself. */
function contentRead(): string[] {
  const OWN = /^(\.env|\.data|node_modules\/.*)$/;
  const sources = ['bin', 'bot', 'commands', 'engine', 'intel'].flatMap((folder) =>
    readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.m?[jt]s$/.test(file) && file !== 'setup.mjs')
      .map((file) => read(join(folder, file))),
  );
  const named = sources.flatMap((text) =>
    [...text.matchAll(/join\(projectRoot, '([^']+)'/g)].map((match) => match[1]!),
  );
  return [...new Set(named)].filter((path) => !OWN.test(path));
}
