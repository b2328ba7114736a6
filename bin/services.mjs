import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { end, isUp } from './services/child.mjs';
import { processLives, takeLock } from './services/lock.mjs';
import { startMongo } from './services/mongo.mjs';
import { mongoAnswers, redisAnswers } from './services/probe.mjs';
import { startRedis } from './services/redis.mjs';

export { ServiceError } from './services/tools.mjs';

/** @typedef {import('./services/child.mjs').Running} Running */
/** @typedef {{ dataDir: string, cacheDir: string, say: (text: string) => void, env: NodeJS.ProcessEnv }} Place */
/** @typedef {{ mongo?: Running, redis?: Running, users: { pid: number, id: string }[] }} State what `services.json` holds */
/** @typedef {{ mongodbUri: string, redisUrl: string, kinds: { mongo: string, redis: string }, stop: () => Promise<void> }} Services */

const SERVICES = /** @type {const} */ ({
  mongo: { start: startMongo, answers: mongoAnswers, title: 'MongoDB', setting: 'MONGODB_URI' },
  redis: { start: startRedis, answers: redisAnswers, title: 'Redis', setting: 'REDIS_URL' },
});
const NAMES = /** @type {const} */ (['mongo', 'redis']);

const stateFile = (/** @type {string} */ dataDir) => join(dataDir, 'services.json');
const lockFile = (/** @type {string} */ dataDir) => join(dataDir, 'services.lock');

/** @param {string} dataDir @returns {State} */
function readState(dataDir) {
  try {
    const state = JSON.parse(readFileSync(stateFile(dataDir), 'utf8'));
    return { ...state, users: Array.isArray(state.users) ? state.users : [] };
  } catch {
    return { users: [] };
  }
}

/** @param {string} dataDir @param {State} state */
function writeState(dataDir, state) {
  const fresh = `${stateFile(dataDir)}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(fresh, stateFile(dataDir));
}

/** @param {string} dataDir @param {State} state */
async function endAll(dataDir, state) {
  await Promise.all(NAMES.flatMap((name) => state[name] ?? []).map(end));
  rmSync(stateFile(dataDir), { force: true });
}

/**
 * MongoDB and Redis for this machine: those of MONGODB_URI and REDIS_URL when set, those that run on `dataDir` already,
 * else found, fetched and started there. Several processes may share them; the last one to `stop()` ends them.
 * @param {{
 *   dataDir: string,
 *   cacheDir?: string,
 *   say?: (text: string) => void,
 *   env?: NodeJS.ProcessEnv,
 *   mongo?: boolean,
 *   redis?: boolean,
 * }} options `cacheDir` keeps what was fetched (default `<dataDir>/cache`); with `mongo` or `redis` false that one is left alone and its URL is empty
 * @returns {Promise<Services>} `kinds` says what serves: `mongod`, `mongo-java-server`, `redis-server`, `given` …
 * @throws ServiceError MDR_SERVICE_MISSING when one cannot be had, MDR_SERVICE_DOWN when it does not start; its `hint` says what to do
 */
export async function startServices(options) {
  const { say = () => {}, env = process.env } = options;
  const dataDir = resolve(options.dataDir);
  const place = { dataDir, cacheDir: resolve(options.cacheDir ?? join(dataDir, 'cache')), say, env };
  const asked = NAMES.filter((name) => options[name] !== false);
  const wanted = asked.filter((name) => !env[SERVICES[name].setting]);
  for (const name of asked)
    if (!wanted.includes(name)) say(`${SERVICES[name].title}: the one of ${SERVICES[name].setting}`);

  const url = { mongo: env.MONGODB_URI ?? '', redis: env.REDIS_URL ?? '' };
  const kinds = { mongo: url.mongo && 'given', redis: url.redis && 'given' };
  const me = { pid: process.pid, id: randomUUID() };
  if (wanted.length > 0) {
    mkdirSync(dataDir, { recursive: true });
    const release = await takeLock(lockFile(dataDir), {
      waiting: (pid) => say(`waiting for process ${pid}, which is starting services on the same folder …`),
    });
    const state = readState(dataDir);
    state.users = state.users.filter((user) => processLives(user.pid));
    try {
      for (const name of wanted) {
        const running = await ensure(name, place, state);
        url[name] = running.url;
        kinds[name] = running.kind;
      }
      state.users.push(me);
      writeState(dataDir, state);
    } catch (error) {
      if (state.users.length === 0) await endAll(dataDir, state);
      throw error;
    } finally {
      release();
    }
  }

  /** @type {Promise<unknown> | undefined} */
  let stopping;
  const stop = async () => {
    stopping ??= wanted.length > 0 ? leave(dataDir, me.id) : Promise.resolve();
    await stopping;
  };
  return { mongodbUri: url.mongo, redisUrl: url.redis, kinds, stop };
}

/**
 * Take over the service that runs, or start it.
 * @param {'mongo' | 'redis'} name @param {Place} place @param {State} state
 * @returns {Promise<Running>}
 */
async function ensure(name, place, state) {
  const service = SERVICES[name];
  const before = state[name];
  if (before && (await isUp(before, service.answers))) {
    place.say(`${service.title}: ${before.kind}, running already`);
    return before;
  }
  // It runs but does not answer: two servers on the same files would ruin them.
  if (before) await end(before);
  return service.start(place, (running) => {
    state[name] = running;
    writeState(place.dataDir, state);
  });
}

/**
 * One user less; without any, the services end.
 * @param {string} dataDir @param {string} id
 * @returns {Promise<boolean>} whether they ended
 */
async function leave(dataDir, id) {
  const release = await takeLock(lockFile(dataDir));
  try {
    const state = readState(dataDir);
    state.users = state.users.filter((user) => user.id !== id && processLives(user.pid));
    if (state.users.length > 0) writeState(dataDir, state);
    else await endAll(dataDir, state);
    return state.users.length === 0;
  } finally {
    release();
  }
}

/**
 * Services that run on `dataDir` at this moment, for a second process that only wants to join in.
 * @param {string} dataDir
 * @param {NodeJS.ProcessEnv} [env] MONGODB_URI and REDIS_URL win, as in `startServices`
 * @returns {Promise<{ mongodbUri: string, redisUrl: string } | null>} null unless both answer (or are given)
 */
export async function findServices(dataDir, env = process.env) {
  const state = readState(dataDir);
  const [mongodbUri, redisUrl] = await Promise.all(
    NAMES.map(async (name) => {
      const running = state[name];
      const up = running && (await isUp(running, SERVICES[name].answers)) ? running.url : null;
      return env[SERVICES[name].setting] || up;
    }),
  );
  return mongodbUri && redisUrl ? { mongodbUri, redisUrl } : null;
}

/**
 * End services whose users all died without stopping them.
 * @param {string} dataDir
 * @returns {Promise<boolean>} false when somebody still uses them
 */
export async function endOrphans(dataDir) {
  return leave(dataDir, '');
}
