import { DateTime } from 'luxon';
import { LEVELS } from '../../engine/detect/types.js';
import type { Person } from '../../engine/store/people.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { peopleIn } from './names.js';
import { numbersIn } from './numbers.js';
import { cuedBy, observableOf } from './observables.js';
import { periodAt } from './periods.js';
import type { Sentence, Token } from './sentence.js';
import type { Entity, EntityKind } from './types.js';

/** What names are known where something was said. */
export interface World {
  readonly people: readonly Person[];
  readonly tenant: Pick<Tenant, '_id' | 'name'>;
  /** Ids of other tenants that who asks may have meant. */
  readonly others: readonly string[];
  /** Epoch ms. */
  readonly now: number;
  readonly zone: string;
}

/** Words of a command's own, such as its reasons, by what they are: `fp` → reason `false_positive`. Up to three words each. */
export type Terms = ReadonlyMap<string, { kind: EntityKind; value: string }>;

const LONGEST_TERM = 3;

/**
 * Everything in a sentence that a command could take. Each word belongs to one thing at most; what is plain by its looks goes before
 * what is only likely.
 * @param isCommon whether a word is part of the language, and so no name
 */
export function entitiesIn(
  { tokens, text }: Sentence,
  world: World,
  terms: Terms,
  isCommon: (word: string) => boolean,
): Entity[] {
  const words = tokens.map(({ low }) => low);
  const taken = new Array<boolean>(tokens.length).fill(false);
  const found: Entity[] = [];
  const isFree = (at: number) => !taken[at];
  const take = (entity: Entity) => {
    for (let at = entity.from; at < entity.to; at++) if (!isFree(at)) return;
    taken.fill(true, entity.from, entity.to);
    found.push(entity);
  };

  const now = DateTime.fromMillis(world.now, { zone: world.zone });
  for (const [at, token] of tokens.entries()) {
    const seen = codeOf(token.raw) ?? (token.quoted ? null : observableOf(unowned(token.raw)));
    const named = seen?.kind === 'exception' && /^exceptions?$/.test(words[at - 1] ?? '');
    if (seen) take({ ...seen, from: named ? at - 1 : at, to: at + 1 });
  }
  for (let at = 0; at < tokens.length; at++) {
    const period = isFree(at) ? periodAt(words, at, now) : null;
    if (!period) continue;
    const { since: value, until, days, length } = period;
    take({ kind: 'period', value, until, days, from: at, to: at + length });
  }
  for (const [at, { raw }] of tokens.entries()) {
    const cued = at > 0 ? cuedBy(words[at - 1]!, unowned(raw), isCommon) : null;
    // The cue wins over looks: `user jane.doe` is no domain.
    const looks = found.findIndex((entity) => entity.from === at && entity.to === at + 1);
    if (!cued || (looks < 0 && !isFree(at))) continue;
    if (looks >= 0 && /^(?:period|ip|hash)$/.test(found[looks]!.kind)) continue;
    if (looks >= 0) found.splice(looks, 1);
    taken[at] = false;
    take({ ...cued, from: isFree(at - 1) ? at - 1 : at, to: at + 1 });
  }
  for (const entity of peopleIn(tokens, world.people, isCommon)) take(entity);
  for (const entity of tenantsIn(tokens, world)) take(entity);
  for (const entity of termsIn(tokens, terms)) take(entity);
  for (const entity of levelsIn(words)) take(entity);
  for (const entity of numbersIn(words, isFree)) take(entity);
  if (text !== null) found.push({ kind: 'text', value: text, from: tokens.length, to: tokens.length });
  return found.sort((a, b) => a.from - b.from);
}

const unowned = (word: string): string => word.replace(/['’]s$/i, '');

function codeOf(word: string): { kind: EntityKind; value: string } | null {
  if (/^mdr_[a-z0-9_]{1,40}$/i.test(word)) return { kind: 'code', value: word.toUpperCase() };
  if (/^t\d{4}(?:\.\d{3})?$/i.test(word)) return { kind: 'technique', value: word.toUpperCase() };
  if (/^e[1-9]\d{0,8}$/i.test(word)) return { kind: 'exception', value: word.toUpperCase() };
  return null;
}

/** Longest terms first; a quoted term is one word. */
function* termsIn(tokens: readonly Token[], terms: Terms): Generator<Entity> {
  for (let at = 0; at < tokens.length; at++) {
    for (let length = Math.min(LONGEST_TERM, tokens.length - at); length > 0; length--) {
      const said = tokens
        .slice(at, at + length)
        .map(({ low }) => low.replaceAll(/[-_]/g, ' '))
        .join(' ');
      const term = terms.get(said);
      if (!term) continue;
      yield { ...term, from: at, to: at + length };
      at += length - 1;
      break;
    }
  }
}

/** `high`, `high and above`, `at least medium`; the plus is what `alerts` writes for it. */
function* levelsIn(words: readonly string[]): Generator<Entity> {
  for (const [at, word] of words.entries()) {
    const level = LEVELS.find(
      (name) => name === word.replace(/\+$|s$/, '') || (word === 'info' && name === 'informational'),
    );
    if (!level) continue;
    const after = words.slice(at + 1, at + 3).join(' ');
    const more = /^(?:and|or) (?:above|higher|up|worse|more)/.test(after) ? 2 : 0;
    const least = words[at - 2] === 'at' && words[at - 1] === 'least' ? 2 : 0;
    const plus = more || least || word.endsWith('+') ? '+' : '';
    yield { kind: 'level', value: `${level}${plus}`, from: at - least, to: at + 1 + more };
  }
}

/** This tenant's own name says nothing new; another's means that the answer is not to be had here. */
function* tenantsIn(tokens: readonly Token[], { others }: World): Generator<Entity> {
  for (const [at, { low }] of tokens.entries()) {
    if (others.includes(low)) yield { kind: 'tenant', value: low, from: at, to: at + 1 };
    else if (
      /^(?:tenants|customers|clients)$/.test(low) &&
      /^(?:all|every|other|both)$/.test(tokens[at - 1]?.low ?? '')
    )
      yield { kind: 'tenant', value: 'all', from: at - 1, to: at + 1 };
  }
}
