import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { PassThrough, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { MdrError } from '../../../errors.js';
import { lineReader } from './lines.js';
import { readMisp } from './misp.js';
import { readStix } from './stix.js';
import type { Item } from './types.js';

export type { Item } from './types.js';

/** Largest JSON file: it is read as a whole. Lists may be as long as they like. */
const MAX_JSON_BYTES = 256 * 1024 * 1024;
const MAX_LINE = 65_536;
const BATCH = 1000;

/**
 * Read a file of indicators: plain lists, CSV, STIX 2.1 bundles and MISP events, plain or gzip; which one is told by its content.
 * @returns batches of what stood in it, in order
 * @throws MdrError MDR_FILE_UNREADABLE
 */
export async function* readIndicators(path: string): AsyncGenerator<Item[], void, undefined> {
  try {
    const gzip = await isGzip(path);
    if (await isJson(path, gzip)) yield* inBatches(readJson(await whole(path, gzip)));
    else yield* lines(path, gzip);
  } catch (cause) {
    if (cause instanceof MdrError) throw cause;
    throw new MdrError(
      'MDR_FILE_UNREADABLE',
      `${path} cannot be read: ${(cause as Error).message}.`,
      'Give a list, CSV, a STIX 2.1 bundle or MISP events, plain or gzip.',
      { cause },
    );
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const magic = Buffer.alloc(2);
    await file.read(magic, 0, 2, 0);
    return magic[0] === 0x1f && magic[1] === 0x8b;
  } finally {
    await file.close();
  }
}

/** The file's content, decompressed; a fault of either stream comes out of whoever reads it. */
function content(path: string, gzip: boolean) {
  return pipeline(createReadStream(path), gzip ? createGunzip() : new PassThrough(), () => {});
}

async function isJson(path: string, gzip: boolean): Promise<boolean> {
  for await (const chunk of content(path, gzip)) {
    const text = (chunk as Buffer)
      .toString('latin1')
      .replace(/^\xef\xbb\xbf/, '')
      .trimStart();
    if (text !== '') return text[0] === '{' || /^\[\s*\{/.test(text);
  }
  return false;
}

async function whole(path: string, gzip: boolean): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of content(path, gzip)) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_JSON_BYTES) throw new Error(`it is larger than ${MAX_JSON_BYTES / 2 ** 20} MiB: split it`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readJson(text: string): Iterable<Item> {
  const root: unknown = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  const { objects, type } = (root ?? {}) as { objects?: unknown; type?: unknown };
  if (Array.isArray(objects) && (type === 'bundle' || type === undefined)) return readStix(objects);
  if (
    Array.isArray(root) &&
    root.some(
      (each) =>
        typeof each?.type === 'string' &&
        typeof each?.id === 'string' &&
        each?.Attribute === undefined &&
        each?.Event === undefined,
    )
  )
    return readStix(root);
  return readMisp(root);
}

function* inBatches(items: Iterable<Item>): Generator<Item[]> {
  let batch: Item[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* lines(path: string, gzip: boolean): AsyncGenerator<Item[], void, undefined> {
  const read = lineReader();
  let batch: Item[] = [];
  for await (const chunk of chunked(path, gzip)) {
    for (const line of chunk) {
      if (line === null) batch.push({ refused: 'line unreadable' });
      else for (const item of read(line)) batch.push(item);
    }
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Lines in chunks; null for one that is too long to be one, of which no more than a chunk is ever held. */
async function* chunked(path: string, gzip: boolean): AsyncGenerator<(string | null)[], void, undefined> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let skipping = false;
  for await (const chunk of content(path, gzip)) {
    const parts = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
    rest = parts.pop()!;
    const full: (string | null)[] = [];
    for (const part of parts) {
      if (skipping) full.push(null);
      else full.push(part.length > MAX_LINE ? null : part);
      skipping = false;
    }
    if (rest.length > MAX_LINE) {
      rest = '';
      skipping = true;
    }
    yield full;
  }
  if (skipping) yield [null];
  else if (rest !== '') yield [rest.length > MAX_LINE ? null : rest];
}
