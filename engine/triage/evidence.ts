import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import { idOf } from '../ids.js';
import type { Said } from '../store/alerts.js';
import type { Evidence } from '../store/evidence.js';
import type { TenantStore } from '../store/index.js';
import { type By, change, type Outcome } from './work.js';

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

/** Most files of one alert. */
export const MOST_FILES = 200;

/**
 * Keep a file with an alert: its bytes, what it is, who gave it when, and an entry in the alert's log. The same upload again does nothing.
 * @param most bytes
 * @throws MdrError MDR_BODY_TOO_LARGE, MDR_ALERT_UNKNOWN, MDR_ALERT_STATE, MDR_CONFLICT; what `open` throws
 */
export async function keepFile(
  store: TenantStore,
  number: number,
  by: By,
  clock: Clock,
  { upload, said, most }: { upload: Upload; said: Said; most: number },
): Promise<{ evidence: Evidence; outcome: Outcome }> {
  const _id = idOf('evidence', store.id, said.surface, upload.id, String(number));
  let evidence = await store.evidence.findOne({ _id });
  if (!evidence) {
    if (upload.size > most || (await store.evidence.count({ alert: number })) >= MOST_FILES)
      throw new MdrError(
        'MDR_BODY_TOO_LARGE',
        `an alert takes ${MOST_FILES} files of at most ${most.toLocaleString('en-US')} bytes.`,
        'Keep it where large evidence is kept, and write down where and its SHA-256.',
      );
    const { size, sha256 } = await store.blobs.put(_id, await upload.open(), most);
    const name = nameOf(upload.name);
    const type = /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(upload.type) ? upload.type : '';
    evidence = {
      _id,
      tenant: store.id,
      alert: number,
      name,
      type,
      size,
      sha256,
      by: by.id,
      byName: by.name,
      said,
      kept: clock(),
    };
    await store.evidence.insert(evidence);
  }
  const { name, size, sha256 } = evidence;
  const outcome = await change(store, number, by, clock, ({ log }) => {
    const done = log.find((entry) => entry.kind === 'evidence' && entry.evidence === _id);
    if (done) return { done };
    const text = `Kept ${name}, ${size.toLocaleString('en-US')} bytes, SHA-256 ${sha256}`;
    return { kind: 'evidence', text, more: { said, evidence: _id } };
  });
  return { evidence, outcome };
}

/** A name without folders, controls or what turns text round; it is only ever shown. */
function nameOf(name: string): string {
  const base = name.slice(0, 2000).split(/[\\/]/).at(-1) ?? '';
  const clean = base.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim();
  return clean === '' || /^\.+$/.test(clean) ? 'unnamed' : clean.slice(0, 200);
}
