import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServices } from '../../bin/services.mjs';
import { addEvidence } from '../../engine/breach/evidence/add.js';
import { verifyEvidence } from '../../engine/breach/evidence/read.js';
import { systemClock } from '../../engine/clock.js';
import { projectRoot } from '../../engine/root.js';
import { openStore } from '../../engine/store/index.js';
import { profileSchema } from '../../engine/store/tenants.js';
import { figure, type Measurement } from '../support/figures.js';

const SIZE = 2 * 1024 ** 3;
const PIECE = 64 * 1024;

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
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 20);
    try {
      await store.tenants.create({
        _id: 'acme',
        name: 'Acme',
        profile: profileSchema.parse({}),
        channels: [],
        created: 0,
      });
      const scope = await store.forTenant('acme');
      await store.connection
        .collection('alerts')
        .updateOne({ tenant: 'acme', number: 1 }, { $set: { title: 'bench' } }, { upsert: true });
      const block = randomBytes(PIECE);
      const sum = createHash('sha256');
      async function* bytes(): AsyncGenerator<Uint8Array> {
        for (let sent = 0; sent < SIZE; sent += PIECE) {
          block.writeBigUInt64LE(BigInt(sent));
          const piece = Buffer.from(block);
          sum.update(piece);
          yield piece;
        }
      }
      const desk = { store: scope, secret: 'a key for measuring, of 32 characters', clock: systemClock };
      const by = { id: 'bench', name: 'bench' };
      const before = process.memoryUsage().rss;
      let start = performance.now();
      const { item } = await addEvidence(desk, bytes(), {
        ...{ alert: 1, name: 'disk.img', source: 'file', by, how: 'bench', why: 'bench', request: 'bench' },
      });
      const added = (performance.now() - start) / 1000;
      const rss = most;
      progress(`kept in ${added.toFixed(0)} s`);
      start = performance.now();
      const verdict = await verifyEvidence(desk, item, { by, why: 'bench', where: '', request: 'verify' });
      const verified = (performance.now() - start) / 1000;
      const isRight = item.size === SIZE && item.sha256 === sum.digest('hex') && verdict.isWhole;
      return {
        name: 'evidence',
        method: `${SIZE / 1024 ** 3} GiB in pieces of 64 KiB into the store of this machine, then every byte read back and checked.`,
        figures: [
          figure('whole, with the right hashes', isRight ? 1 : 0, '', '= 1'),
          figure('memory at most while it comes in (RSS)', rss / 1e6, 'MB', '<= 200'),
          figure('memory before', before / 1e6, 'MB'),
          figure('memory at most in all (RSS)', most / 1e6, 'MB'),
          figure('bring in', SIZE / 1e6 / added, 'MB/s'),
          figure('verify', SIZE / 1e6 / verified, 'MB/s'),
        ],
      };
    } finally {
      clearInterval(timer);
      await store.close();
      await services.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  },
};
export default evidence;
