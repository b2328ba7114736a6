import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { Compiler, initSync, type Rules } from '@virustotal/yara-x';
import { z } from 'zod';

/** What runs in the thread that scans: it compiles the rules, scans some bytes, and ends. */
export interface ThreadData {
  /** Paths of rule files, each a namespace of its own. */
  files: string[];
  /** Longest that one scan may take, ms. */
  timeoutMs: number;
  items: { name: string; data: Uint8Array }[];
}
export interface Scanned {
  matches: { item: string; rule: string; about: string; tags: string[] }[];
  /** Files and items that could not be used, with why. */
  failed: string[];
}

const MAX_TEXT = 300;
const MOST_MATCHES = 100;
/** What the library answers, as far as it is used. */
const answer = z.object({
  matches: z.array(
    z.object({
      identifier: z.string(),
      isPrivate: z.boolean().default(false),
      tags: z.array(z.string()).default([]),
      metadata: z.array(z.object({ identifier: z.string(), value: z.unknown() })).default([]),
    }),
  ),
});

const { files, timeoutMs, items } = workerData as ThreadData;
const first = (error: unknown): string =>
  String((error as Error)?.message ?? error)
    .split('\n')[0]!
    .slice(0, MAX_TEXT);

/** One file with a fault leaves the others as they are: each is compiled alone first. */
async function compile(failed: string[]): Promise<Rules | null> {
  const whole = new Compiler();
  let count = 0;
  for (const file of files) {
    const short = file.split(/[\\/]/).at(-1)!;
    try {
      const text = await readFile(file, 'utf8');
      const alone = new Compiler();
      try {
        alone.addSource(text);
      } finally {
        alone.free();
      }
      whole.newNamespace(file);
      whole.addSource(text);
      count += 1;
    } catch (error) {
      failed.push(`${short}: ${first(error)}`);
    }
  }
  return count > 0 ? whole.build() : null;
}

const program = createRequire(import.meta.url)
  .resolve('@virustotal/yara-x')
  .replace(/\.js$/, '_bg.wasm');
initSync({ module: await readFile(program) });
const result: Scanned = { matches: [], failed: [] };
const rules = await compile(result.failed);
if (rules) {
  const scanner = rules.scanner();
  scanner.setTimeoutMs(timeoutMs);
  scanner.setMaxMatchesPerPattern(10);
  for (const { name, data } of items)
    try {
      for (const { identifier, isPrivate, tags, metadata } of answer.parse(scanner.scan(data)).matches) {
        if (isPrivate || result.matches.length >= MOST_MATCHES) continue;
        const about = metadata.find((one) => /^(?:description|desc|info)$/i.test(one.identifier))?.value;
        result.matches.push({
          ...{ item: name, rule: identifier.slice(0, MAX_TEXT), tags: tags.slice(0, 10) },
          about: typeof about === 'string' ? about.slice(0, MAX_TEXT) : '',
        });
      }
    } catch (error) {
      result.failed.push(`${name}: ${first(error)}`);
    }
}
parentPort!.postMessage(result);
