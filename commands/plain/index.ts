import { LEVELS, TACTICS } from '../../engine/detect/types.js';
import type { Command } from '../types.js';
import { isFill } from '../words/fill.js';
import { type Example, train } from './classifier.js';
import { entitiesIn, type Terms, type World } from './entities.js';
import { NOTHING } from './nothing.js';
import { Said } from './said.js';
import { phraseWords, readSentence, type Token } from './sentence.js';
import { openSpelling } from './spelling.js';
import type { Entity, Missing, Plain } from './types.js';

/** From here on words are clear: what only shows is run, what changes is offered as one button. Found on the training phrases alone. */
export const SURE = 0.6;
/** From here on it is worth asking "did you mean". */
export const LIKELY = 0.12;
const MOST_CHOICES = 3;
const NONE = 'none';

/** One command that words may have meant. */
export interface Choice {
  readonly command: Command;
  /** Which of the things that the command does. */
  readonly plain: Plain;
  readonly confidence: number;
  /** The command line, and the button that says it; null while something is missing. */
  readonly line: readonly string[] | null;
  readonly label: string;
  readonly missing: Missing | null;
}

export interface Understanding {
  /** The likeliest first. */
  readonly choices: readonly Choice[];
  /** Whether the first is clear enough to be run, or to be offered alone. */
  readonly sure: boolean;
}

export interface PlainWords {
  /**
   * What words may have meant.
   * @param words as split by the bot; quoted ones are one
   * @param thread number of the alert in whose thread they were said
   * @returns null when it is no sentence that anything can be made of
   */
  understand(words: readonly string[], world: World, thread: number | null): Understanding | null;
}

/** Words after which a thing is not asked for but spoken about; nothing is offered as if it were. */
const DOUBT =
  / (?:not|never|if|would|should (?:we|i|you|they|it)|unless|ignore (?:all )?(?:previous|prior)|everything|all the|all alerts|nobody should) /;

/** What begins like this asks, and asks for no change; "do not" and "have a look" do not ask. */
const QUESTION =
  /^ (?:(?:so|and|but|ok|hey) )?(?:what|who|whom|whose|which|how|when|where|why|is|are|was|were|did|does|do(?! not)|has|have(?! a)) /;

// How much is left of a meaning that does not fit: for each thing it cannot explain; when something is missing, or to be chosen; when
// words ask, and it changes something.
const UNEXPLAINED = 0.15;
const LACKS = 0.3;
const CHOOSES = 0.8;
const QUESTIONED = 0.3;

/**
 * Train on the phrases of all commands. Deterministic: the same commands understand the same.
 * @param nothing phrases that mean no command
 */
export function openPlain(commands: readonly Command[], nothing: readonly string[] = NOTHING): PlainWords {
  const known = commands.flatMap((command) => (command.plain ?? []).map((plain) => ({ command, plain })));
  // Several lists of phrases may ask for the same: then they count together.
  const sameAs = known.map(({ plain }) => known.findIndex((other) => other.plain.args === plain.args));
  const examples: Example[] = [
    ...known.flatMap(({ plain }, at) =>
      plain.phrases.map((phrase) => ({ words: phraseWords(phrase), label: String(at) })),
    ),
    ...nothing.map((phrase) => ({ words: phraseWords(phrase), label: NONE })),
  ];
  const classify = train(examples);
  const terms = termsOf(known.map(({ plain }) => plain));
  const vocabulary = new Set([
    ...examples.flatMap(({ words }) => words.filter((word) => !word.startsWith('{'))),
    ...[...terms.keys()].flatMap((term) => term.split(' ')),
    ...LEVELS,
    ...TACTICS.flatMap((tactic) => tactic.split('-')),
    ...LANGUAGE.split(' '),
  ]);
  const spell = openSpelling(vocabulary);
  const names = commands.map(({ name }) => name);
  const isCommon = (word: string) => vocabulary.has(word);

  return {
    understand(words, world, thread) {
      const read = readSentence(words);
      if (!read) return null;
      const first = entitiesIn(read, world, terms, isCommon);
      const tokens = respelt(read.tokens, first, spell);
      const sentence = { ...read, tokens };
      const entities = tokens === read.tokens ? first : entitiesIn(sentence, world, terms, isCommon);
      const low = tokens.map((token) => token.low);
      const isQuestion = QUESTION.test(` ${low.join(' ')} `);
      const candidates = new Map<number, Candidate>();
      let total = 0;
      let none = 0;
      for (const { label, share, alike } of classify(slotted(low, entities))) {
        if (label === NONE) {
          none = share;
          total += share;
          continue;
        }
        const at = sameAs[Number(label)]!;
        const candidate =
          candidates.get(at) ?? candidateOf(known[at]!, new Said(low, entities, thread, names), isQuestion);
        candidates.set(at, candidate);
        candidate.share += share * candidate.fit;
        candidate.alike = Math.max(candidate.alike, alike);
        total += share * candidate.fit;
      }
      const confidenceOf = ({ share, alike }: Candidate) => (share / (total || 1)) * alike;
      const choices = [...candidates.values()]
        .filter((candidate) => confidenceOf(candidate) >= LIKELY)
        .sort((a, b) => confidenceOf(b) - confidenceOf(a))
        .slice(0, MOST_CHOICES)
        .map((candidate) => ({ ...candidate, choice: { ...candidate.choice, confidence: confidenceOf(candidate) } }));
      const [top] = choices;
      const doubtful = !top?.choice.plain.reads && DOUBT.test(` ${low.join(' ')} `);
      return {
        choices: choices.map(({ choice }) => choice),
        sure:
          top !== undefined &&
          top.choice.line !== null &&
          top.left === 0 &&
          !isStrange(low, entities, isCommon) &&
          !doubtful &&
          top.choice.confidence >= SURE &&
          top.share > none,
      };
    },
  };
}

