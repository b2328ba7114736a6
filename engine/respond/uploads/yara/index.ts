import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Scanned, ThreadData } from './thread.js';

/** All of it: compiling thousands of rules, and every item. */
const WHOLE_MS = 120_000;
const SCAN_MS = 30_000;
const MAX_HEAP_MB = 1024;
const MOST_FILES = 5000;
const MOST_BYTES = 5 * 1024 * 1024;
const DEPTH = 6;

/** Scans bytes by YARA rules, in a thread that ends with them. */
export interface Yara {
  /** @throws Error when it takes too long, or needs too much memory */
  scan(items: readonly { name: string; data: Uint8Array }[], signal: AbortSignal): Promise<Scanned>;
}

/** Rule files of folders, below them too; links lead nowhere. */
async function filesIn(folder: string, depth = 0): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth < DEPTH) found.push(...(await filesIn(path, depth + 1)));
    else if (entry.isFile() && /\.yar(?:a)?$/i.test(entry.name) && (await stat(path)).size <= MOST_BYTES)
      found.push(path);
    if (found.length >= MOST_FILES) break;
  }
  return found.slice(0, MOST_FILES);
}

/** @param folders MDR_YARA. @returns null when there are none */
export function openYara(folders: readonly string[]): Yara | null {
  if (folders.length === 0) return null;
  return {
    async scan(items, signal) {
      const failed: string[] = [];
      const files: string[] = [];
      // Looked up each time: rules change.
      for (const folder of folders)
        try {
          files.push(...(await filesIn(folder)));
        } catch (error) {
          failed.push((error as Error).message.slice(0, 200));
        }
      if (files.length === 0) return { matches: [], failed: [...failed, 'there are no rule files'] };
      const scanned = await inThread({ files, timeoutMs: SCAN_MS, items: [...items] }, signal);
      return { matches: scanned.matches, failed: [...failed, ...scanned.failed] };
    },
  };
}

function inThread(workerData: ThreadData, signal: AbortSignal): Promise<Scanned> {
  // From the sources (development, tests), the thread needs what reads TypeScript; hooks of this thread do not reach it.
  const source = new URL('./thread.ts', import.meta.url).href;
  const begin = import.meta.url.endsWith('.ts')
    ? `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(source)}, ${JSON.stringify(source)}))`
    : `import(${JSON.stringify(new URL('./thread.js', import.meta.url).href)})`;
  const limits = { maxOldGenerationSizeMb: MAX_HEAP_MB };
  const thread = new Worker(begin, { eval: true, workerData, execArgv: [], resourceLimits: limits });
  const stop = AbortSignal.any([signal, AbortSignal.timeout(WHOLE_MS)]);
  return new Promise<Scanned>((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', () => reject(new Error('the thread that scans ended without an answer')));
    const late = () => reject(new Error('the scan took too long'));
    if (stop.aborted) late();
    else stop.addEventListener('abort', late, { once: true });
  }).finally(() => thread.terminate());
}
