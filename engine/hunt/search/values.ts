import { guess, MAX_VALUE } from '../../detect/indicators/value/index.js';
import { refang } from '../../detect/indicators/value/refang.js';
import { MdrError } from '../../errors.js';
import { accountName } from '../../triage/links.js';

export const VALUE_KINDS = ['ip', 'domain', 'url', 'hash', 'account', 'host', 'email', 'name', 'text'] as const;
/** `name`: an account's or a host's, which its looks do not tell. `text`: anything else, looked for in whole records. */
export type ValueKind = (typeof VALUE_KINDS)[number];

export interface SoughtValue {
  kind: ValueKind;
  /** As it is compared: lower case, not defanged. */
  value: string;
}

export const MOST_VALUES = 20;
const MIN_LENGTH = 3;
const NAMED = /^(ip|domain|url|hash|account|user|host|email|mail|text):(?!\/\/)(.+)$/is;
const KIND_NAMES: Record<string, ValueKind> = { user: 'account', mail: 'email' };

/**
 * Values as people paste them, defanged or not; `host:dc01` and the like say what one is, otherwise its looks do.
 * @throws MdrError MDR_HUNT_BAD for none, too many, or one that half of all records would hold
 */
export function readValues(raw: readonly string[]): SoughtValue[] {
  const found = new Map<string, SoughtValue>();
  for (const each of raw.flatMap((text) => text.split(/,(?=\S)|,$/)).filter((text) => text.trim() !== '')) {
    const value = readValue(each);
    found.set(`${value.kind}:${value.value}`, value);
  }
  if (found.size === 0) throw bad('there is no value to look for');
  if (found.size > MOST_VALUES)
    throw bad(`these are ${found.size} values; at most ${MOST_VALUES} are looked for at once`);
  return [...found.values()];
}

function readValue(raw: string): SoughtValue {
  const [, word, rest] = NAMED.exec(raw.trim()) ?? [];
  const given = word === undefined ? null : (KIND_NAMES[word.toLowerCase()] ?? (word.toLowerCase() as ValueKind));
  const text = refang(rest ?? raw);
  if (text.length > MAX_VALUE) throw bad(`a value has at most ${MAX_VALUE} characters`);
  const kind = given ?? kindOf(text);
  const value = normal(kind, text);
  if (value.length < MIN_LENGTH) throw bad(`"${raw.slice(0, 40)}" is too short to say anything`);
  return { kind, value };
}

function kindOf(text: string): ValueKind {
  if (/^[^\\/\s]{1,64}\\[^\\/\s]+$/.test(text)) return 'account';
  switch (guess(text)) {
    case 'ip':
      return 'ip';
    case 'md5':
    case 'sha1':
    case 'sha256':
      return 'hash';
    case 'email':
      return 'email';
    case 'url':
      return text.includes('://') || /^[a-z0-9.-]+\.[a-z]{2,}(?::\d+)?\//i.test(text) ? 'url' : 'text';
    case 'domain':
      if (/\.(?:exe|dll|ps1|vbs|js|bat|cmd|scr|hta|zip|docm?|xlsm?|sh|py|elf|sys|lnk|iso)$/i.test(text)) return 'text';
      return text.includes('.') ? 'domain' : 'name';
    default:
      return /^[\w$.-]+$/.test(text) ? 'name' : 'text';
  }
}

function normal(kind: ValueKind, text: string): string {
  const lower = text.trim().toLowerCase();
  if (kind === 'account') return accountName(lower);
  if (kind === 'host') return lower.split('.')[0]!;
  if (kind === 'ip') return lower.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  if (kind === 'domain')
    return lower
      .replace(/^\*?\./, '')
      .replace(/:\d+$/, '')
      .replace(/\.$/, '');
  if (kind === 'url') return lower.replace(/^[a-z]+:\/\//, '').replace(/#.*$/, '');
  return lower;
}

const bad = (why: string): MdrError =>
  new MdrError('MDR_HUNT_BAD', `${why}.`, 'For example: /mdr hunt indicator 203.0.113.9 evil[.]example last 30d');
