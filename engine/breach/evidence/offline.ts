import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { type Entry, fromFdPromise } from 'yauzl';
import { z } from 'zod';
import { ChainCheck } from '../../audit/check.js';
import { codeOf } from '../../errors.js';
import { type Manifest, type ManifestItem, manifestSchema } from './manifest.js';
import { fingerprint, isSigned } from './signing.js';

/** Texts that are read whole; everything else is only hashed. */
const MOST_TEXT = 64 * 1024 * 1024;
const MOST_FILES = 300_000;
const MOST_FAULTS = 500;
const UNSUMMED = new Set(['SHA256SUMS', 'SHA256SUMS.sig']);

/** What a look at an export found. */
export interface ExportVerdict {
  isWhole: boolean;
  /** Each names a place. */
  faults: string[];
  manifest: Manifest | null;
  /** Of the key that it is signed with. */
  fingerprint: string | null;
  /** Whether that key was given from outside: otherwise the export only says that it is whole, not whose it is. */
  isKeyKnown: boolean;
  files: number;
}

interface Found {
  size: number;
  sha256: string;
  sha1: string;
  md5: string;
  text: Buffer | null;
}

/**
 * Check an export, without any database: every file against the signed sums, the signature, the manifest, and each custody record. Nothing
 * is unpacked or opened.
 * @param key the provider's public key, PEM, from elsewhere than the export; null: the one in it
 */
export async function verifyExport(path: string, key: string | null): Promise<ExportVerdict> {
  const faults: string[] = [];
  const say = (text: string): void => {
    if (faults.length < MOST_FAULTS) faults.push(text);
  };
  const files = await readZip(path, say);
  const text = (name: string) => files.get(name)?.text ?? null;
  const pem = text('public-key.pem')?.toString() ?? null;
  checkSignature(text('SHA256SUMS'), text('SHA256SUMS.sig'), key ?? pem, say);
  if (key !== null && pem !== null && printOf(key) !== printOf(pem))
    say('public-key.pem: it is another key than the one that was given');
  checkSums(files, text('SHA256SUMS'), say);
  const manifest = readManifest(text('manifest.json'), say);
  if (manifest) checkManifest(manifest, files, say);
  const used = key ?? pem;
  return {
    isWhole: faults.length === 0,
    faults,
    manifest,
    fingerprint: used && printOf(used),
    isKeyKnown: key !== null,
    files: files.size,
  };
}

type Say = (text: string) => void;

function printOf(pem: string): string | null {
  try {
    return fingerprint(pem);
  } catch {
    return null;
  }
}

async function readZip(path: string, say: Say): Promise<Map<string, Found>> {
  const files = new Map<string, Found>();
  const handle = await open(path, 'r');
  try {
    const zip = await fromFdPromise(handle.fd, { autoClose: false, lazyEntries: true });
    if (zip.entryCount > MOST_FILES) throw new Error(`it holds ${zip.entryCount} files`);
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName;
      if (files.has(name)) say(`${name}: it is there twice, one was put in`);
      else
        files.set(
          name,
          await hashed(entry, await zip.openReadStreamPromise(entry)).catch((error: Error) => {
            say(`${name}: it cannot be read to its end: ${error.message}`);
            return { size: -1, sha256: '', sha1: '', md5: '', text: null };
          }),
        );
    }
  } catch (error) {
    say(`the zip is not whole: ${(error as Error).message}`);
  } finally {
    await handle.close().catch(() => {});
  }
  return files;
}

async function hashed({ fileName, uncompressedSize }: Entry, stream: AsyncIterable<Buffer>): Promise<Found> {
  const hashes = { sha256: createHash('sha256'), sha1: createHash('sha1'), md5: createHash('md5') };
  const isText = !fileName.startsWith('evidence/') && uncompressedSize <= MOST_TEXT;
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stream) {
    size += part.length;
    for (const hash of Object.values(hashes)) hash.update(part);
    if (isText) parts.push(part);
  }
  const { sha256, sha1, md5 } = hashes;
  return {
    ...{ size, sha256: sha256.digest('hex'), sha1: sha1.digest('hex'), md5: md5.digest('hex') },
    text: isText ? Buffer.concat(parts) : null,
  };
}

