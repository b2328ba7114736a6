import { concepts, modifiers, NAMED, NEGATIONS, PREPOSITIONS, type Reader } from './reader.js';
import { looksLike } from './tokens.js';
import { FILLERS, type FilterKind } from './vocabulary.js';

/** Steps that read what is looked for, and what it is narrowed by. Each returns how many words it took. */

/** What a name after a concept is of. */
const NAME_OF: Readonly<Record<string, FilterKind>> = {
  ...{
    process: 'process',
    file: 'file',
    service: 'service',
    dns: 'domain',
    web: 'domain',
    library: 'file',
    malware: 'rule',
  },
};
/** Words after which a bare name is somebody's or something's. */
const ACTED = new Set([
  'did',
  'does',
  'do',
  'has',
  'have',
  'was',
  'is',
  'by',
  'for',
  'of',
  'with',
  'about',
  'user',
  'when',
]);

export function negation(r: Reader): number {
  const [word = '', next = ''] = r.lower.slice(r.at, r.at + 2);
  if (!NEGATIONS.has(word)) return 0;
  r.not = true;
  if (
    (word === 'other' && next === 'than') ||
    (word === 'but' && (next === 'not' || next === 'no')) ||
    (word === 'except' && next === 'for')
  )
    return 2;
  return 1;
}

export function named(r: Reader): number {
  if (!NAMED.has(r.lower[r.at] ?? '') || !r.tokens[r.at + 1]) return 0;
  const last = r.found.at(-1)?.concept;
  return 1 + r.values(r.at + 1, (last && NAME_OF[last.view]) ?? 'name');
}

export function modifier(r: Reader): number {
  const found = r.phraseAt(modifiers, r.at);
  const concept = r.phraseAt(concepts, r.at);
  if (!found || (concept && concept.used > found.used) || r.tokens[r.at]!.quoted) return 0;
  r.question.modifiers.push(found.of);
  return found.used;
}

export function concept(r: Reader): number {
  const found = r.phraseAt(concepts, r.at);
  if (!found) return 0;
  const after = r.at + found.used;
  // `process powershell.exe`, `user jane`: a value of its kind follows.
  const field = r.fieldAt(r.at);
  if (field?.of.filter && field.used >= found.used && r.isValue(r.at + field.used)) {
    if (found.of.rank === undefined) r.found.push({ concept: found.of, words: found.used });
    return field.used + r.values(r.at + field.used, field.of.filter);
  }
  r.found.push({ concept: found.of, words: found.used });
  return after - r.at;
}

export function fieldValue(r: Reader): number {
  const field = r.fieldAt(r.at);
  if (!field) return 0;
  let at = r.at + field.used;
  if (/^(is|=|equals|was|named|called)$/.test(r.lower[at] ?? '') && r.isValue(at + 1)) at++;
  if (field.of.filter && r.isValue(at)) return at - r.at + r.values(at, field.of.filter);
  // A field without a value says what is looked at: `users with failed logons`.
  if (/^(host|user|source|source_ip|domain|destination|port|url|action|parent|hash)$/.test(field.of.name)) {
    if (r.question.want === 'list' || r.question.want === 'distinct') r.asked.push(field.of);
    return field.used;
  }
  return 0;
}

export function preposition(r: Reader): number {
  const token = r.tokens[r.at]!;
  if (token.quoted) return 0;
  const kind = PREPOSITIONS[token.lower];
  if (kind === undefined && !/^(for|of|by|with|in|via|through|involving|against|about)$/.test(token.lower)) return 0;
  let at = r.at + 1;
  while (/^(the|a|an|any|our|my)$/.test(r.lower[at] ?? '')) at++;
  const field = r.fieldAt(at);
  if (field?.of.filter && r.isValue(at + field.used)) {
    const given = field.of.filter;
    const sided =
      given === 'ip' || given === 'host'
        ? token.lower === 'from'
          ? 'source'
          : token.lower === 'to'
            ? 'destination'
            : given
        : given;
    return at + field.used - r.at + r.values(at + field.used, sided);
  }
  if (!r.isValue(at)) return 0;
  const value = r.tokens[at]!.text;
  const looks = looksLike(value, r.tokens[at]!.quoted);
  if (kind === 'text' || token.lower === 'with' || token.lower === 'in') {
    const text = kind === 'text' || looks === null || looks === 'name' || looks === 'code' ? 'text' : looks;
    return at - r.at + r.values(at, text);
  }
  if (kind === 'source' || kind === 'destination') {
    const isOther = (kind === 'source' && looks === 'user') || looks === 'text' || looks === 'url';
    return at - r.at + r.values(at, isOther ? looks! : kind);
  }
  if (kind === 'host')
    return (
      at -
      r.at +
      r.values(at, looks === 'ip' ? 'ip' : looks === 'domain' || looks === null || looks === 'name' ? 'host' : looks)
    );
  if (kind !== undefined) return at - r.at + r.values(at, kind);
  const fallback =
    token.lower === 'by'
      ? 'user'
      : token.lower === 'against'
        ? 'name'
        : token.lower === 'for' || token.lower === 'of'
          ? 'name'
          : 'text';
  if (token.lower !== 'by') return at - r.at + r.values(at, looks ?? fallback);
  // What a process was started by is its parent.
  const by = looks === 'name' ? 'user' : looks === 'process' && isAboutStarts(r) ? 'parent' : (looks ?? fallback);
  return at - r.at + r.values(at, by);
}

/** A value that its looks tell: an address, a path, a program. */
export function looks(r: Reader): number {
  const token = r.tokens[r.at]!;
  const kind = looksLike(token.text, token.quoted);
  if (kind === null) {
    if (!r.not || FILLERS.has(token.lower) || !r.isValue(r.at)) return 0;
    return r.values(r.at, 'name');
  }
  const isStarter = kind === 'process' && isAboutStarts(r) && STARTED.test(r.lower[r.at + 1] ?? '');
  return r.values(r.at, isStarter ? 'parent' : kind);
}

const STARTED = /^(started|starts|launched|launches|spawned|spawns|ran|executed)$/;
const isAboutStarts = (r: Reader): boolean => r.found.some(({ concept: { view } }) => view === 'process');

export function afterVerb(r: Reader): number {
  if (!r.isValue(r.at) || !ACTED.has(r.lower[r.at - 1] ?? '')) return 0;
  return r.values(r.at, 'name');
}

export function filler(r: Reader): number {
  const { lower, quoted } = r.tokens[r.at]!;
  const isLast = r.at === r.tokens.length - 1;
  // `where did jane log on from`
  return !quoted && (FILLERS.has(lower) || (isLast && /^(from|to|on|at)$/.test(lower))) ? 1 : 0;
}
