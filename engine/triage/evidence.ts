import type { Clock } from '../clock.js';
import { idOf } from '../ids.js';
import { keptText, storeFile, type Upload } from '../respond/files/keep.js';
import type { Said } from '../store/alerts.js';
import type { Evidence } from '../store/evidence.js';
import type { TenantStore } from '../store/index.js';
import { type By, change, type Outcome } from './work.js';

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
  const { name, type, size, open } = upload;
  const file = { ...{ _id, alert: number, case: null, action: null, said }, ...{ name, type, size, open } };
  const evidence = await storeFile(store, file, by, clock, most);
  const outcome = await change(store, number, by, clock, ({ log }) => {
    const done = log.find((entry) => entry.kind === 'evidence' && entry.evidence === _id);
    if (done) return { done };
    return { kind: 'evidence', text: keptText(evidence), more: { said, evidence: _id } };
  });
  return { evidence, outcome };
}
