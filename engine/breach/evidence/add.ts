import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { MdrError } from '../../errors.js';
import { safeName } from '../../filename.js';
import { idOf } from '../../ids.js';
import { clip } from '../../say.js';
import { seal } from '../../seal.js';
import type { EvidenceItem } from '../../store/evidenceitems.js';
import type { TenantStore } from '../../store/index.js';
import { begin, record } from './custody.js';
import { FRAME_BYTES, framed, KEY_BYTES, sealFrame } from './frames.js';
import { heldBy } from './holds.js';
import { badEvidence } from './items.js';
import { abandon, isLost, SIGN_MS } from './sweep.js';
import type { About, EvidenceDesk } from './types.js';

/** Most bytes of one item where nothing else is said. */
export const MOST_BYTES = 64 * 1024 ** 3;
const MOST_ITEMS = 100_000;
/** Frames between two looks whether the upload was given up. */
const LOOK_EVERY = 16;
const givenUp = () =>
  new MdrError('MDR_CONFLICT', 'this upload was given up, since nothing came for long.', 'Send it again.');

export interface Added {
  item: EvidenceItem;
  /** False when the same request, or the same bytes for the same case, were here already: nothing more is kept. */
  isNew: boolean;
}

/**
 * Make evidence of bytes. They are hashed and encrypted as they come, and nobody looks into them. Until the last one is in, it is no
 * evidence; then it is, in one write: after a crash at any moment there is all of it, or nothing.
 * @throws MdrError MDR_EVIDENCE_BAD, MDR_CASE_UNKNOWN, MDR_ALERT_UNKNOWN, MDR_BODY_TOO_LARGE, MDR_SECRET, MDR_CONFLICT when the same
 *   request is being carried out, and what the source throws; nothing is kept then
 */
export async function addEvidence(desk: EvidenceDesk, bytes: AsyncIterable<Uint8Array>, about: About): Promise<Added> {
  const { store, clock } = desk;
  const opened = await open(desk, about);
  if (opened.state !== 'uploading') return { item: opened, isNew: false };
  const life = signs(desk, opened);
  try {
    const { key, ...content } = await bring(desk, opened, bytes, about.most ?? MOST_BYTES);
    const twins = await store.evidenceItems.find({ sha256: content.sha256, state: 'kept' });
    const twin = twins.find((other) => other.case === opened.case && other.alert === opened.alert);
    if (twin) {
      await abandon(store, opened);
      await record(desk, twin, 'received again', { ...about, where: about.where ?? '' }, fromOf(about));
      return { item: twin, isNew: false };
    }
    const held = await heldBy(store, opened);
    const set = {
      ...content,
      ...{ state: 'kept' as const, kept: clock(), key, sameAs: twins.map(({ number }) => number) },
    };
    const isKept = await store.evidenceItems.update(
      { _id: opened._id, state: 'uploading', upload: opened.upload },
      { $set: set, $addToSet: { held: { $each: held } }, $inc: { revision: 1 } },
    );
    if (!isKept) throw givenUp();
    const item = (await store.evidenceItems.findOne({ _id: opened._id }))!;
    await begin(desk, item);
    return { item: { ...item, begun: true }, isNew: true };
  } catch (error) {
    await abandon(store, opened);
    throw error;
  } finally {
    clearInterval(life);
  }
}

const fromOf = ({ from, by }: About) => ({
  ...(from !== undefined && from !== '' && { from: clip(from, 300) }),
  to: by,
});

/** The record that the bytes will belong to: a new one, or the one of an attempt that broke off. */
async function open(desk: EvidenceDesk, about: About): Promise<EvidenceItem> {
  const { store, clock } = desk;
  await allowed(store, about);
  const _id = idOf('evidence-item', store.id, about.request);
  const text = (value: string | undefined, most: number) => clip((value ?? '').replace(/\p{Cc}+/gu, ' ').trim(), most);
  const fresh = { upload: randomUUID(), touched: clock(), state: 'uploading' as const, frames: 0, key: '', size: 0 };
  const existing = await store.evidenceItems.findOne({ _id });
  if (existing) {
    if (existing.state !== 'uploading' && existing.state !== 'abandoned') {
      await begin(desk, existing);
      return existing;
    }
    if (existing.state === 'uploading' && !isLost(existing, clock()))
      throw new MdrError(
        'MDR_CONFLICT',
        'the same is coming in already.',
        'Wait for it, or send it again in a few minutes.',
      );
    await abandon(store, existing);
    const retaken = await store.evidenceItems.update(
      { _id, state: 'abandoned', upload: existing.upload },
      { $set: fresh },
    );
    if (!retaken) throw new MdrError('MDR_CONFLICT', 'the same is coming in already.', 'Wait for it.');
    return { ...existing, ...fresh };
  }
  const item: EvidenceItem = {
    ...{ _id, tenant: store.id, number: await store.nextNumber('evidence'), ...fresh, revision: 1 },
    ...{ case: about.case ?? null, alert: about.alert ?? null, name: safeName(about.name), source: about.source },
    type: /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(about.type ?? '') ? about.type! : '',
    ...{ by: about.by, holder: about.by, from: text(about.from, 300), where: text(about.where, 300) },
    ...{ how: text(about.how, 500), why: text(about.why, 500), sha256: '', sha1: '', md5: '' },
    ...{ created: clock(), kept: null, begun: false, sameAs: [], transfer: null, held: [], keep: null, disposal: null },
  };
  if (!(await store.evidenceItems.insert(item)))
    throw new MdrError('MDR_CONFLICT', 'the same is coming in already.', 'Wait for it.');
  return item;
}

