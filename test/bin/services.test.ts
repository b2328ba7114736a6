import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createConnection } from 'mongoose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processLives } from '../../bin/services/lock.mjs';
import { endOrphans, findServices, startServices } from '../../bin/services.mjs';
import { projectRoot } from '../../engine/root.js';

const cacheDir = join(projectRoot, '.data/cache');
/** The machine's environment without settings that would make embedded services unneeded. */
const env = { ...process.env, MONGODB_URI: undefined, REDIS_URL: undefined };

let dataDir = '';
let said: string[] = [];
const say = (text: string) => said.push(text);
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'mdr-services-'));
  said = [];
});
const started: Awaited<ReturnType<typeof startServices>>[] = [];
/** Also stopped when the test fails half-way. */
async function start(options: Partial<Parameters<typeof startServices>[0]> = {}) {
  const services = await startServices({ dataDir, say, env, ...options });
  started.push(services);
  return services;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((services) => services.stop()));
  expect(await endOrphans(dataDir), 'somebody did not stop').toBe(true);
  await rm(dataDir, { recursive: true, force: true });
});

interface State {
  mongo?: { pid: number; port: number };
  redis?: { pid: number; port: number };
}
const state = (): State => JSON.parse(readFileSync(join(dataDir, 'services.json'), 'utf8'));

