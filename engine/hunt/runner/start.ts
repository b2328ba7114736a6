import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Log } from '../../log.js';
import type { Hunting } from './loop.js';
import type { ThreadData } from './thread.js';

/** Baselines of large tenants are read one after the other: more memory than this is a fault. */
const MAX_HEAP_MB = 2048;
const AGAIN_MS = 10_000;
const STOP_MS = 5000;

/** Run the hunting models in a thread beside the work of this process; one that has died is started again. */
export function startModels(data: ThreadData, log: Log): Hunting {
  let stopped = false;
  let thread = open();

  function open(): Worker {
    // From the sources (development, tests), the thread needs what reads TypeScript; hooks of this thread do not reach it.
    const source = new URL('./thread.ts', import.meta.url).href;
    const begin = import.meta.url.endsWith('.ts')
      ? `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(source)}, ${JSON.stringify(source)}))`
      : `import(${JSON.stringify(new URL('./thread.js', import.meta.url).href)})`;
    const worker = new Worker(begin, {
      eval: true,
      workerData: data,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    worker.on('error', (error: Error) => log.error({ error: error.message }, 'the thread of the hunting models'));
    worker.once('exit', async () => {
      if (stopped) return;
      await sleep(AGAIN_MS, undefined, { ref: false });
      if (!stopped) thread = open();
    });
    return worker;
  }

  return {
    async stop() {
      stopped = true;
      const gone = new Promise((resolve) => thread.once('exit', resolve));
      thread.postMessage('stop');
      // What it is in the middle of is left undone, and done again by whoever comes next.
      const late = sleep(STOP_MS, 'late', { ref: false });
      if ((await Promise.race([gone, late])) === 'late') await thread.terminate();
    },
  };
}
