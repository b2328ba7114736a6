import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServices } from '../../bin/services.mjs';
import { projectRoot } from '../../engine/root.js';
import { openStore } from '../../engine/store/index.js';
import { profileSchema } from '../../engine/store/tenants.js';
import { figure, type Measurement } from '../support/figures.js';

const SIZE = 2 * 1024 ** 3;
const child = fileURLToPath(new URL('./evidence.child.ts', import.meta.url));

const evidence: Measurement = {
  name: 'evidence',
  summary: 'bring in and verify 2 GiB of evidence: memory and speed',
  async run(_, progress) {
    const dataDir = await mkdtemp(join(tmpdir(), 'mdr-bench-'));
    const services = await startServices({
      ...{ dataDir, cacheDir: join(projectRoot, '.data/cache'), say: progress },
      env: { ...process.env, MONGODB_URI: undefined, REDIS_URL: undefined },
    });
    const store = await openStore(services.mongodbUri, 'bench');
    const run = async (...words: string[]): Promise<{ isRight: boolean; seconds: number; most: number }> => {
      const args = ['--import', 'tsx', child, words[0]!, services.mongodbUri, 'bench', ...words.slice(1)];
      return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout);
    };
    try {
      const profile = profileSchema.parse({});
      await store.tenants.create({ _id: 'acme', name: 'Acme', profile, channels: [], created: 0 });
      await store.connection.collection('alerts').insertOne({ tenant: 'acme', number: 1, log: [] });
      const added = await run('add', String(SIZE));
      progress(`kept in ${added.seconds.toFixed(0)} s`);
      const verified = await run('verify');
      return {
        name: 'evidence',
        method: `${SIZE / 1024 ** 3} GiB in pieces of 64 KiB into the store of this machine by one process, every byte read back and checked by another.`,
        figures: [
          figure('whole, with the right hashes', added.isRight && verified.isRight ? 1 : 0, '', '= 1'),
          figure('memory at most of who brings it in', added.most, 'MB', '<= 200'),
          figure('memory at most of who verifies it', verified.most, 'MB', '<= 200'),
          figure('bring in', SIZE / 1e6 / added.seconds, 'MB/s'),
          figure('verify', SIZE / 1e6 / verified.seconds, 'MB/s'),
        ],
      };
    } finally {
      await store.close();
      await services.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  },
};
export default evidence;
