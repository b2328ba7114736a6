import type { Entity } from './types.js';

const NUMBER = /^#?([1-9]\d{0,8})$/;
const NAMES = new Set([
  'alert',
  'alerts',
  'allert',
  'allerts',
  'alret',
  'alrets',
  'number',
  'numbers',
  'no',
  'nr',
  'num',
  'nbr',
  '#',
]);
const CASES = new Set(['case', 'cases', 'incident', 'incidents']);
/** After these a number is something else. */
const NOT_AFTER = new Set(
  'event events id eventid port error code level score top first last next past at windows win line page version v room of than over under around times x plus minus by for since until before after within'.split(
    ' ',
  ),
);
/** Before these too. */
const NOT_BEFORE = new Set(
  'alerts events hits times time minute minutes min mins hour hours hrs h day days week weeks month months year years percent am pm people users hosts rules detections records logs lines x more others ones of euros dollars o'.split(
    ' ',
  ),
);
const LOOKS = new Set(['look', 'looks', 'looking', 'looked', 'glance']);
const LIST = new Set(['and', '&', 'or', 'plus', ',']);

/**
 * Alerts and cases by their numbers: `12`, `#12`, `alert 12`, `alerts 12 and 13`, `case 7`. A number that counts something is none.
 * @param words in lower case
 * @param free whether the word at a place is not part of anything else
 */
export function numbersIn(words: readonly string[], free: (at: number) => boolean): Entity[] {
  const found: Entity[] = [];
  for (const [at, word] of words.entries()) {
    if (!free(at)) continue;
    const glued = /^(alert|case)[-_]?#?([1-9]\d{0,8})$/.exec(word);
    const digits = NUMBER.exec(word.replace(/['’]s$/, ''))?.[1] ?? glued?.[2];
    if (!digits) continue;
    const before = words[at - 1] ?? '';
    const kind = glued ? (glued[1] as 'alert' | 'case') : kindOf(words, at, found);
    if (!kind) continue;
    const named = !glued && (NAMES.has(before) || CASES.has(before));
    found.push({ kind, value: digits, from: named ? at - 1 : at, to: at + 1 });
  }
  return found;
}

function kindOf(words: readonly string[], at: number, found: readonly Entity[]): 'alert' | 'case' | null {
  const before = words[at - 1] ?? '';
  const marked = words[at]!.startsWith('#');
  if (CASES.has(before) || (NAMES.has(before) && CASES.has(words[at - 2] ?? ''))) return 'case';
  if (NAMES.has(before) || marked) return 'alert';
  const previous = found.at(-1);
  if (previous && LIST.has(before) && previous.to === at - 1) return previous.kind as 'alert' | 'case';
  // `looking at 14`, where `at 14` alone is a time.
  if (before === 'at' && LOOKS.has(words[at - 2] ?? '')) return NOT_BEFORE.has(words[at + 1] ?? '') ? null : 'alert';
  return NOT_AFTER.has(before) || NOT_BEFORE.has(words[at + 1] ?? '') ? null : 'alert';
}
