import { judgeValue } from '../detect/indicators/value/index.js';
import { normaliseUrl } from '../detect/indicators/value/url.js';
import type { TenantStore } from '../store/index.js';
import indicators from '../triage/enrich/indicators.js';
import type { Subject } from '../triage/enrich/types.js';

/** `user`: an e-mail address. */
export interface Value {
  kind: 'ip' | 'domain' | 'hash' | 'user' | 'url';
  value: string;
}
export interface KnownBad extends Value {
  /** In a sentence, without the value. */
  text: string;
  source: string;
}

const MOST = 500;
const MAX_WORDS = 300;

/** Which values are indicators of the tenant or the provider, as of now. Nothing is asked of anybody outside. */
export async function knownBad(store: TenantStore, all: readonly Value[], now: number): Promise<KnownBad[]> {
  const values = all.slice(0, MOST);
  const subjects = values.filter((one): one is Value & Subject => one.kind !== 'url');
  const context = { store, lake: null, now, first: now, alerts: [] };
  const facts = subjects.length > 0 ? await indicators.enrich(subjects, context, AbortSignal.timeout(10_000)) : [];
  const found = facts.map(({ observable, text, source }) => ({ ...(observable as Value), text, source }));
  const urls = new Map<string, string>();
  for (const { kind, value } of values) {
    const judged = kind === 'url' ? judgeValue(value, 'url') : null;
    if (judged && 'value' in judged) urls.set(judged.value, value);
  }
  if (urls.size === 0) return found;
  const filter = {
    value: { $in: [...urls.keys()] },
    type: 'url',
    $or: [{ expires: null }, { expires: { $gte: now } }],
  };
  const page = { sort: { confidence: -1 as const }, limit: MOST };
  const [own, provider] = await Promise.all([
    store.indicators.find(filter as never, page),
    store.providerIndicators.find(filter as never, page),
  ]);
  return [
    ...found,
    ...[...own, ...provider].map(({ value, source, confidence, threat }) => ({
      ...{ kind: 'url' as const, value: urls.get(value)!, source },
      text: `is a known indicator${threat?.name ? ` of ${threat.name.slice(0, MAX_WORDS)}` : ''}, confidence ${confidence} of 100`,
    })),
  ];
}

/** The host of a URL, for what is known of it. */
export function hostOfUrl(url: string): Value | null {
  const host = normaliseUrl(url)
    ?.text.replace(/[/?].*$/s, '')
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '');
  if (!host) return null;
  const judged = judgeValue(host, /^[\d.]+$|:/.test(host) ? 'ip' : 'domain');
  return 'value' in judged && (judged.type === 'ip' || judged.type === 'domain')
    ? { kind: judged.type, value: judged.value }
    : null;
}
