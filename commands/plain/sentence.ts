/** Longest sentence that is looked at; longer ones are letters, not questions. */
const MOST_CHARACTERS = 400;
const MOST_WORDS = 60;

export interface Token {
  /** As typed, without the punctuation around it. */
  readonly raw: string;
  readonly low: string;
  /** Whether it stood in quotes as one, so that it may hold spaces. */
  readonly quoted: boolean;
}

export interface Sentence {
  readonly tokens: readonly Token[];
  /** What follows a colon, "because" or "saying": a person's own words, not looked into. */
  readonly text: string | null;
}

const BECAUSE = new Set(['because', 'cause', 'cuz', 'coz', 'bc', 'saying', 'as:', 'reason:']);
const FANGS: readonly [RegExp, string][] = [
  [/\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)/gi, '.'],
  [/\[:\]/g, ':'],
  [/\[@\]|\[at\]|\(at\)/gi, '@'],
  [/^hxxp/i, 'http'],
];

/**
 * Words of a command line as a sentence: what cannot be seen is taken out, defanged addresses (`10[.]0[.]0[.]1`, `hxxp://`) are made
 * whole, and punctuation is taken off.
 * @returns null when there is nothing, or too much of it
 */
export function readSentence(words: readonly string[]): Sentence | null {
  if (words.length > MOST_WORDS || words.reduce((sum, word) => sum + word.length, 0) > MOST_CHARACTERS) return null;
  const clean = words.map(visible).filter((word) => word !== '');
  const end = clean.findIndex((word, at) => at > 0 && startsText(word, at < clean.length - 1));
  const head = end < 0 ? clean : clean.slice(0, end + 1);
  const text = end < 0 ? '' : clean.slice(end + 1).join(' ');
  const tokens = head.flatMap((word): Token[] => {
    const raw = bare(word);
    if (raw === '') return [];
    const whole = spelledOut(raw.toLowerCase());
    if (whole) return whole.map((part) => ({ raw: part, low: part, quoted: false }));
    return [{ raw, low: raw.toLowerCase(), quoted: /\s/.test(raw) }];
  });
  return tokens.length === 0 ? null : { tokens, text: text === '' ? null : text };
}

function startsText(word: string, more: boolean): boolean {
  return more && !/\s/.test(word) && (word.endsWith(':') || BECAUSE.has(word.toLowerCase().replace(/,$/, '')));
}

/** What is written as one word in chat, as the words it stands for. */
const SHORT: Record<string, string> = {
  ...{
    whats: 'what is',
    wots: 'what is',
    wot: 'what',
    wat: 'what',
    whos: 'who is',
    hows: 'how is',
    wheres: 'where is',
    theres: 'there is',
  },
  ...{
    dont: 'do not',
    doesnt: 'does not',
    didnt: 'did not',
    cant: 'can not',
    wont: 'will not',
    isnt: 'is not',
    arent: 'are not',
  },
  ...{
    "can't": 'can not',
    "won't": 'will not',
    cannot: 'can not',
    shouldnt: 'should not',
    hasnt: 'has not',
    havent: 'have not',
  },
  ...{
    im: 'i am',
    ive: 'i have',
    lets: 'let us',
    gimme: 'give me',
    lemme: 'let me',
    wanna: 'want to',
    gonna: 'going to',
  },
  ...{
    pls: 'please',
    plz: 'please',
    thx: 'thanks',
    u: 'you',
    ur: 'your',
    r: 'are',
    sth: 'something',
    smth: 'something',
  },
};
const ENDINGS: readonly [RegExp, string][] = [
  [/^(what|who|where|how|when|why|that|it|there|here|he|she|this|everything|anything|something|nothing)'s$/, '$1 is'],
  [/^(let)'s$/, '$1 us'],
  [/^([a-z]+)n't$/, '$1 not'],
  [/^([a-z]+)'re$/, '$1 are'],
  [/^([a-z]+)'ll$/, '$1 will'],
  [/^([a-z]+)'ve$/, '$1 have'],
  [/^(i)'m$/, '$1 am'],
  [/^(i|we|you|he|she|they)'d$/, '$1 would'],
];

function spelledOut(low: string): string[] | null {
  if (Object.hasOwn(SHORT, low)) return SHORT[low]!.split(' ');
  for (const [ending, whole] of ENDINGS) if (ending.test(low)) return low.replace(ending, whole).split(' ');
  return null;
}

/** An example phrase as words; slots such as `{alert}` stay as they are. */
export function phraseWords(phrase: string): string[] {
  return phrase.split(' ').flatMap((word) => {
    const slot = /^\{[a-z]+\}/.exec(word)?.[0];
    if (slot) return [slot];
    const low = bare(word).toLowerCase();
    return low === '' ? [] : (spelledOut(low) ?? [low]);
  });
}

const visible = (word: string): string =>
  word
    .normalize('NFKC')
    .slice(0, MOST_CHARACTERS)
    .replace(/[\p{Cf}\p{Co}\p{Cn}\p{Cs}]/gu, '')
    .replace(/[\p{Cc}\p{Z}]+/gu, ' ')
    .replace(/[’‘]/g, "'")
    .trim();

function bare(word: string): string {
  if (/^<@!?[A-Za-z0-9]+>[,.;:!?]?$/.test(word)) return word.replace(/>.*/, '>');
  let whole = word;
  for (const [fang, tooth] of FANGS) whole = whole.replace(fang, tooth);
  let from = 0;
  let to = whole.length;
  while (from < to && '([{<"\'“‘«„*_`'.includes(whole[from]!)) from++;
  while (to > from && '.,;:!?)]}>"\'”’»*`'.includes(whole[to - 1]!)) to--;
  return whole.slice(from, to);
}
