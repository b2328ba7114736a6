import { createHash } from 'node:crypto';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { entriesOf, headOf } from '../../audit/chain.js';
import { canonical } from '../../ids.js';
import { caseOf } from '../../respond/case/join.js';
import { timelineOf } from '../../respond/case/timeline.js';
import type { EvidenceItem } from '../../store/evidenceitems.js';
import type { TenantStore } from '../../store/index.js';
import { chainOf, record } from './custody.js';
import { badEvidence } from './items.js';
import { allEvidence } from './lineage.js';
import { EXPORT_FORMAT, type Manifest, type ManifestItem, README } from './manifest.js';
import { bytesOf } from './read.js';
import { fingerprint, signed } from './signing.js';
import type { Doing, EvidenceDesk } from './types.js';

/** What is exported: everything of a case or an alert, or single items. */
export interface ExportOf {
  case: number | null;
  alert: number | null;
  items: readonly EvidenceItem[];
}

/** Of a case: also of the cases that went into it, and of the alerts of all of them. @throws MdrError MDR_EVIDENCE_BAD when there is none */
export async function evidenceOf(store: TenantStore, of: { case: number } | { alert: number }): Promise<ExportOf> {
  const found: EvidenceItem[] = [];
  for await (const { items, of: lineage } of allEvidence(store))
    for (const item of items) {
      const isIn = 'case' in of ? lineage.cases(item).has(of.case) : lineage.alerts(item).has(of.alert);
      if (isIn && (item.state === 'kept' || item.state === 'disposed')) found.push(item);
    }
  if (found.length === 0) throw badEvidence('there is no evidence of it.', 'Add some first: `evidence add`.');
  return { case: 'case' in of ? of.case : null, alert: 'alert' in of ? of.alert : null, items: found };
}

/**
 * Write an export: a zip with the bytes, custody records, timeline, manifest, `SHA256SUMS` and a detached signature of those sums. It can
 * be checked without us: `mdr evidence verify`, `sha256sum -c`, openssl. That it was made stands in every custody record in it.
 * @returns SHA-256 of the signed sums
 * @throws MdrError MDR_EVIDENCE_DAMAGED when an item is not what was kept; MDR_SECRET; what the writable throws
 */
export async function writeExport(desk: EvidenceDesk, of: ExportOf, doing: Doing, to: Writable): Promise<string> {
  const { store, clock } = desk;
  const made = clock();
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  zip.on('error', (error: Error) => output.destroy(error));
  const options = { mtime: new Date(made), mode: 0o100644 };
  const sums: Manifest['files'] = [];
  const addText = (path: string, text: string | Buffer): void => {
    const data = typeof text === 'string' ? Buffer.from(text) : text;
    sums.push({ path, size: data.length, sha256: createHash('sha256').update(data).digest('hex') });
    zip.addBuffer(data, path, options);
  };
  const items: ManifestItem[] = [];
  for (const item of of.items) {
    await record(desk, item, 'exported', doing);
    items.push(await described(store, item));
  }
  of.items.forEach((item, i) => {
    const { path } = items[i]!;
    if (path === null) return;
    sums.push({ path, size: item.size, sha256: item.sha256 });
    // Opened when its turn comes, so that one item is in memory at a time, a frame of it.
    zip.addReadStreamLazy(path, { ...options, size: item.size, compress: false }, (give) => {
      const stream = Readable.from(bytesOf(desk, item), { objectMode: false });
      stream.on('error', (error) => output.destroy(error));
      give(null, stream);
    });
  });
  for (const { custody } of items) addText(custody.path, await custodyText(store, custody));
  const timeline = await timelineText(store, of);
  if (timeline) addText('timeline.jsonl', timeline);
  for (const { number, certificate } of of.items) {
    if (!certificate) continue;
    addText(`disposed/EV${number}.json`, certificate.text);
    addText(`disposed/EV${number}.json.sig`, Buffer.from(certificate.signature, 'base64'));
  }
  addText('README.txt', README);
  const { publicKey } = await signed(desk, Buffer.alloc(0));
  addText('public-key.pem', publicKey);
  const audit = await headOf(store, 'audit');
  const manifest: Manifest = {
    ...{ format: EXPORT_FORMAT, tenant: store.id, name: store.tenant.name, case: of.case, alert: of.alert, made },
    ...{ by: doing.by, why: doing.why, key: fingerprint(publicKey), items, files: [...sums] },
    ...(audit && { audit: { seq: audit.seq, hash: audit.hash } }),
  };
  addText('manifest.json', `${JSON.stringify(manifest, null, 2)}\n`);
  const text = Buffer.from(sums.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join(''));
  const { signature } = await signed(desk, text);
  zip.addBuffer(text, 'SHA256SUMS', options);
  zip.addBuffer(Buffer.from(signature, 'base64'), 'SHA256SUMS.sig', options);
  zip.end();
  await pipeline(output, to);
  return createHash('sha256').update(text).digest('hex');
}

/** Names in the zip are ours: letters, digits and few signs, so that no name can point outside or be read as an option. */
const pathOf = ({ number, name }: EvidenceItem): string =>
  `evidence/EV${number}/${name
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^[.-]/, '_')
    .slice(0, 100)}`;

async function described(store: TenantStore, item: EvidenceItem): Promise<ManifestItem> {
  const head = (await headOf(store, chainOf(item)))!;
  const { number, name, type, size, sha256, sha1, md5, kept, state } = item;
  return {
    ...{
      item: `EV${number}`,
      name,
      type,
      size,
      sha256,
      sha1,
      md5,
      kept: kept ?? 0,
      case: item.case,
      alert: item.alert,
    },
    path: state === 'kept' ? pathOf(item) : null,
    custody: { path: `custody/EV${number}.jsonl`, chain: chainOf(item), entries: head.seq, head: head.hash },
  };
}

/** Up to the entry that the manifest names: what was written since belongs to the next export. */
async function custodyText(store: TenantStore, { chain, entries }: ManifestItem['custody']): Promise<string> {
  const lines: string[] = [];
  for await (const page of entriesOf(store, chain)) {
    for (const { _id, ...entry } of page) if (entry.seq <= entries) lines.push(`${canonical(entry)}\n`);
    if (page.at(-1)!.seq >= entries) break;
  }
  return lines.join('');
}

async function timelineText(store: TenantStore, of: ExportOf): Promise<string | null> {
  const record = of.case === null ? null : await caseOf(store, of.case);
  const numbers = record ? record.alerts : of.alert === null ? [] : [of.alert];
  const alerts =
    numbers.length === 0 ? [] : await store.alerts.find({ number: { $in: numbers } }, { limit: numbers.length });
  const items = timelineOf(record ? [record] : [], alerts);
  return items.map((item) => `${canonical({ ...item, time: new Date(item.at).toISOString() })}\n`).join('') || null;
}
