import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { constants, type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type RuleText, readRuleText, SCHEMAS } from './document.js';

const NAME = 'rules.cache';
const MAX_BYTES = 64 << 20;
/** Most of one text: a rule takes 2 KiB. */
const MAX_ENTRY = 1 << 20;
const MAX_VALUES = 50_000;
const STALE_MS = 3_600_000;
const NEWLINE = 10;

/** Texts that were read before. */
export interface RuleCache {
  /** As `readRuleText`. */
  read(content: string): RuleText;
  /** Keep what was read since it was opened. Never throws: what cannot be kept is read again next time. */
  save(): Promise<void>;
}

const place = { line: z.int(), lines: z.record(z.string(), z.int()) };
const entrySchema = z.object({
  documents: z
    .array(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('detection'), data: SCHEMAS.detection, ...place }),
        z.object({ kind: z.literal('correlation'), data: SCHEMAS.correlation, ...place }),
        z.object({ kind: z.literal('filter'), data: SCHEMAS.filter, ...place }),
      ]),
    )
    .min(1),
});

const hash = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** Changes with everything that decides what a text is read as. */
const VERSION = (() => {
  const here = fileURLToPath(import.meta.url);
  const own = ['cache', 'document', 'schemas', 'yaml'].map((name) =>
    readFileSync(join(here, '..', `${name}${extname(here)}`), 'utf8'),
  );
  const need = createRequire(import.meta.url);
  const parsers = ['yaml', 'zod'].map((name) => (need(`${name}/package.json`) as { version: string }).version);
  return hash(JSON.stringify([own, parsers]));
})();

/**
 * A cache of rule texts by what is in them: one file, `<header> <version> <digest of the rest>`, and a line `<digest of the text> <JSON>`
 * for each, the last used first. One that is damaged, of another version, too large, or that others may write to is taken as empty.
 * @param folder made when something is to be kept
 */
export async function openRuleCache(folder: string): Promise<RuleCache> {
  const path = join(folder, NAME);
  const kept = indexed(await bodyOf(path).catch(() => EMPTY));
  const used = new Map<string, Buffer>();
  let fresh = false;
  return {
    read(content) {
      const key = hash(content);
      const line = used.get(key) ?? kept.get(key);
      const known = line && decoded(line);
      if (known) {
        used.set(key, line);
        return known;
      }
      const text = readRuleText(content);
      const encoded = lineFor(key, text);
      if (encoded) {
        used.set(key, encoded);
        fresh = true;
      }
      return text;
    },
    async save() {
      if (!fresh) return;
      fresh = false;
      const lines: Buffer[] = [];
      let bytes = 0;
      for (const line of new Map([...used, ...[...kept].filter(([key]) => !used.has(key))]).values()) {
        bytes += line.length + 1;
        if (bytes > MAX_BYTES - 1024) break;
        lines.push(line, LINE_END);
      }
      const body = Buffer.concat(lines);
      await replace(folder, [Buffer.from(`${headerOf(body)}\n`), body]).catch(() => {});
    },
  };
}

const EMPTY = Buffer.alloc(0);
const LINE_END = Buffer.from('\n');
const headerOf = (body: Buffer): string => `mdr-rules ${VERSION} ${hash(body)}`;

/** What stands below the header; empty unless the file is ours and whole. */
async function bodyOf(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    if (!(await isOurs(file))) return EMPTY;
    const all = await file.readFile();
    const end = all.indexOf(NEWLINE);
    const body = all.subarray(end + 1);
    return end > 0 && all.toString('latin1', 0, end) === headerOf(body) ? body : EMPTY;
  } finally {
    await file.close();
  }
}

/** What others may write to could hold rules that find nothing. */
async function isOurs(file: FileHandle): Promise<boolean> {
  const info = await file.stat();
  if (!info.isFile() || info.size > MAX_BYTES) return false;
  return process.getuid === undefined || (info.uid === process.getuid() && (info.mode & 0o022) === 0);
}

function indexed(body: Buffer): Map<string, Buffer> {
  const lines = new Map<string, Buffer>();
  for (let from = 0; from < body.length; ) {
    const end = body.indexOf(NEWLINE, from);
    if (end < 0) break;
    lines.set(body.toString('latin1', from, from + 64), body.subarray(from, end));
    from = end + 1;
  }
  return lines;
}

function decoded(line: Buffer): RuleText | null {
  try {
    const parsed = entrySchema.safeParse(JSON.parse(line.toString('utf8', 65)));
    return parsed.success ? { ...parsed.data, problems: [] } : null;
  } catch {
    return null;
  }
}

/** Null when JSON would not give it back as it is, when it is large, or when there are problems: those are worth a second look. */
function lineFor(key: string, { documents, problems }: RuleText): Buffer | null {
  if (problems.length > 0 || !isPlain(documents, { left: MAX_VALUES })) return null;
  const line = Buffer.from(`${key} ${JSON.stringify({ documents })}`);
  return line.length <= MAX_ENTRY ? line : null;
}

/** Data that JSON carries: YAML has numbers that are none, dates and sets besides. Aliases may make much of little. */
function isPlain(value: unknown, budget: { left: number }): boolean {
  if (--budget.left < 0) return false;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'boolean';
  if (value === null) return true;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, budget));
  const made = Object.getPrototypeOf(value);
  if (made !== Object.prototype && made !== null) return false;
  return Object.values(value).every((item) => item === undefined || isPlain(item, budget));
}

/** Whole or not at all: readers see the old file or the new one. */
async function replace(folder: string, parts: Buffer[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `${NAME}.${randomBytes(8).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      for (const part of parts) await file.writeFile(part);
    } finally {
      await file.close();
    }
    await rename(temporary, join(folder, NAME));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  // Those of processes that were killed.
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${NAME}.`)) continue;
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > STALE_MS) await rm(join(folder, name), { force: true });
  }
}