async function allowed(store: TenantStore, about: About): Promise<void> {
  const of = about.case ?? null;
  if (of === null && (about.alert ?? null) === null)
    throw badEvidence('evidence is held for a case or an alert.', 'Name one.');
  if (about.why.trim() === '' || about.how.trim() === '')
    throw badEvidence('how was it taken, and why?', 'A few words are enough; they stand in its custody record.');
  if (of !== null && !(await store.cases.findOne({ number: of })))
    throw new MdrError('MDR_CASE_UNKNOWN', `there is no case ${of} of ${store.tenant.name}.`, 'See `case list`.');
  if (of === null && !(await store.alerts.findOne({ number: about.alert! })))
    throw new MdrError(
      'MDR_ALERT_UNKNOWN',
      `there is no alert ${about.alert} of ${store.tenant.name}.`,
      'See `alerts`.',
    );
  if ((await store.evidenceItems.count({ case: of })) >= MOST_ITEMS)
    throw badEvidence(`a case takes ${MOST_ITEMS} items.`, 'Put files that belong together into one archive.');
}

interface Content {
  size: number;
  frames: number;
  sha256: string;
  sha1: string;
  md5: string;
}

/** Brings the bytes into the vault. Memory holds two frames, whatever the size. */
async function bring(
  { store, secret }: EvidenceDesk,
  { _id, upload }: EvidenceItem,
  bytes: AsyncIterable<Uint8Array>,
  most: number,
): Promise<Content & { key: string }> {
  const key = randomBytes(KEY_BYTES);
  // First, so that without a key of the service nothing is begun.
  const sealed = seal(secret, store.id, `evidence:${upload}`, key.toString('base64'));
  const hashes = { sha256: createHash('sha256'), sha1: createHash('sha1'), md5: createHash('md5') };
  let [size, frames] = [0, 0];
  async function* bounded(): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      size += chunk.length;
      if (size > most)
        throw new MdrError(
          'MDR_BODY_TOO_LARGE',
          `evidence has at most ${most.toLocaleString('en-US')} bytes here.`,
          'Keep it where large evidence is kept, and write down where and its SHA-256.',
        );
      yield chunk;
    }
  }
  for await (const { at, isLast, bytes: frame } of framed(bounded())) {
    for (const hash of Object.values(hashes)) hash.update(frame);
    await store.vault.put(upload, at, sealFrame(key, aadOf(store.id, _id, upload), at, isLast, frame));
    frames++;
    // Soon enough that nothing much is put where nobody will look.
    if (frames % LOOK_EVERY === 0 && !(await store.evidenceItems.findOne({ _id, upload, state: 'uploading' })))
      throw givenUp();
  }
  const digest = {
    sha256: hashes.sha256.digest('hex'),
    sha1: hashes.sha1.digest('hex'),
    md5: hashes.md5.digest('hex'),
  };
  return { size, frames, ...digest, key: sealed };
}

/** What binds a frame to its file. */
export const aadOf = (tenant: string, id: string, upload: string): string =>
  JSON.stringify([tenant, id, upload, FRAME_BYTES]);

/** Says that somebody is at it, while bytes may be slow to come. */
function signs({ store, clock }: EvidenceDesk, { _id, upload }: EvidenceItem): NodeJS.Timeout {
  const touch = () =>
    store.evidenceItems.update({ _id, upload, state: 'uploading' }, { $set: { touched: clock() } }).catch(() => {});
  return setInterval(() => void touch(), SIGN_MS).unref();
}
