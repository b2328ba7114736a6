import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../engine/root.js';

export interface Part {
  child: ChildProcess;
  /** What it told when it was ready: addresses. */
  facts: Record<string, string>;
  /** Everything it wrote, for the message of a failed test. */
  output(): string;
  /** SIGTERM and wait. @returns its exit code */
  stop(): Promise<number | null>;
  /** SIGKILL and wait. */
  kill(): Promise<void>;
}

const READY_MS = 90_000;

const lakes = join(tmpdir(), `mdr-test-lakes-${process.pid}`);
process.once('exit', () => rmSync(lakes, { recursive: true, force: true }));

/** The lake of parts that name none: parts of one database share it, and it is gone when this process ends. */
export const testLakeOf = (env: Record<string, string>): string => join(lakes, env.MDR_DATABASE ?? 'mdr');

/** Start `mdr <name>` from the sources as its own process, as `mdr up` does, and wait until it is ready. */
export async function startPart(name: 'bot' | 'engine' | 'worker', env: Record<string, string>): Promise<Part> {
  const child = fork(join(projectRoot, 'bin/mdr.ts'), [name], {
    cwd: projectRoot,
    env: { ...process.env, MDR_LOG: 'warn', MDR_LAKE: testLakeOf(env), ...env },
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (text += chunk));
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with code ${code} before it was ready:\n${text}`);
  });
  ended.catch(() => {});
  const ready = once(child, 'message', { signal: AbortSignal.timeout(READY_MS) }).catch(() => {
    throw new Error(`${name} was not ready in ${READY_MS / 1000} s:\n${text}`);
  });
  const [message] = (await Promise.race([ready, ended])) as [{ facts: Record<string, string> }];
  const gone = async () => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  return {
    child,
    facts: message.facts,
    output: () => text,
    async stop() {
      child.kill('SIGTERM');
      await gone();
      return child.exitCode;
    },
    async kill() {
      child.kill('SIGKILL');
      await gone();
    },
  };
}
