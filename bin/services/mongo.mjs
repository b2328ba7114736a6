import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { launch } from './child.mjs';
import { mongoAnswers } from './probe.mjs';
import { aptInstall, onPath, projectRoot, run, ServiceError } from './tools.mjs';

/** @typedef {import('../services.mjs').Place} Place */
/** @typedef {{ kind: string, program: string, jars?: string }} Server `jars`: the class path of the stand-in; absent: a real mongod */

const DOWNLOAD_STALL_MS = 8_000;
const RETRY_DOWNLOAD_MS = 24 * 3600 * 1000;
const JAVA_PACKAGES = ['default-jdk-headless', 'maven'];

/** Bytes of all files below a folder. @param {string} folder @returns {number} */
function sizeOf(folder) {
  if (!existsSync(folder)) return 0;
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.reduce((sum, entry) => {
    const size = entry.isFile() ? statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size : 0;
    return sum + (size ?? 0);
  }, 0);
}

/**
 * mongod, fetched by mongodb-memory-server-core. Gives up after 8 s without progress, and remembers that for a day.
 * @param {Place} place
 * @returns {Promise<{ program: string } | { reason: string }>}
 */
async function download({ cacheDir, say, env }) {
  const folder = join(cacheDir, 'mongod');
  const find = () => {
    const name = existsSync(folder) && readdirSync(folder).find((file) => file.startsWith('mongod-'));
    return name ? join(folder, name) : null;
  };
  const cached = find();
  if (cached) return { program: cached };
  const failed = join(cacheDir, 'mongod-failed');
  const since = statSync(failed, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (Date.now() - since < RETRY_DOWNLOAD_MS) return { reason: readFileSync(failed, 'utf8').trim() };
  if (!existsSync(join(projectRoot, 'node_modules/mongodb-memory-server-core')))
    return { reason: 'mongodb-memory-server-core is not installed' };

  say('MongoDB: downloading mongod …');
  const fresh = `${folder}.${process.pid}`;
  const stalled = new AbortController();
  let size = 0;
  let progress = Date.now();
  const watch = setInterval(() => {
    const now = sizeOf(fresh);
    if (now > size) progress = Date.now();
    size = now;
    if (Date.now() - progress > DOWNLOAD_STALL_MS) stalled.abort();
  }, 250);
  // In a process of its own, because the library cannot be told to stop.
  const script =
    "import('mongodb-memory-server-core').then(({ MongoBinary }) => MongoBinary.getPath())" +
    '.then(() => process.exit(0), (error) => { console.error(error.message.replaceAll("\\n", " ")); process.exit(1); })';
  const fetched = await run(process.execPath, ['-e', script], {
    timeoutMs: 600_000,
    cwd: projectRoot,
    signal: stalled.signal,
    env: { ...env, MONGOMS_DOWNLOAD_DIR: fresh, MONGOMS_PREFER_GLOBAL_PATH: 'false', MONGOMS_MAX_RETRIES: '0' },
  });
  clearInterval(watch);
  if (fetched.ok) {
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
    const program = find();
    if (program) return { program };
  }
  rmSync(fresh, { recursive: true, force: true });
  const why = stalled.signal.aborted ? `nothing arrived for ${DOWNLOAD_STALL_MS / 1000} s` : fetched.reason;
  const reason = `mongod could not be downloaded (${why})`;
  mkdirSync(cacheDir, { recursive: true });
  writeFileSync(failed, reason);
  return { reason };
}

/**
 * The stand-in written in Java: its jars come from Maven, its one class is compiled, both once.
 * @param {Place} place
 * @returns {Promise<Server | { reason: string }>}
 */
async function standIn(place) {
  const { cacheDir, say, env } = place;
  const pom = join(projectRoot, 'bin/mongo/pom.xml');
  const source = join(projectRoot, 'bin/mongo/Embedded.java');
  const key = createHash('sha256').update(readFileSync(pom)).update(readFileSync(source)).digest('hex').slice(0, 12);
  const folder = join(cacheDir, `mongo-java-${key}`);
  const jars = [join(folder, 'classes'), join(folder, 'lib', '*')].join(delimiter);
  /** @param {string} java */
  const server = (java) => ({ kind: 'mongo-java-server', program: java, jars });
  const ready = onPath('java', env);
  if (ready && existsSync(folder)) return server(ready);

  if (!['java', 'javac', 'mvn'].every((program) => onPath(program, env))) {
    const refused = await aptInstall(JAVA_PACKAGES, say, env);
    if (refused) return { reason: `the stand-in in Java needs java, javac and mvn, and ${refused}` };
  }
  const [java, javac, mvn] = ['java', 'javac', 'mvn'].map((program) => onPath(program, env));
  if (!java || !javac || !mvn) return { reason: 'java, javac and mvn are still not on the PATH' };
  const fresh = `${folder}.${process.pid}`;
  const lib = join(fresh, 'lib');
  say('MongoDB: fetching mongo-java-server with Maven …');
  const goal = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies'];
  const args = [...goal, `-DoutputDirectory=${lib}`, '-DincludeScope=runtime'];
  let step = await run(mvn, args, { timeoutMs: 180_000, env });
  if (step.ok)
    step = await run(javac, ['-d', join(fresh, 'classes'), '-cp', join(lib, '*'), source], { timeoutMs: 60_000, env });
  if (step.ok && !existsSync(folder)) renameSync(fresh, folder);
  rmSync(fresh, { recursive: true, force: true });
  return step.ok ? server(java) : { reason: `the stand-in in Java could not be prepared: ${step.reason}` };
}

/** @param {Place} place @returns {Promise<Server | { reason: string }>} */
async function realMongod(place) {
  const program = onPath('mongod', place.env);
  if (program) return { kind: 'mongod', program };
  const fetched = await download(place);
  return 'program' in fetched ? { kind: 'downloaded mongod', ...fetched } : fetched;
}

/** @param {string} folder */
const hasData = (folder) => existsSync(folder) && readdirSync(folder).length > 0;

/**
 * Start MongoDB, or its stand-in, on `<dataDir>/mongod` or `<dataDir>/mongo-java`. The kind that wrote the data there is
 * the kind that is started: never another one, empty.
 * @param {Place} place
 * @param {(running: import('./child.mjs').Running) => void} record
 * @throws ServiceError when none can be had
 */
export async function startMongo(place, record) {
  const real = join(place.dataDir, 'mongod');
  const java = join(place.dataDir, 'mongo-java');
  const ways = hasData(java) ? [standIn] : hasData(real) ? [realMongod] : [realMongod, standIn];
  const reasons = [];
  for (const way of ways) {
    const server = await way(place);
    if ('reason' in server) {
      reasons.push(server.reason);
      continue;
    }
    place.say(`MongoDB: ${server.kind} (${server.program})`);
    const folder = server.jars ? java : real;
    mkdirSync(folder, { recursive: true });
    return launch({
      ...(server.jars ? javaServer(server.jars, folder) : mongodServer(folder)),
      kind: server.kind,
      program: server.program,
      logFile: join(place.dataDir, 'logs/mongo.log'),
      answers: mongoAnswers,
      record,
    });
  }
  const bound = ways.length === 1 ? ` (the data in ${hasData(java) ? java : real} binds us to this kind)` : '';
  throw new ServiceError(
    'MDR_SERVICE_MISSING',
    `There is no MongoDB${bound}: ${ways.includes(realMongod) ? 'mongod is not on the PATH, ' : ''}${reasons.join(', ')}.`,
    `Install MongoDB, or Java for the stand-in (\`sudo apt-get install ${JAVA_PACKAGES.join(' ')}\`), or set MONGODB_URI.`,
  );
}

/** @param {string} folder */
const mongodServer = (folder) => ({
  args: (/** @type {number} */ port) => [
    ...['--dbpath', folder, '--port', String(port), '--bind_ip', '127.0.0.1'],
    ...['--wiredTigerCacheSizeGB', '0.5'],
  ],
  // A single mongod acknowledges before its journal is written, unless asked.
  url: (/** @type {number} */ port) => `mongodb://127.0.0.1:${port}/?journal=true`,
  ready: /waiting for connections/i,
});

/** @param {string} jars @param {string} folder */
const javaServer = (jars, folder) => ({
  args: (/** @type {number} */ port) => [
    ...['-Xms32m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'],
    ...['-cp', jars, 'Embedded', String(port), join(folder, 'data.mv')],
  ],
  url: (/** @type {number} */ port) => `mongodb://127.0.0.1:${port}`,
  ready: /embedded mongo listens/,
});
