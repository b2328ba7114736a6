import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import { safeName } from '../../filename.js';
import { idOf } from '../../ids.js';
import type { Said } from '../../store/alerts.js';
import type { Evidence } from '../../store/evidence.js';
import type { TenantStore } from '../../store/index.js';
import type { By } from '../../triage/work.js';
import { headOf } from '../case/join.js';
import { changeCase } from '../case/save.js';

/** A file as a surface brings it: everything about it is what others say. */
export interface Upload {
  /** The surface's own id of the file. */
  id: string;
  name: string;
  type: string;
  /** Bytes, as the surface says. */
  size: number;
  /** Opens the bytes. */
  open(): Promise<AsyncIterable<Uint8Array>>;
}

/** Most files of one alert, and of one case. */
export const MOST_FILES = 200;

/** What a file belongs to, and where it comes from. */
export interface FileOf {
  /** Deterministic: the same file under the same id is kept once. */
  _id: string;
  alert: number | null;
  case: number | null;
  action: number | null;
  said: Said | null;
  name: string;
  type: string;
  /** Bytes, as whoever brings it says. */
  size: number;
  open(): Promise<AsyncIterable<Uint8Array>>;
}

/**
 * Keep a file's bytes, and the record of what it is and who gave it when. What is kept already stays as it is.
 * @param most bytes
 * @throws MdrError MDR_BODY_TOO_LARGE; what `open` throws
 */
export async function storeFile(
  store: TenantStore,
  { _id, open, size: said, ...about }: FileOf,
  by: By,
  clock: Clock,
  most: number,
): Promise<Evidence> {
  const known = await store.evidence.findOne({ _id });
  if (known) return known;
  const place = about.alert !== null ? { alert: about.alert } : about.case !== null ? { case: about.case } : null;
  if (said > most || (place && (await store.evidence.count(place)) >= MOST_FILES))
    throw new MdrError(
      'MDR_BODY_TOO_LARGE',
      `an alert or a case takes ${MOST_FILES} files of at most ${most.toLocaleString('en-US')} bytes.`,
      'Keep it where large evidence is kept, and write down where and its SHA-256.',
    );
  const { size, sha256 } = await store.blobs.put(_id, await open(), most);
  const type = /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(about.type) ? about.type : '';
  const evidence: Evidence = {
    ...{ _id, tenant: store.id, alert: about.alert, case: about.case, action: about.action, said: about.said },
    ...{ name: safeName(about.name), type, size, sha256, by: by.id, byName: by.name, kept: clock() },
  };
  await store.evidence.insert(evidence);
  return evidence;
}

/**
 * Keep a file that somebody gave in the thread or the room of a case. The same upload again does nothing.
 * @throws MdrError as `storeFile` and `tellFile`
 */
export async function keepCaseFile(
  store: TenantStore,
  number: number,
  by: By,
  clock: Clock,
  { upload, said, most }: { upload: Upload; said: Said; most: number },
): Promise<Evidence> {
  const _id = idOf('evidence', store.id, said.surface, upload.id, 'case', String(number));
  const { name, type, size, open } = upload;
  const file = { ...{ _id, alert: null, case: number, action: null, said }, ...{ name, type, size, open } };
  const evidence = await storeFile(store, file, by, clock, most);
  await tellFile(store, number, evidence, { entry: 'evidence', text: keptText(evidence), by, clock });
  return evidence;
}

export const keptText = ({ name, size, sha256 }: Evidence): string =>
  `Kept ${name}, ${size.toLocaleString('en-US')} bytes, SHA-256 ${sha256}`;

/**
 * Say on a case's timeline that a file was kept, or looked into; once, however often it is called.
 * @throws MdrError MDR_CASE_UNKNOWN, MDR_CASE_BAD, MDR_CONFLICT
 */
export async function tellFile(
  store: TenantStore,
  number: number,
  { _id }: Pick<Evidence, '_id'>,
  { entry, text, by, clock }: { entry: 'evidence' | 'examined'; text: string; by: By; clock: Clock },
): Promise<number> {
  const head = await headOf(store, number);
  const asking = { by, clock, request: `${entry}:${_id}` };
  await changeCase(store, head, asking, { kind: 'file', entry, evidence: _id, text });
  return head;
}
