import type { AllowList } from './allow.js';
import type { Admitted, Candidate, Refusal, Threat } from './types.js';
import { judgeValue } from './value/index.js';

const MAX_THREAT = 120;
const MAX_TECHNIQUES = 10;
const MAX_LIFE_MS = 10 * 366 * 86_400_000;

/** An indicator ready to be kept. */
export interface Ready extends Admitted {
  exact: boolean;
  confidence: number;
  /** Epoch ms; null: never. */
  expires: number | null;
  threat: Threat | null;
}

export interface Terms {
  /** Confidence of those whose file tells none, 0–100. */
  confidence: number;
  /** Expiry of those whose file tells none, epoch ms; null: never. */
  expires: number | null;
  /** Every domain is meant alone, without its sub-domains. */
  exact: boolean;
  allow: AllowList;
  now: number;
}

/** Judge a candidate: everything in it was written by somebody else. */
export function admit(candidate: Candidate, terms: Terms): Ready | { refused: Refusal } {
  const judged = judgeValue(candidate.value, candidate.type);
  if ('refused' in judged) return judged;
  if (terms.allow.holds(judged)) return { refused: 'allow-listed' };
  const expires = candidate.expires === undefined ? terms.expires : candidate.expires;
  if (expires !== null && expires <= terms.now) return { refused: 'expired' };
  const confidence = candidate.confidence ?? terms.confidence;
  return {
    ...judged,
    exact: judged.type === 'domain' && (candidate.exact ?? terms.exact),
    confidence: Math.min(100, Math.max(0, Math.round(confidence))),
    expires: expires === null ? null : Math.min(expires, terms.now + MAX_LIFE_MS),
    threat: threatOf(candidate),
  };
}

function threatOf({ threat, techniques = [] }: Candidate): Threat | null {
  // Control characters would break lines of logs and cards.
  const name = (threat ?? '')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_THREAT);
  const known = [...new Set(techniques.map((id) => id.toUpperCase()).filter((id) => /^T\d{4}(?:\.\d{3})?$/.test(id)))];
  return name === '' && known.length === 0 ? null : { name, techniques: known.slice(0, MAX_TECHNIQUES) };
}
