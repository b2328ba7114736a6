import { isIPv4 } from 'node:net';
import { judgeValue } from '../../detect/indicators/value/index.js';
import type { IndicatorRecord } from '../../store/indicators.js';
import type { Enricher, Fact, Subject } from './types.js';

const MAX_RECORDS = 500;
/** Of one observable. */
const MAX_FACTS = 3;
/** Values asked for at a time. */
const CHUNK = 2000;
/** Widest ranges that are taken in: engine/detect/indicators/value. */
const WIDEST = { 4: 8, 6: 19 } as const;

/** Which indicators of the tenant or the provider name it, by whom, how surely and until when. */
export default {
  name: 'indicators',
  what: 'indicators',
  kinds: ['ip', 'domain', 'hash', 'user'],
  rank: 1,
  timeoutMs: 4000,
  ttlMs: 300_000,
  isNews: true,
  async enrich(subjects, { store, first }, signal) {
    const asked = new Map<string, Subject[]>();
    for (const subject of subjects)
      for (const value of spellings(subject)) asked.set(value, [...(asked.get(value) ?? []), subject]);
    const values = [...asked.keys()];
    const found: { record: IndicatorRecord; isOwn: boolean }[] = [];
    for (let from = 0; from < values.length && !signal.aborted; from += CHUNK) {
      // What had expired when it happened says nothing of it.
      const filter = {
        value: { $in: values.slice(from, from + CHUNK) },
        $or: [{ expires: null }, { expires: { $gte: first } }],
      } as never;
      const page = { sort: { confidence: -1 as const, _id: 1 as const }, limit: MAX_RECORDS };
      const [own, provider] = await Promise.all([
        store.indicators.find(filter, page),
        store.providerIndicators.find(filter, page),
      ]);
      for (const record of own) found.push({ record, isOwn: true });
      for (const record of provider) found.push({ record, isOwn: false });
    }
    found.sort((a, b) => b.record.confidence - a.record.confidence || (a.record._id < b.record._id ? -1 : 1));
    const told = new Map<Subject, number>();
    return found.flatMap(({ record, isOwn }) =>
      (asked.get(record.value) ?? []).flatMap((observable): Fact[] => {
        const count = told.get(observable) ?? 0;
        if (count >= MAX_FACTS || !means(record, observable)) return [];
        told.set(observable, count + 1);
        return [{ observable, text: said(record, observable), source: `${isOwn ? 'own ' : ''}${record.source}` }];
      }),
    );
  },
} satisfies Enricher;

/** Every normal form under which an indicator may name it: the value, ranges around an address, names above a name. */
function spellings({ kind, value }: Subject): string[] {
  if (kind === 'user' && !/^[^@\s]+@[^@\s]+$/.test(value)) return [];
  const judged = judgeValue(value, kind === 'hash' ? null : kind === 'user' ? 'email' : (kind as 'ip' | 'domain'));
  if ('refused' in judged) return [];
  if (judged.type === 'domain') {
    const labels = judged.value.split('.');
    return labels.slice(0, -1).map((_, i) => labels.slice(i).join('.'));
  }
  if (judged.type !== 'ip') return [judged.value];
  const bits = isIPv4(judged.value) ? 32 : 128;
  const widest = bits === 32 ? WIDEST[4] : WIDEST[6];
  const ranges = Array.from({ length: bits - widest }, (_, i) => judgeValue(`${judged.value}/${widest + i}`, 'ip'));
  return [judged.value, ...ranges.flatMap((range) => ('refused' in range ? [] : [range.value]))];
}

/** Whether an indicator of a value that was asked for means this: of its kind, and with the names under it. */
function means({ type, value, exact }: IndicatorRecord, { kind, value: seen }: Subject): boolean {
  if (kind === 'ip') return type === 'ip';
  if (kind === 'user') return type === 'email';
  if (kind === 'hash') return ['md5', 'sha1', 'sha256', 'imphash'].includes(type);
  if (type !== 'domain') return type === 'ip';
  const judged = judgeValue(seen, 'domain');
  return !exact || ('value' in judged && judged.value === value);
}

function said({ value, confidence, expires, threat, added }: IndicatorRecord, { value: seen }: Subject): string {
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  return [
    `is a known indicator${threat?.name ? ` of ${threat.name}` : ''}`,
    ...(value === seen.toLowerCase() ? [] : [`by ${value}`]),
    `confidence ${confidence} of 100`,
    `known here since ${day(added)}`,
    expires === null ? 'without expiry' : `valid until ${day(expires)}`,
  ].join(', ');
}
