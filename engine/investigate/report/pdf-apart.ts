import { Worker } from 'node:worker_threads';
import type { Document } from './document.js';

/** A report at its bounds takes some seconds; what takes this long is not going to end. */
const TIMEOUT_MS = 180_000;

/** `toPdf` in a thread of its own: laying out pages takes seconds, in which nobody else would be answered. */
export function pdfApart(document: Document, picture: Uint8Array | null): Promise<Uint8Array> {
  // From the sources (development, tests), the thread needs what reads TypeScript; hooks of this thread do not reach it.
  const source = new URL('./pdf-thread.ts', import.meta.url).href;
  const start = import.meta.url.endsWith('.ts')
    ? `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(source)}, ${JSON.stringify(source)}))`
    : `import(${JSON.stringify(new URL('./pdf-thread.js', import.meta.url).href)})`;
  return new Promise((resolve, reject) => {
    const worker = new Worker(start, { eval: true, workerData: { document, picture }, execArgv: [] });
    const timer = setTimeout(() => void worker.terminate(), TIMEOUT_MS);
    worker.once('message', (pdf: Uint8Array) => {
      resolve(pdf);
      void worker.terminate();
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      clearTimeout(timer);
      reject(new Error('the thread that makes a PDF has ended'));
    });
  });
}