/** A process of its own that starts Redis on `dataDir`, prints its URL, and then does `then`. */
function another(then: string) {
  const script = `
    import { startServices } from ${JSON.stringify(new URL('../../bin/services.mjs', import.meta.url).href)};
    const services = await startServices({ dataDir: ${JSON.stringify(dataDir)}, mongo: false });
    console.log(services.redisUrl);
    ${then}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env: env as NodeJS.ProcessEnv });
  let out = '';
  child.stdout.on('data', (part) => {
    out += part;
  });
  return { child, url: once(child, 'close').then(() => out.trim()) };
}

describe('embedded services', () => {
  it('kill -9 of both loses nothing that was acknowledged', { timeout: 120_000 }, async () => {
    const first = await start({ cacheDir });
    const mongo = createConnection(first.mongodbUri, { dbName: 'kill', serverSelectionTimeoutMS: 500 });
    await mongo.asPromise();
    const redis = new Redis(first.redisUrl, { retryStrategy: null });
    redis.on('error', () => {});
    // What makes the difference on a busy disk, which a test cannot count on having.
    expect(await redis.config('GET', 'appendfsync')).toEqual(['appendfsync', 'always']);
    const rows = mongo.collection<{ _id: string }>('rows');
    await rows.createIndex({ key: 1 }, { unique: true });
    const acknowledged = { mongo: [] as string[], redis: [] as string[] };
    let killed = false;
    const write = async (into: string[], writer: number, insert: (key: string) => Promise<unknown>) => {
      for (let i = 0; !killed; i++) {
        const key = `${writer}-${i}`;
        try {
          await insert(key);
          into.push(key);
        } catch {
          return;
        }
      }
    };
    const writers = [1, 2, 3, 4].flatMap((writer) => [
      write(acknowledged.mongo, writer, (key) => rows.insertOne({ _id: key, key } as never)),
      write(acknowledged.redis, writer, (key) => redis.set(key, '1')),
    ]);
    await sleep(700);
    const running = state();
    process.kill(running.mongo!.pid, 'SIGKILL');
    process.kill(running.redis!.pid, 'SIGKILL');
    await sleep(50);
    killed = true;
    await Promise.all(writers);
    redis.disconnect();
    await mongo.close(true);
    expect(await findServices(dataDir, env)).toBeNull();

    const second = await start({ cacheDir });
    expect(second.kinds).toEqual(first.kinds);
    const again = await createConnection(second.mongodbUri, { dbName: 'kill' }).asPromise();
    const stored = again.collection<{ _id: string }>('rows');
    const kept = new Set((await stored.find().toArray()).map((row) => row._id));
    expect(acknowledged.mongo.length).toBeGreaterThan(50);
    expect(acknowledged.mongo.filter((key) => !kept.has(key))).toEqual([]);
    // The unique index survived with its entries.
    const twice = stored.insertOne({ _id: 'other', key: acknowledged.mongo[0] } as never);
    await expect(twice).rejects.toMatchObject({ code: 11000 });
    await again.close();
    const back = new Redis(second.redisUrl);
    const keys = new Set(await back.keys('*'));
    expect(acknowledged.redis.length).toBeGreaterThan(50);
    expect(acknowledged.redis.filter((key) => !keys.has(key))).toEqual([]);
    back.disconnect();
    await second.stop();
    await first.stop();
  });

  it('answers of MongoDB or its stand-in are whole and never somebody else’s, while others write', async () => {
    const services = await start({ cacheDir, redis: false });
    const connection = await createConnection(services.mongodbUri, { dbName: 'race' }).asPromise();
    const counters = connection.collection<{ _id: string; a: number; b: number }>('counters');
    await counters.insertOne({ _id: 'n', a: 0, b: 0 });
    const raise = () => counters.findOneAndUpdate({ _id: 'n' }, { $inc: { a: 1, b: 1 } }, { returnDocument: 'after' });
    const reads = Array.from({ length: 200 }, () => counters.findOne({ _id: 'n' }));
    const numbers = (await Promise.all(Array.from({ length: 200 }, raise))).map((counter) => counter?.a);
    expect(new Set(numbers).size).toBe(200);
    for (const read of await Promise.all(reads)) expect(read?.a).toBe(read?.b);
    await connection.close();
    await services.stop();
  });

  it('two starts on one folder share the services, and the last to stop ends them', async () => {
    const [first, second] = await Promise.all([1, 2].map(() => start({ mongo: false })));
    expect(second!.redisUrl).toBe(first!.redisUrl);
    await first!.stop();
    await first!.stop();
    expect(await findServices(dataDir, { MONGODB_URI: 'mongodb://given' })).toEqual({
      mongodbUri: 'mongodb://given',
      redisUrl: second!.redisUrl,
    });
    const { pid } = state().redis!;
    await second!.stop();
    expect(await findServices(dataDir, { MONGODB_URI: 'mongodb://given' })).toBeNull();
    await expect.poll(() => processLives(pid)).toBe(false);
  });

  it('processes that start at the same moment start one Redis', async () => {
    const others = [1, 2, 3].map(() => another('setTimeout(() => services.stop(), 1500);'));
    const urls = await Promise.all(others.map((other) => other.url));
    expect(urls[0]).toMatch(/^redis:/);
    expect(new Set(urls).size).toBe(1);
  });

  it('takes over what a killed owner left running', async () => {
    const url = await another("process.kill(process.pid, 'SIGKILL');").url;
    const services = await start({ mongo: false });
    expect(services.redisUrl).toBe(url);
    expect(said).toContainEqual(expect.stringMatching(/^Redis: .*, running already$/));
    await services.stop();
  });

  it('a record of a process number that another program has by now is not trusted, nor is that program stopped', async () => {
    const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const record = { kind: 'redis-server', url: 'redis://127.0.0.1:1', pid: bystander.pid, port: 1 };
    writeFileSync(join(dataDir, 'services.json'), JSON.stringify({ redis: record, users: [] }));
    const services = await start({ mongo: false });
    expect(services.redisUrl).not.toBe(record.url);
    await services.stop();
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    bystander.kill();
  });

  it('uses what the settings name and starts nothing', async () => {
    const given = { ...env, MONGODB_URI: 'mongodb://db.example', REDIS_URL: 'redis://cache.example' };
    const services = await start({ env: given });
    expect(services).toMatchObject({ mongodbUri: given.MONGODB_URI, redisUrl: given.REDIS_URL });
    expect(services.kinds).toEqual({ mongo: 'given', redis: 'given' });
    await services.stop();
    expect(existsSync(join(dataDir, 'services.json'))).toBe(false);
  });
});

describe('a machine without the parts', () => {
  /** Nothing on the PATH, and a download that was tried before: nothing can be had. */
  const bare = { PATH: '/nowhere' };
  const remember = () => {
    mkdirSync(join(dataDir, 'cache'), { recursive: true });
    writeFileSync(join(dataDir, 'cache/mongod-failed'), 'mongod could not be downloaded (no network)');
  };

  it('says in one sentence what was tried, and how to get it', async () => {
    remember();
    await expect(start({ env: bare })).rejects.toMatchObject({
      code: 'MDR_SERVICE_MISSING',
      message: expect.stringMatching(
        /mongod is not on the PATH, mongod could not be downloaded \(no network\), .*java/,
      ),
      hint: expect.stringContaining('MONGODB_URI'),
    });
    await expect(start({ env: bare, mongo: false })).rejects.toMatchObject({
      code: 'MDR_SERVICE_MISSING',
      hint: expect.stringContaining('apt-get install redis-server'),
    });
  });

  it('never starts another kind of MongoDB beside data that one kind wrote', async () => {
    remember();
    mkdirSync(join(dataDir, 'mongod'));
    writeFileSync(join(dataDir, 'mongod/WiredTiger'), '');
    await expect(start({ cacheDir, env: bare, redis: false })).rejects.toMatchObject({
      code: 'MDR_SERVICE_MISSING',
      message: expect.stringContaining(join(dataDir, 'mongod')),
    });
    expect(existsSync(join(dataDir, 'mongo-java'))).toBe(false);
  });

  it('a service that ends at once is reported with the end of its log', async () => {
    mkdirSync(join(dataDir, 'redis/appendonlydir'), { recursive: true });
    writeFileSync(join(dataDir, 'redis/appendonlydir/appendonly.aof.manifest'), 'no manifest\n');
    writeFileSync(join(dataDir, 'redis/appendonly.aof'), 'no log\n');
    await expect(start({ mongo: false })).rejects.toMatchObject({
      code: 'MDR_SERVICE_DOWN',
      hint: expect.stringContaining('redis.log'),
    });
    expect(await findServices(dataDir, { MONGODB_URI: 'mongodb://given' })).toBeNull();
  });
});
