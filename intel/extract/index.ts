import type { AllowList } from '../../engine/detect/indicators/allow.js';
import { allowList } from '../../engine/detect/indicators/allow.js';
import { contextOf, judgeSpan } from './context.js';
import crypto from './kinds/crypto.js';
import domain from './kinds/domain.js';
import email from './kinds/email.js';
import { cve, technique } from './kinds/facts.js';
import hash from './kinds/hash.js';
import ip from './kinds/ip.js';
import noise from './kinds/noise.js';
import path from './kinds/path.js';
import registry from './kinds/registry.js';
import { sigma, yara } from './kinds/rules.js';
import url from './kinds/url.js';
import { plain, wasDefanged } from './plain.js';
import type { Extracted, Kind, LeftOut, Span } from './types.js';

/** The earlier, the stronger: what stands in a URL is part of it, what stands in a path is no domain. */
const KINDS: readonly Kind[] = [
  ...[yara, sigma, url, email, registry, path, cve, technique, crypto, hash, noise, ip, domain],
];
/** Values taken out of one text. */
const MOST = 20_000;

export interface Extraction {
  found: Extracted[];
  /** What looks like a value and is no indicator, each with why. */
  left: LeftOut[];
  /** More than these were there, and were not looked at. */
  more: boolean;
}

/**
 * Indicators and facts in free text, defanged or not: each value once, in its normal form, with where it stands first. What a text
 * mentions without meaning it as bad is left out and says why.
 * @param allow values that are never indicators (warning lists, the provider's and the customer's own)
 */
export function extract(original: string, allow: AllowList = allowList([])): Extraction {
  const read = plain(original);
  const spans: Span[] = [];
  const taken: [number, number][] = [];
  for (const kind of KINDS) {
    const fresh: Span[] = [];
    for (const span of kind.find(read)) {
      if (overlaps(taken, span.from, span.to)) continue;
      fresh.push(span);
    }
    for (const span of fresh) taken.push([span.from, span.to]);
    taken.sort((a, b) => a[0] - b[0]);
    for (const span of fresh) spans.push(span);
  }
  spans.sort((a, b) => a.from - b.from);
  const context = contextOf(read, spans);
  const found = new Map<string, Extracted>();
  const left = new Map<string, LeftOut>();
  let more = false;
  for (const span of spans) {
    if (span.value === '') continue;
    const defanged = wasDefanged(read, span.from, span.to);
    const entry = { type: span.type, value: span.value, from: read.at[span.from]!, to: read.at[span.to]!, defanged };
    const key = `${span.type} ${span.value}`;
    const why = span.not ?? judgeSpan(read, span, defanged, context, allow);
    if (found.size >= MOST) more = true;
    else if (why) left.set(key, left.get(key) ?? { ...entry, why });
    else if (!found.has(key)) found.set(key, entry);
  }
  for (const key of found.keys()) left.delete(key);
  return { found: [...found.values()], left: [...left.values()], more };
}

function overlaps(taken: readonly [number, number][], from: number, to: number): boolean {
  let [low, high] = [0, taken.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (taken[middle]![1] <= from) low = middle + 1;
    else high = middle;
  }
  return low < taken.length && taken[low]![0] < to;
}
