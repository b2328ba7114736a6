import { concepts, fieldNamed, modifiers, type Reader } from './reader.js';
import { takeTime } from './time.js';

const BY_TIME = /^(minute|hour|day|week)$/;

/** Steps that read how an answer is to look: over which time, how much of it, by what. Each returns how many words it took. */

export function time(r: Reader): number {
  if (r.question.period) return 0;
  const taken = takeTime(r.lower, r.at, r.zone, r.now);
  if (!taken) return 0;
  r.question.period = taken;
  return taken.used;
}

export function amount(r: Reader): number {
  const [word = '', next = '', third = ''] = r.lower.slice(r.at, r.at + 3);
  const asked = r.question;
  if (word === 'how' && (next === 'many' || next === 'much' || next === 'often')) {
    asked.want = /^(different|distinct|unique)$/.test(third) ? 'distinct' : 'count';
    if (asked.want === 'distinct') return 3;
    // How many hosts is how many different ones.
    const field = r.fieldAt(r.at + 2);
    if (
      next === 'many' &&
      field &&
      !r.phraseAt(concepts, r.at + 2)?.of.where &&
      /^(host|user|source_ip|domain|destination_ip)$/.test(field.of.name)
    ) {
      asked.want = 'distinct';
      r.asked.push(field.of);
      return 2 + field.used;
    }
    return 2;
  }
  if (word === 'count' || (word === 'number' && next === 'of') || (word === 'total' && next !== '')) {
    asked.want = 'count';
    return next === 'of' || next === 'the' ? 2 : 1;
  }
  if (/^(distinct|unique|different)$/.test(word)) {
    const field = r.fieldAt(r.at + 1);
    if (!field) return 1;
    r.asked.push(field.of);
    return 1 + field.used;
  }
  const order = {
    top: 'most',
    most: 'most',
    busiest: 'most',
    bottom: 'least',
    rarest: 'least',
    rare: 'least',
    least: 'least',
    first: 'first',
    earliest: 'first',
    oldest: 'first',
    last: 'last',
    latest: 'last',
    newest: 'last',
    recent: 'last',
  } as const;
  if (/^(more|over|least|at|fewer)$/.test(word)) {
    const [, skip] =
      word === 'at' && next === 'least'
        ? [0, 2]
        : word === 'more' && next === 'than'
          ? [0, 2]
          : word === 'over'
            ? [0, 1]
            : [0, 0];
    const number = skip > 0 ? Number(r.lower[r.at + skip]) : Number.NaN;
    if (Number.isInteger(number)) {
      asked.atLeast = word === 'at' ? number : number + 1;
      return skip + 1 + (/^times?$/.test(r.lower[r.at + skip + 1] ?? '') ? 1 : 0);
    }
  }
  if (!Object.hasOwn(order, word)) return 0;
  asked.order = order[word as keyof typeof order];
  const isNumber = /^\d{1,4}$/.test(next);
  if (isNumber) asked.limit = Math.max(1, Math.min(1000, Number(next)));
  else if (asked.order === 'first' || asked.order === 'last') asked.limit = 1;
  const from = r.at + (isNumber ? 2 : 1) + (/^(common|active|frequent|seen)$/.test(isNumber ? third : next) ? 1 : 0);
  const used = from - r.at;
  if (word === 'most' && next === 'recent') {
    const count = /^\d{1,4}$/.test(third);
    asked.order = 'last';
    asked.limit = count ? Math.min(1000, Number(third)) : 1;
    return count ? 3 : 2;
  }
  // `top 10 users`, `rarest processes`: what is ranked.
  const field = asked.order === 'most' || asked.order === 'least' ? r.fieldAt(from) : null;
  if (!field) return used;
  r.asked.push(field.of);
  // `top processes` is about processes, too.
  const concept = r.phraseAt(concepts, from);
  if (concept) r.found.push({ concept: concept.of, words: concept.used });
  return used + Math.max(field.used, concept?.used ?? 0);
}

export function grouping(r: Reader): number {
  const [word = '', next = ''] = r.lower.slice(r.at, r.at + 2);
  let skip = 0;
  if (word === 'by' || word === 'per') skip = 1;
  else if (
    (word === 'grouped' ||
      word === 'group' ||
      word === 'broken' ||
      word === 'split' ||
      word === 'summarised' ||
      word === 'counted') &&
    (next === 'by' || next === 'down')
  )
    skip = next === 'down' ? 3 : 2;
  else if (word === 'for' && next === 'each') skip = 2;
  else if ((word === 'each' || word === 'every') && BY_TIME.test(next)) skip = 1;
  else if (word === 'hourly' || word === 'daily' || word === 'weekly') skip = 0;
  else return 0;
  let at = r.at + skip;
  let any = false;
  while (true) {
    if (/^(the|its|their|each)$/.test(r.lower[at] ?? '')) at++;
    const field = r.fieldAt(at);
    // `by process powershell.exe` names one.
    if (!field || r.isValue(at + field.used)) break;
    r.question.by.push(field.of);
    any = true;
    at += field.used;
    if (!/^(and|then|,)$/.test(r.lower[at] ?? '') || !r.fieldAt(at + 1)) {
      if (!r.fieldAt(at) || r.phraseAt(concepts, at)) break;
      continue;
    }
    at++;
  }
  if (any) return at - r.at;
  // `top users by failed logons`: what they are ranked by is what is counted.
  const isRanked = word === 'by' && (r.phraseAt(concepts, at) || r.phraseAt(modifiers, at));
  if (!isRanked) return 0;
  r.question.order ??= 'most';
  return 1;
}

/** `who`, `which hosts`, `where did`. */
export function asking(r: Reader): number {
  const [word = '', next = ''] = r.lower.slice(r.at, r.at + 2);
  if (word === 'who' || word === 'whose') {
    r.asked.push(fieldNamed('user'));
    return 1;
  }
  if (word === 'where') {
    r.asked.push(fieldNamed(r.lower.at(-1) === 'from' ? 'source' : 'host'));
    return 1;
  }
  if (word !== 'which' && word !== 'what') return 0;
  const skip = next === 'are' || next === 'were' || next === 'the' ? 2 : 1;
  const field = r.fieldAt(r.at + skip);
  if (!field) return 1;
  r.asked.push(field.of);
  const concept = r.phraseAt(concepts, r.at + skip);
  if (concept && concept.of.rank === undefined) r.found.push({ concept: concept.of, words: 0 });
  return skip + field.used;
}