/** A meaning with what it makes of the words. */
interface Candidate {
  readonly choice: Omit<Choice, 'confidence'>;
  /** How many things were recognised that it has no use for. */
  readonly left: number;
  /** How well it explains what was recognised, 0 to 1. */
  readonly fit: number;
  share: number;
  alike: number;
}

/** What a meaning cannot explain speaks against it, whatever the words are like. */
function candidateOf(
  { command, plain }: { command: Command; plain: Plain },
  said: Said,
  isQuestion: boolean,
): Candidate {
  const made = plain.args(said);
  const missing = 'missing' in made ? made : null;
  const line = 'missing' in made ? null : [command.name, ...made];
  const label = missing ? missing.missing : (plain.label?.(line!.slice(1)) ?? lineText(line!));
  const left = said.left().length;
  const lacks = missing === null ? 1 : missing.choices ? CHOOSES : LACKS;
  const fit = UNEXPLAINED ** left * lacks * (isQuestion && !plain.reads ? QUESTIONED : 1);
  return { choice: { command, plain, line, label, missing }, left, fit, share: 0, alike: 0 };
}

/** A command line as one would type it: words with spaces in quotes. */
export function lineText(words: readonly string[]): string {
  return words.map((word) => (/\s|^$/.test(word) ? `"${word.replaceAll('"', "'")}"` : word)).join(' ');
}

/** Whether half of the words, or more, are neither known nor recognised: `tenant xyzzy` asks for something else than the tenant. */
function isStrange(
  words: readonly string[],
  entities: readonly Entity[],
  isCommon: (word: string) => boolean,
): boolean {
  const isPart = (at: number) => entities.some(({ from, to }) => at >= from && at < to);
  return words.filter((word, at) => !isPart(at) && !isCommon(word) && !isFill(word)).length * 2 >= words.length;
}

/** Entities as the slots of the example phrases. */
function slotted(words: readonly string[], entities: readonly Entity[]): string[] {
  const slots: string[] = [];
  let at = 0;
  for (const entity of entities) {
    slots.push(...words.slice(at, entity.from), `{${entity.kind}}`);
    at = entity.to;
  }
  return [...slots, ...words.slice(at)];
}

/** Typing errors in words that are nothing else. @returns the same array when there is none */
function respelt(
  tokens: readonly Token[],
  entities: readonly Entity[],
  spell: (word: string) => string,
): readonly Token[] {
  const isPart = (at: number) => entities.some(({ from, to }) => at >= from && at < to);
  let changed = false;
  const found = tokens.map((token, at) => {
    const low = token.quoted || isPart(at) ? token.low : spell(token.low);
    if (low === token.low) return token;
    changed = true;
    return { ...token, low };
  });
  return changed ? found : tokens;
}

function termsOf(all: readonly Plain[]): Terms {
  const terms = new Map<string, { kind: Entity['kind']; value: string }>();
  for (const { terms: own } of all) {
    for (const [kind, values] of Object.entries(own ?? {}))
      for (const [term, value] of Object.entries(values)) terms.set(term, { kind: kind as Entity['kind'], value });
  }
  return terms;
}

/** Words that no phrase may happen to hold, and that are no typing error either. */
const LANGUAGE =
  'yesterday today tomorrow night morning afternoon evening weekend week month year hour minute monday tuesday wednesday thursday ' +
  'friday saturday sunday january february march april june july august september october november december could would should ' +
  'might must shall these those there their them than then some such very much many more most each every never always about above ' +
  'after again against before below between during from into once only other over same through under until while with without';
