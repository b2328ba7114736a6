import type { Person } from '../../engine/store/people.js';
import type { Token } from './sentence.js';
import type { Entity } from './types.js';

const MOST_NAMES = 4;

/**
 * People by their name, a part of it that only they have, their id, `@handle` or a mention.
 * A part of a name that several have stays as it was said: the command asks which.
 * @param isCommon whether a word is part of the language: then only a capital letter makes it a name
 */
export function peopleIn(
  tokens: readonly Token[],
  people: readonly Person[],
  isCommon: (word: string) => boolean,
): Entity[] {
  const forms = new Map<string, string | null>();
  for (const { _id, name } of people) {
    const parts = name.toLowerCase().split(/\s+/);
    for (const form of new Set([_id.toLowerCase(), name.toLowerCase(), ...parts])) {
      if (form.length < 2) continue;
      const known = forms.get(form);
      forms.set(form, known === undefined || known === _id ? _id : null);
    }
  }
  const found: Entity[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const hit = nameAt(tokens, at, forms, people, isCommon);
    if (!hit) continue;
    found.push({ kind: 'person', value: hit.value, from: at, to: at + hit.length });
    at += hit.length - 1;
  }
  return found;
}

function nameAt(
  tokens: readonly Token[],
  at: number,
  forms: ReadonlyMap<string, string | null>,
  people: readonly Person[],
  isCommon: (word: string) => boolean,
): { value: string; length: number } | null {
  const { raw } = tokens[at]!;
  const mentioned = /^(?:<@!?([A-Za-z0-9]+)>|@([A-Za-z0-9]+))$/.exec(raw);
  if (mentioned) {
    const id = mentioned[1] ?? mentioned[2]!;
    const person = people.find(({ identities }) => identities.some((identity) => identity.split(':')[1] === id));
    if (person) return { value: person._id, length: 1 };
  }
  for (let length = Math.min(MOST_NAMES, tokens.length - at); length > 0; length--) {
    const said = tokens.slice(at, at + length).map(({ low }) => low);
    const form = said
      .join(' ')
      .replace(/^@/, '')
      .replace(/['’]s$/, '');
    const id = forms.get(form);
    if (id === undefined) continue;
    // `mark 9 as seen` speaks to nobody called Mark.
    if (length === 1 && isCommon(form) && !raw.startsWith('@') && (at === 0 || raw[0] === raw[0]!.toLowerCase()))
      continue;
    return { value: id ?? form, length };
  }
  return null;
}
