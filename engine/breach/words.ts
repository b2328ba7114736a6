import { minute } from '../say.js';
import type { Fact, FactValue } from './types.js';

/** `residents notified`, `people in US-CA`, `aware (for us.tx.521.053 alone)`. */
export function describeName(name: string): string {
  const [fact = '', rule] = name.split('@');
  if (rule !== undefined) return `${describeName(fact)} (for ${rule} alone)`;
  if (/^(duty|submitted):/.test(fact)) return fact.replace(':', ' ');
  if (/^(provider_)?role\./.test(fact)) return fact.replace(/_?role\./, ' ').trim();
  if (fact.startsWith('law.')) return `law of ${fact.slice(4)}`;
  const [group = '', place] = fact.split('.');
  return `${group.replaceAll('_', ' ')}${place === undefined ? '' : ` in ${place}`}`;
}

/** A value as people read it: `yes`, `500 to 900`, `2026-11-24 09:15 UTC`, `not known`. */
export function describeValue(value: FactValue): string {
  if (value === null) return 'not known';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  if ('decided' in value) return value.decided;
  if ('at' in value) return minute(value.at);
  if ('day' in value) return value.day;
  if (value.to === null) return `at least ${value.from}`;
  return value.from === value.to ? String(value.from) : `${value.from} to ${value.to}`;
}

/** `people in US-CA: 400, said by Ana Sol 2026-11-24 09:15 UTC`. */
export const describeFact = ({ fact, value, by, at }: Fact): string =>
  `${describeName(fact)}: ${describeValue(value)}, said by ${by} ${minute(at)}`;
