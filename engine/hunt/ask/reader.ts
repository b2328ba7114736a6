import type { Filter } from './filters.js';
import { type Stretch, takeTime } from './time.js';
import { looksLike, type Token } from './tokens.js';
import {
  CONCEPTS,
  type Concept,
  FIELDS,
  FILLERS,
  type Field,
  type FilterKind,
  MODIFIERS,
  type Modifier,
  type PhraseBook,
  phraseBook,
} from './vocabulary.js';

/** A question as it was understood. */
export interface Question {
  concept: Concept;
  modifiers: Modifier[];
  filters: Filter[];
  by: Field[];
  /** `list`: events; `count`: how many; `distinct`: how many different of the first group. */
  want: 'list' | 'count' | 'distinct' | 'group';
  order: 'most' | 'least' | 'first' | 'last' | null;
  limit: number | null;
  atLeast: number | null;
  period: Stretch | null;
}

export const concepts = phraseBook(CONCEPTS);
export const modifiers = phraseBook(MODIFIERS);
const fields = phraseBook(FIELDS);
export const fieldNamed = (name: string): Field => FIELDS.find((field) => field.name === name)!;

export const PREPOSITIONS: Readonly<Record<string, FilterKind>> = {
  ...{
    on: 'host',
    at: 'host',
    onto: 'host',
    from: 'source',
    to: 'destination',
    into: 'destination',
    towards: 'destination',
  },
  ...{
    as: 'user',
    containing: 'text',
    mentioning: 'text',
    matching: 'text',
    including: 'text',
    like: 'text',
    contains: 'text',
  },
};
export const NEGATIONS = new Set([
  'not',
  'except',
  'excluding',
  'without',
  'but',
  'other',
  'ignoring',
  'ignore',
  'minus',
  'no',
]);
export const NAMED = new Set(['named', 'called']);

const ARTICLES = new Set(['the', 'a', 'an', 'our', 'their', 'its']);

/** Where reading stands in a question, and what was understood so far. */
export class Reader {
  at = 0;
  /** The next value is one to leave out. */
  not = false;
  readonly lower: string[];
  readonly found: { concept: Concept; words: number }[] = [];
  readonly question: Omit<Question, 'concept'> = {
    ...{ modifiers: [], filters: [], by: [], want: 'list', order: null, limit: null, atLeast: null, period: null },
  };
  /** Fields that `which hosts`, `who` ask for. */
  readonly asked: Field[] = [];

  constructor(
    readonly tokens: readonly Token[],
    readonly zone: string,
    readonly now: number,
  ) {
    this.lower = tokens.map(({ lower, quoted }) => (quoted ? '\0' : lower));
  }

  /** Take one value, and those joined to it by `or`, `and`. @returns words used */
  values(from: number, kind: FilterKind): number {
    const values = [this.tokens[from]!.text];
    let at = from + 1;
    while (
      /^(or|and|nor)$/.test(this.lower[at] ?? '') &&
      this.isValue(at + 1) &&
      !this.not === !NEGATIONS.has(this.lower[at + 1]!)
    ) {
      values.push(this.tokens[at + 1]!.text);
      at += 2;
    }
    this.question.filters.push({ kind, values, not: this.not });
    this.not = false;
    return at - from;
  }

  /** Whether a word can only be a value: nothing of the vocabulary, no time. */
  isValue(at: number): boolean {
    const token = this.tokens[at];
    if (!token) return false;
    if (token.quoted || looksLike(token.text, false) !== null || /^\d+$/.test(token.text)) return true;
    if (FILLERS.has(token.lower) || PREPOSITIONS[token.lower] || NEGATIONS.has(token.lower) || NAMED.has(token.lower))
      return false;
    if (
      /^(by|per|for|of|with|in|each|grouped|top|first|last|latest|most|more|at|over|how|via|through|before|after)$/.test(
        token.lower,
      )
    )
      return false;
    if (this.phraseAt(concepts, at) || this.phraseAt(modifiers, at) || this.fieldAt(at)) return false;
    return takeTime(this.lower, at, this.zone, this.now) === null;
  }

  fieldAt(at: number): { of: Field; used: number } | null {
    return this.phraseAt(fields, at);
  }

  phraseAt<T>(book: PhraseBook<T>, at: number): { of: T; used: number } | null {
    const first = this.tokens[at];
    if (!first || first.quoted) return null;
    for (const { stems, of } of book.get(first.stem) ?? []) {
      let end = at + 1;
      const fits = stems.slice(1).every((each) => {
        // `cleared the event log`
        while (ARTICLES.has(this.lower[end] ?? '')) end++;
        const token = this.tokens[end++];
        return token?.stem === each && !token.quoted;
      });
      if (fits) return { of, used: end - at };
    }
    return null;
  }
}
