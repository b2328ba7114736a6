import { LEVELS, TACTICS } from '../../engine/detect/types.js';
import type { Command } from '../types.js';
import { type Example, train } from './classifier.js';
import { entitiesIn, type Terms, type World } from './entities.js';
import { NOTHING } from './nothing.js';
import { Said } from './said.js';
import { phraseWords, readSentence, type Token } from './sentence.js';
import { openSpelling } from './spelling.js';
import type { Entity, Missing, Plain } from './types.js';

/** From here on words are clear: what only shows is run, what changes is offered as one button. Found on the training phrases alone. */
export const SURE = 0.5;
/** From here on it is worth asking "did you mean". */
export const LIKELY = 0.2;
const MOST_CHOICES = 3;
const NONE = 'none';

/** One command that words may have meant. */
export interface Choice {
  readonly command: Command;
  /** Its place among what the command does. */
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

/**
 * Train on the phrases of all commands. Deterministic: the same commands understand the same.
 * @param nothing phrases that mean no command
 */
export function openPlain(commands: readonly Command[], nothing: readonly string[] = NOTHING): PlainWords {
  const known = commands.flatMap((command) => (command.plain ?? []).map((plain) => ({ command, plain })));
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
      const guesses = classify(slotted(low, entities));
      const none = guesses.find(({ label }) => label === NONE)?.confidence ?? 0;
      const choices = guesses
        .filter(({ label, confidence }) => label !== NONE && confidence >= LIKELY)
        .slice(0, MOST_CHOICES)
        .map(({ label, confidence }): { choice: Choice; left: number } => {
          const { command, plain } = known[Number(label)]!;
          const said = new Said(low, entities, thread, names);
          const made = plain.args(said);
          const line = 'missing' in made ? null : [command.name, ...made];
          return {
            choice: {
              command,
              plain,
              confidence,
              line,
              missing: 'missing' in made ? made : null,
              label: 'missing' in made ? made.missing : (plain.label?.(made) ?? lineText(line!)),
            },
            left: said.left().length,
          };
        });
      const [top] = choices;
      const doubtful = !top?.choice.plain.reads && DOUBT.test(` ${low.join(' ')} `);
      return {
        choices: choices.map(({ choice }) => choice),
        sure:
          top !== undefined &&
          top.choice.line !== null &&
          top.left === 0 &&
          !doubtful &&
          top.choice.confidence >= SURE &&
          top.choice.confidence > none,
      };
    },
  };
}

/** A command line as one would type it: words with spaces in quotes. */
export function lineText(words: readonly string[]): string {
  return words.map((word) => (/\s|^$/.test(word) ? `"${word.replaceAll('"', "'")}"` : word)).join(' ');
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
