import type { Case } from '../../store/cases.js';
import type { Profile } from '../../store/tenants.js';
import { line, MAX_TEXT } from '../case/text.js';

const MOST_TITLE = 150;

/** Whose case it is. */
export interface Whose {
  name: string;
  profile: Pick<Profile, 'domains'>;
}

/**
 * Words of one case as they may stand in a playbook, which all tenants' cases are run by: what was seen in the case is replaced by what kind
 * of thing it is, whose case it is by what they are, and braces, which a playbook fills, are none. People look over the rest before it is
 * accepted.
 */
export function general(
  text: string,
  { observables, people }: Pick<Case, 'observables' | 'people'>,
  { name: tenant, profile }: Whose,
  most = MOST_TITLE,
): string {
  const names = [
    ...observables.map(({ kind, value }) => ({ value, word: `the ${kind}` })),
    ...people.map(({ name, role }) => ({ value: name, word: `the ${role}` })),
    { value: tenant, word: 'the customer' },
    ...(profile.domains ?? []).map((value) => ({ value, word: 'the domain' })),
  ]
    .filter(({ value }) => value.length > 2)
    .sort((a, b) => b.value.length - a.value.length);
  // Cut last: half of a value would not be found.
  let words = line(text, MAX_TEXT);
  for (const { value, word } of names) words = replaced(words, value, word);
  return line(words.replaceAll('{', '(').replaceAll('}', ')'), most);
}

/** Whole words only, in any case of letters. */
function replaced(text: string, value: string, word: string): string {
  const [low, wanted] = [text.toLowerCase(), value.toLowerCase()];
  // Letters that change their length with their case would move what follows.
  if (low.length !== text.length) return text;
  let out = '';
  let from = 0;
  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, at + wanted.length)) {
    if (isWord(low[at - 1]) || isWord(low[at + wanted.length])) continue;
    out += text.slice(from, at) + word;
    from = at + wanted.length;
  }
  return out + text.slice(from);
}

const isWord = (letter: string | undefined): boolean => letter !== undefined && /[\p{L}\p{N}_]/u.test(letter);

/** An id of a step that no other has. */
export function idFor(title: string, taken: ReadonlySet<string>): string {
  const words = title
    .normalize('NFKD')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean)
    .filter((word) => !['a', 'an', 'the', 'of', 'to', 'and', 'for'].includes(word));
  let stem = '';
  for (const word of words) if (stem.length + word.length < 36) stem += (stem && '-') + word;
  if (!/^[a-z]/.test(stem) || stem === 'constructor') stem = `step-${stem}`.replace(/-$/, '');
  for (let i = 1; ; i++) {
    const id = i === 1 ? stem : `${stem}-${i}`;
    if (!taken.has(id)) return id;
  }
}

/** A time-out that would have been enough, rounded up to what people write: `45m`, `3h`, `2d`. */
export function roomFor(took: number): string {
  const minutes = Math.ceil((took * 1.25) / 60_000);
  if (minutes <= 120) return `${Math.max(5, Math.ceil(minutes / 5) * 5)}m`;
  const hours = Math.ceil(minutes / 60);
  return hours <= 48 ? `${hours}h` : `${Math.ceil(hours / 24)}d`;
}
