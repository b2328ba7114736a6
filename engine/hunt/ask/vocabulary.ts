import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import PorterStemmer from 'natural/lib/natural/stemmers/porter_stemmer.js';
import { parse } from 'yaml';
import { z } from 'zod';
import { DATASETS } from '../../lake/index.js';
import { projectRoot } from '../../root.js';

const FILTER_KINDS = [
  ...([
    'host',
    'user',
    'ip',
    'source',
    'destination',
    'domain',
    'process',
    'parent',
    'command',
    'port',
    'url',
    'file',
  ] as const),
  ...([
    'hash',
    'service',
    'registry',
    'code',
    'action',
    'type',
    'agent',
    'status',
    'method',
    'region',
    'rule',
    'group',
  ] as const),
  ...(['target', 'text', 'name', 'format', 'provider', 'protocol'] as const),
] as const;
export type FilterKind = (typeof FILTER_KINDS)[number];

const phrases = z.array(z.string()).min(1);
const schema = z.strictObject({
  concepts: z.array(
    z.strictObject({
      /** As help names it. */
      name: z.string(),
      view: z.enum(['events', ...DATASETS]),
      /** What is meant, as SQL; without it, all of the view. */
      where: z.string().optional(),
      /** Below 0: only when nothing else is named. */
      rank: z.number().optional(),
      /** Whose account it is about, where that is not who acted. */
      user: z.string().optional(),
      phrases,
      /** Columns of a list. */
      columns: phrases,
    }),
  ),
  modifiers: z.array(
    z.strictObject({
      phrases,
      where: z.string(),
      /** What it speaks of when nothing else is said. */
      about: z.string().optional(),
    }),
  ),
  fields: z.array(
    z.strictObject({
      name: z.string(),
      phrases,
      /** SQL; by view where it differs. */
      sql: z.union([z.string(), z.record(z.string(), z.string())]),
      /** Kind of filter when a value follows: `user jane`. */
      filter: z.enum(FILTER_KINDS).optional(),
    }),
  ),
  fillers: phrases,
});
type Words = z.infer<typeof schema>;
export type Concept = Words['concepts'][number];
export type Modifier = Words['modifiers'][number];
export type Field = Words['fields'][number];

const words = schema.parse(parse(readFileSync(join(projectRoot, 'engine/hunt/ask/words.yaml'), 'utf8')));
/** What questions can be about; what narrows it; what answers are grouped by and filtered by. */
export const CONCEPTS: readonly Concept[] = words.concepts;
export const MODIFIERS: readonly Modifier[] = words.modifiers;
export const FIELDS: readonly Field[] = words.fields;
/** Words that say nothing that is asked for. */
export const FILLERS: ReadonlySet<string> = new Set(words.fillers);

const LONGEST = 40;
const MOST_KEPT = 5000;
const stems = new Map<string, string>();

export function stem(word: string): string {
  let found = stems.get(word);
  if (found === undefined) {
    found = word.length > LONGEST ? word : PorterStemmer.stem(word);
    if (stems.size < MOST_KEPT) stems.set(word, found);
  }
  return found;
}

/** Phrases by their first stem, the longest first. */
export type PhraseBook<T> = ReadonlyMap<string, { stems: readonly string[]; of: T }[]>;

export function phraseBook<T extends { phrases: readonly string[] }>(all: readonly T[]): PhraseBook<T> {
  const book = new Map<string, { stems: readonly string[]; of: T }[]>();
  for (const of of all)
    for (const phrase of of.phrases) {
      const parts = phrase.split(' ').map(stem);
      book.set(parts[0]!, [...(book.get(parts[0]!) ?? []), { stems: parts, of }]);
    }
  for (const list of book.values()) list.sort((a, b) => b.stems.length - a.stems.length);
  return book;
}
