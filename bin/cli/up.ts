import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Command } from 'commander';
import { MdrError } from '../../engine/errors.js';
import { dataDir } from '../../engine/root.js';
import type { Ready } from './processes.js';
import { openServices, say } from './runtime.js';

const PARTS = ['engine', 'worker', 'bot'] as const;
const READY_MS = 60_000;

export interface Up {
  facts: Record<string, string>;
  /** Resolves when a person or the system asks to stop, or a part ends by itself; then everything has stopped. */
  ended: Promise<number>;
  stop(): void;
}

/** Services first, then the three parts, each its own process; stopped in the opposite order. */
export async function startAll(env: NodeJS.ProcessEnv = process.env): Promise<Up> {
  const services = await openServices();
  const settings = { ...env, MONGODB_URI: services.mongodbUri, REDIS_URL: services.redisUrl };
  process.env.MONGODB_URI = services.mongodbUri;
  process.env.REDIS_URL = services.redisUrl;
  const children = new Map<string, ChildProcess>();
  const facts: Record<string, string> = {};

  const stopAll = async (): Promise<void> => {
    await Promise.all(
      [...children.values()].map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        await gone;
      }),
    );
    await services.stop();
  };

  const failed = new Promise<never>((_, reject) => {
    for (const part of PARTS) {
      // Each part has its own process group: Ctrl-C reaches this process alone, which then stops the parts in order.
      const child = fork(process.argv[1]!, [part], {
        env: settings,
        detached: true,
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      children.set(part, child);
      child.once('exit', (code) => {
        const hint = 'Its own message stands above; `mdr doctor` checks the rest.';
        reject(new MdrError('MDR_SERVICE_DOWN', `the ${part} ended by itself with code ${code}.`, hint));
      });
    }
  });
  failed.catch(() => {});

  let asked: (code: number) => void;
  const asking = new Promise<number>((resolve) => {
    asked = resolve;
  });
  process.on('SIGINT', () => asked(0));
  process.on('SIGTERM', () => asked(0));

  const ready = Promise.all(
    PARTS.map(async (part) => {
      const [message] = (await once(children.get(part)!, 'message', { signal: AbortSignal.timeout(READY_MS) })) as [
        Ready,
      ];
      Object.assign(facts, message.facts);
      say(`  ${part} is ready`);
    }),
  );
  ready.catch(() => {});
  try {
    await Promise.race([ready, failed, asking]);
  } catch (error) {
    await stopAll();
    throw error;
  }
  const ended = Promise.race([asking, failed.catch((error: Error) => error)]).then(async (why) => {
    const code = why instanceof Error ? 1 : why;
    say(why instanceof Error ? `${why.message} Stopping the others …` : 'Stopping …');
    await stopAll();
    say(`Stopped. Everything is kept under ${dataDir()} for the next start.`);
    return code;
  });
  return { facts, ended, stop: () => asked(0) };
}

export default function up(program: Command): void {
  program
    .command('up')
    .description('run bot, engine and worker in this terminal, with embedded MongoDB and Redis unless they are set')
    .action(async () => {
      const running = await startAll();
      // Asked to stop before everything was ready, there is nothing to show.
      if (running.facts.engine && running.facts.console) {
        say(`Events:  ${running.facts.engine}/v1/events/<source>`);
        say(`Console: ${running.facts.console}`);
        say('Ctrl-C stops everything.');
      }
      process.exitCode = await running.ended;
    });
}
