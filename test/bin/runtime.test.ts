import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { endOrphans, findServices, startServices } from '../../bin/services.mjs';
import { projectRoot } from '../../engine/root.js';

let dataDir = '';
let running: Awaited<ReturnType<typeof startServices>> | undefined;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'mdr-runtime-'));
});
afterEach(async () => {
  await running?.stop();
  await endOrphans(dataDir);
  await rm(dataDir, { recursive: true, force: true });
});

/** `mdr tenant list` with the MongoDB of the tests and a Redis of its own, on `dataDir`. */
function list(more: Record<string, string> = {}) {
  const settings = { MONGODB_URI: inject('mongodbUri'), MDR_DATABASE: 'test-runtime', MDR_DATA: dataDir, ...more };
  const args = ['--import', 'tsx', join(projectRoot, 'bin/mdr.ts'), 'tenant', 'list'];
  const env = { ...process.env, ...settings };
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: projectRoot, env, encoding: 'utf8' });
  return { status, stderr };
}

describe('a command without REDIS_URL', () => {
  it('starts a Redis, and ends it when it is done', () => {
    expect(list()).toEqual({ status: 0, stderr: expect.stringMatching(/^Redis: .+ \(.+\)$/m) });
    expect(existsSync(join(dataDir, 'redis'))).toBe(true);
    expect(existsSync(join(dataDir, 'services.json'))).toBe(false);
  });

  it('ends it too when a setting is wrong', () => {
    expect(list({ MDR_ENGINE_PORT: 'many' })).toEqual({ status: 1, stderr: expect.stringContaining('MDR_CONFIG') });
    expect(existsSync(join(dataDir, 'services.json'))).toBe(false);
  });

  it('joins the one that runs, an empty setting being none', async () => {
    running = await startServices({ dataDir, mongo: false, env: { ...process.env, REDIS_URL: '' } });
    const given = { MONGODB_URI: 'mongodb://given', REDIS_URL: '' };
    expect(await findServices(dataDir, given)).toEqual({ mongodbUri: given.MONGODB_URI, redisUrl: running.redisUrl });
    expect(list()).toEqual({ status: 0, stderr: expect.not.stringContaining('Redis:') });
  });
});
