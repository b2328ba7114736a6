import { constants, setPriority } from 'node:os';
import type { Command } from 'commander';
import { type Config, readConfig } from '../../engine/config.js';
import { MdrError } from '../../engine/errors.js';
import { log } from '../../engine/log.js';
import { type Running, runEngine, runWorker } from '../../engine/run.js';
import { EXIT } from './types.js';

/** What a part started by `mdr up` tells its parent once it works. */
export interface Ready {
  ready: true;
  facts: Record<string, string>;
}

/** `bot`, `engine` and `worker`: what Procfile runs. Each scales alone and stops cleanly on SIGTERM. */
export default function processes(program: Command): void {
  const add = (name: string, description: string, run: (config: Config) => Promise<Running>) =>
    program
      .command(name)
      .description(description)
      .action(() => serve(name, run));
  add('bot', 'the surfaces: console, Slack; needs MONGODB_URI and REDIS_URL', async (config) =>
    (await import('../../bot/run.js')).runBot(config),
  );
  add('engine', 'the doors that take events; needs MONGODB_URI and REDIS_URL', runEngine);
  add('worker', 'rules and triage; needs MONGODB_URI and REDIS_URL', (config) => {
    // Batches can wait; a person who clicked, or a sender at the door, cannot: where they share a machine, they come first.
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
    return runWorker(config);
  });
}

async function serve(name: string, run: (config: Config) => Promise<Running>): Promise<void> {
  const running = await run(readConfig()).catch((error) => {
    console.error(error instanceof MdrError ? error.toLine() : error);
    // What was opened before the failure would keep the process alive.
    process.exit(EXIT.failed);
  });
  log.info(running.facts, `${name} is ready`);
  const ready: Ready = { ready: true, facts: running.facts };
  process.send?.(ready);

  let stopping = false;
  const stop = async (why: string) => {
    if (stopping) return;
    stopping = true;
    log.info(`${name} stops (${why})`);
    // A part that cannot finish in time is killed: its jobs come back to another worker.
    setTimeout(() => process.exit(1), 25_000).unref();
    await running.stop();
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop('SIGTERM'));
  process.once('SIGINT', () => void stop('SIGINT'));
  // Started by `mdr up`: without the parent there is nobody to stop us later.
  if (process.send) process.once('disconnect', () => void stop('parent gone'));
}
