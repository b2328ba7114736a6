import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { endOrphans, startServices } from '../../bin/services.mjs';
import { projectRoot } from '../../engine/root.js';

declare module 'vitest' {
  export interface ProvidedContext {
    mongodbUri: string;
    redisUrl: string;
  }
}

const PREFIX = 'mdr-test-';

/** A test run that was killed leaves its servers running: the next one ends them. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const folder = join(tmpdir(), name);
    if (!name.startsWith(PREFIX) || !existsSync(join(folder, 'services.json'))) continue;
    if (await endOrphans(folder)) await rm(folder, { recursive: true, force: true });
  }
}

/** Starts MongoDB (or its stand-in) and Redis once for all test files, on an empty folder; what was fetched before is used again. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await sweep();
  const dataDir = await mkdtemp(join(tmpdir(), PREFIX));
  const services = await startServices({
    dataDir,
    cacheDir: join(projectRoot, '.data/cache'),
    say: (text) => process.stderr.write(`  ${text}\n`),
    // Tests never touch the services that a developer's settings point to.
    env: { ...process.env, MONGODB_URI: undefined, REDIS_URL: undefined },
  });
  project.provide('mongodbUri', services.mongodbUri);
  project.provide('redisUrl', services.redisUrl);
  return async () => {
    await services.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
