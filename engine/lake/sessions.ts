import { type ChildProcess, spawn } from 'node:child_process';
import { type ErrorCode, MdrError } from '../errors.js';
import type { FromChild, ToChild } from './child.js';
import type { Answer, Request } from './session.js';

/** Queries that run at once in one of our processes; others wait. */
const MAX_CHILDREN = 2;
/** Longest wait for one of them. */
const WAIT_MS = 30_000;
/** A child without work ends. */
const IDLE_MS = 60_000;
/** After an interrupt, DuckDB stops at the next block of rows, if it comes to one. */
const STOP_MS = 1500;
/** Most memory of a child, everything included: the most that a query may have, and Node. */
export const CHILD_MEMORY_MB = 3072;

interface Child {
  process: ChildProcess;
  idle: NodeJS.Timeout | null;
}

/**
 * Queries run in processes of their own: what DuckDB does cannot block this one, its memory is bounded by the system, and a query
 * that does not stop is ended. Such a process knows no setting and no secret of ours.
 */
export class Sessions {
  readonly #free: Child[] = [];
  readonly #all = new Set<Child>();
  readonly #waiting: (() => void)[] = [];
  #closed = false;

  /** @throws MdrError MDR_LAKE_TIMEOUT, MDR_LAKE_MEMORY, MDR_LAKE_QUERY, MDR_LAKE_REFUSED, MDR_LAKE_BUSY */
  async run(request: Request, timeoutMs: number, signal?: AbortSignal): Promise<Answer> {
    signal?.throwIfAborted();
    const child = await this.#take();
    let reusable = false;
    try {
      const answer = await ask(child.process, request, timeoutMs, signal);
      reusable = true;
      return answer;
    } catch (error) {
      reusable =
        error instanceof MdrError &&
        child.process.connected &&
        child.process.exitCode === null &&
        !child.process.killed;
      throw error;
    } finally {
      if (reusable) this.#give(child);
      else this.#end(child);
    }
  }

  close(): void {
    this.#closed = true;
    for (const child of this.#all) this.#end(child);
  }

  async #take(): Promise<Child> {
    const until = Date.now() + WAIT_MS;
    while (true) {
      const child = this.#free.pop();
      if (child) {
        if (child.idle) clearTimeout(child.idle);
        if (child.process.connected) return child;
        this.#end(child);
        continue;
      }
      if (this.#all.size < MAX_CHILDREN) return this.#start();
      const left = until - Date.now();
      if (left <= 0) throw new MdrError('MDR_LAKE_BUSY', 'Too many queries run at once.', 'Try again in a moment.');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async #start(): Promise<Child> {
    const child: Child = { process: startChild(), idle: null };
    this.#all.add(child);
    child.process.once('exit', () => this.#end(child));
    return child;
  }

  #give(child: Child): void {
    if (this.#closed) {
      this.#end(child);
      return;
    }
    child.idle = setTimeout(() => this.#end(child), IDLE_MS);
    child.idle.unref();
    this.#free.push(child);
    this.#waiting.shift()?.();
  }

  #end(child: Child): void {
    if (!this.#all.delete(child)) return;
    if (child.idle) clearTimeout(child.idle);
    const place = this.#free.indexOf(child);
    if (place >= 0) this.#free.splice(place, 1);
    child.process.kill('SIGKILL');
    this.#waiting.shift()?.();
  }
}

function startChild(): ChildProcess {
  const source = new URL('./child.ts', import.meta.url).href;
  // The path alone: in a thread that was started from the sources, the address has more behind it.
  const start = new URL(import.meta.url).pathname.endsWith('.ts')
    ? `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(source)}, ${JSON.stringify(source)}))`
    : `import(${JSON.stringify(new URL('./child.js', import.meta.url).href)})`;
  const node = [process.execPath, '--max-old-space-size=512', '-e', start];
  // Where the system knows no such limit, DuckDB's own and the time limit remain.
  const [command, ...args] =
    process.platform === 'win32'
      ? node
      : ['/bin/sh', '-c', `ulimit -d ${CHILD_MEMORY_MB * 1024} 2>/dev/null; exec "$@"`, 'sh', ...node];
  const child = spawn(command!, args, {
    // For `tsx` to be found from there; nothing else of this process's environment goes along.
    cwd: new URL('.', import.meta.url),
    env: { PATH: process.env.PATH, NODE_PATH: process.env.NODE_PATH },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
  child.unref();
  child.channel?.unref();
  child.on('error', () => {});
  return child;
}

function ask(child: ChildProcess, request: Request, timeoutMs: number, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout;
    let kill: NodeJS.Timeout | undefined;
    let timedOut = false;
    const send = (message: ToChild) => child.send(message as never, () => {});
    const stop = () => {
      send('interrupt');
      kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    };
    const done = () => {
      clearTimeout(timer);
      clearTimeout(kill);
      signal?.removeEventListener('abort', stop);
      child.off('message', hear);
      child.off('exit', exited);
      child.off('error', exited);
      child.channel?.unref();
    };
    const stopped = () =>
      signal?.aborted
        ? new MdrError('MDR_LAKE_TIMEOUT', 'The query was cancelled.', 'Ask again when you need it.')
        : new MdrError(
            'MDR_LAKE_TIMEOUT',
            `The query took longer than ${Math.round(timeoutMs / 1000)} s.`,
            'Ask for less time (from, until) or name the dataset instead of "events".',
          );
    const hear = (message: FromChild) => {
      if (message === 'ready') return;
      done();
      if ('answer' in message) resolve(message.answer as Answer);
      else if (timedOut || signal?.aborted) reject(stopped());
      else reject(new MdrError(message.error.code as ErrorCode, message.error.message, message.error.hint));
    };
    const exited = () => {
      done();
      if (timedOut || signal?.aborted) reject(stopped());
      else
        reject(
          new MdrError(
            'MDR_LAKE_MEMORY',
            'The process that ran the query has ended, most likely because it needed too much memory.',
            'Ask for less time, fewer columns or fewer groups.',
          ),
        );
    };
    child.channel?.ref();
    child.on('message', hear);
    child.once('exit', exited);
    child.once('error', exited);
    signal?.addEventListener('abort', stop, { once: true });
    timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, timeoutMs);
    send({ run: request });
  });
}
