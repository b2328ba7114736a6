import { Worker } from 'node:worker_threads';
import { MdrError } from '../../../errors.js';
import type { ReadMail } from './read.js';
import type { MailAnswer } from './thread.js';

const WHOLE_MS = 30_000;
const MAX_HEAP_MB = 512;

const bad = (message: string) => new MdrError('MDR_UPLOAD_BAD', message, 'Look at it by hand.');

/**
 * `readMail` in a thread of its own: what reads mails uses patterns for which some HTML takes hours, in which nobody else would be answered.
 * @param withinMs longest that it may take, ms
 * @throws MdrError MDR_UPLOAD_BAD when it is no mail, or takes longer or more memory than any mail does
 */
export function readMailApart(bytes: Uint8Array, signal: AbortSignal, withinMs = WHOLE_MS): Promise<ReadMail> {
  // From the sources (development, tests), the thread needs what reads TypeScript; hooks of this thread do not reach it.
  const source = new URL('./thread.ts', import.meta.url).href;
  const begin = import.meta.url.endsWith('.ts')
    ? `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(source)}, ${JSON.stringify(source)}))`
    : `import(${JSON.stringify(new URL('./thread.js', import.meta.url).href)})`;
  const limits = { maxOldGenerationSizeMb: MAX_HEAP_MB };
  const thread = new Worker(begin, { eval: true, workerData: bytes, execArgv: [], resourceLimits: limits });
  const late = AbortSignal.timeout(withinMs);
  const stop = AbortSignal.any([signal, late]);
  return new Promise<ReadMail>((resolve, reject) => {
    thread.once('message', (answer: MailAnswer) =>
      'mail' in answer ? resolve(answer.mail) : reject(bad(answer.refused)),
    );
    thread.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? bad('it takes more memory than any mail does.') : error),
    );
    thread.once('exit', () => reject(new Error('the thread that reads a mail ended without an answer')));
    const ended = () => reject(signal.aborted ? signal.reason : bad('it takes longer to read than any mail does.'));
    if (stop.aborted) ended();
    else stop.addEventListener('abort', ended, { once: true });
  }).finally(() => thread.terminate());
}