function checkSignature(sums: Buffer | null, signature: Buffer | null, key: string | null, say: Say): void {
  if (!sums || !signature || !key) {
    for (const [name, there] of [
      ['SHA256SUMS', sums],
      ['SHA256SUMS.sig', signature],
      ['public-key.pem', key],
    ] as const)
      if (!there) say(`${name}: it is missing`);
    return;
  }
  try {
    if (!isSigned(sums, signature.toString('base64'), key))
      say('SHA256SUMS.sig: SHA256SUMS is not what was signed with this key');
  } catch (error) {
    say(`public-key.pem: ${(error as Error).message}`);
  }
}

function checkSums(files: ReadonlyMap<string, Found>, sums: Buffer | null, say: Say): void {
  if (!sums) return;
  const known = new Set<string>();
  for (const line of sums.toString().split('\n').filter(Boolean)) {
    const [, sha256, path] = /^([0-9a-f]{64}) {2}(.{1,300})$/.exec(line) ?? [];
    if (!sha256 || !path) say(`SHA256SUMS: "${line.slice(0, 80)}" is no line of it`);
    else if (known.has(path)) say(`SHA256SUMS: ${path} is there twice`);
    else {
      known.add(path);
      const found = files.get(path);
      if (!found) say(`${path}: it is missing`);
      else if (found.sha256 !== sha256) say(`${path}: it was changed`);
    }
  }
  for (const path of files.keys()) if (!known.has(path) && !UNSUMMED.has(path)) say(`${path}: it was put in`);
}

function readManifest(text: Buffer | null, say: Say): Manifest | null {
  try {
    return manifestSchema.parse(JSON.parse(text?.toString() ?? ''));
  } catch (error) {
    const why =
      error instanceof z.ZodError ? error.issues[0]?.message : codeOf(error) === 'MDR_INTERNAL' ? 'it is no JSON' : '';
    say(`manifest.json: it cannot be read (${why})`);
    return null;
  }
}

function checkManifest(manifest: Manifest, files: ReadonlyMap<string, Found>, say: Say): void {
  for (const { path, size, sha256 } of manifest.files) {
    const found = files.get(path);
    if (found && (found.sha256 !== sha256 || found.size !== size))
      say(`${path}: the manifest names other hashes or another size`);
  }
  for (const item of manifest.items) {
    const found = item.path === null ? null : files.get(item.path);
    for (const name of ['size', 'sha256', 'sha1', 'md5'] as const)
      if (found && found[name] !== item[name]) say(`${item.item}: its ${name} is not the manifest's`);
    if (item.path !== null && !found) say(`${item.item}: ${item.path} is missing`);
    checkCustody(manifest.tenant, item, files.get(item.custody.path)?.text ?? null, say);
  }
}

const entrySchema = z.strictObject({
  ...{
    tenant: z.string(),
    chain: z.string(),
    seq: z.number(),
    at: z.number(),
    body: z.record(z.string(), z.unknown()),
  },
  ...{ prev: z.string(), hash: z.string() },
});

function checkCustody(tenant: string, item: ManifestItem, text: Buffer | null, say: Say): void {
  const { path, chain, entries, head } = item.custody;
  if (!text) {
    say(`${path}: it is missing`);
    return;
  }
  const check = new ChainCheck(tenant, chain, { seq: entries, hash: head });
  const lines = text.toString().split('\n').filter(Boolean);
  for (const [i, line] of lines.entries()) {
    let entry: z.infer<typeof entrySchema>;
    try {
      entry = entrySchema.parse(JSON.parse(line));
    } catch {
      say(`${path}: line ${i + 1} is no entry of it`);
      continue;
    }
    check.add(entry);
    const more = entry.body.more as Record<string, unknown> | undefined;
    if (entry.seq === 1 && more?.sha256 !== item.sha256)
      say(`${item.item}: its SHA-256 is not the one that its custody record began with`);
  }
  for (const { text: fault } of check.finish()) say(`${path}: ${fault}`);
}
