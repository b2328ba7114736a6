import { seeded } from '../stats.js';

/** Names as machines and as people make them, written from published descriptions of the schemes; nothing is copied from a list. */

export type Random = () => number;
export const pick = <T>(random: Random, list: ArrayLike<T>): T => list[Math.floor(random() * list.length)]!;
const between = (random: Random, low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
const draw = (random: Random, alphabet: string, length: number): string => {
  let text = '';
  for (let i = 0; i < length; i++) text += alphabet[Math.floor(random() * alphabet.length)];
  return text;
};

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const CONSONANTS = 'bcdfghjklmnpqrstvwxz';
const VOWELS = 'aeiouy';
const DIGITS = '0123456789';
const TOPS = 'com net org info biz ru top xyz pw cc su tk me in eu co de life click ws name ddns.net duckdns.org'.split(
  ' ',
);

type Scheme = (random: Random) => string;

/** One family for each way of making names that the literature describes (Plohmann et al. 2016: arithmetic, hash, word list, permutation). */
export const SCHEMES: Record<string, Scheme> = {
  letters: (r) => draw(r, LETTERS, between(r, 8, 20)),
  'letters, long': (r) => draw(r, LETTERS, between(r, 20, 30)),
  'letters, short': (r) => draw(r, LETTERS, between(r, 5, 8)),
  'letters a to y': (r) => draw(r, LETTERS.slice(0, 25), between(r, 7, 15)),
  'letters a to p': (r) => draw(r, LETTERS.slice(0, 16), 16),
  'letters of one fixed length': (r) => draw(r, LETTERS, 12),
  'letters of another': (r) => draw(r, LETTERS, 15),
  'letters and digits': (r) => draw(r, LETTERS + DIGITS, between(r, 8, 16)),
  'letters and digits, long': (r) => draw(r, LETTERS + DIGITS, between(r, 20, 28)),
  'letters and digits, short': (r) => draw(r, LETTERS + DIGITS, between(r, 4, 7)),
  'letters and few digits': (r) => draw(r, LETTERS.repeat(3) + DIGITS, between(r, 9, 15)),
  'hexadecimal, eight': (r) => draw(r, '0123456789abcdef', 8),
  'hexadecimal, long': (r) => draw(r, '0123456789abcdef', pick(r, [16, 24, 32])),
  'base 32': (r) => draw(r, `${LETTERS}234567`, between(r, 12, 24)),
  'no vowels': (r) => draw(r, CONSONANTS, between(r, 6, 14)),
  'syllables, consonant first': (r) => syllables(r, between(r, 3, 6), (c, v) => c + v),
  'syllables, vowel first': (r) => syllables(r, between(r, 3, 6), (c, v) => v + c),
  'syllables with doubled vowels': (r) => syllables(r, between(r, 2, 4), (c, v) => c + v + pick(r, VOWELS)),
  'syllables, irregular': (r) =>
    syllables(r, between(r, 3, 5), (c, v) => (r() < 0.3 ? v + c : c + v) + (r() < 0.2 ? pick(r, CONSONANTS) : '')),
  'syllables and a number': (r) => syllables(r, between(r, 3, 4), (c, v) => c + v) + draw(r, DIGITS, between(r, 1, 3)),
  'likely pairs': (r) => markov(r, between(r, 8, 14)),
  'few letters': (r) => draw(r, 'abcdefghij'.slice(0, between(r, 6, 10)), between(r, 8, 12)),
  'hash in letters': (r) => draw(r, 'ghijklmnopqrstuvwxyz0123456789', between(r, 10, 14)),
  'a date in base 64': (r) =>
    Buffer.from(`${between(r, 1, 28)}${between(r, 1, 12)}${between(r, 2014, 2026)}`)
      .toString('base64')
      .toLowerCase()
      .replace(/=/g, ''),
  'seed changed at its start': (r) => `${draw(r, LETTERS, 4)}unelementarystonesmoveoften`,
  'seed changed at its end': (r) => `quietharbourmeasure${draw(r, LETTERS, 5)}`,
  'constant end': (r) => `${draw(r, LETTERS, 3)}fgwdrpalk`,
  'letters in another order': (r) => {
    let left = 'oplaveg';
    let text = '';
    while (left !== '') {
      const next = pick(r, left);
      text += next;
      left = left.replace(next, '');
    }
    return text;
  },
  'prefix and number': (r) => `node${draw(r, LETTERS, 2)}${draw(r, DIGITS, 4)}`,
};

const PAIRS =
  'th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic'.split(
    ' ',
  );
function markov(random: Random, length: number): string {
  let text = '';
  while (text.length < length) text += random() < 0.75 ? pick(random, PAIRS) : draw(random, LETTERS, 1);
  return text.slice(0, length);
}

function syllables(random: Random, count: number, join: (consonant: string, vowel: string) => string): string {
  let text = '';
  for (let i = 0; i < count; i++) text += join(pick(random, CONSONANTS), pick(random, VOWELS));
  return text;
}

/** Names of one family, each with one of a few suffixes of its own. */
export function machineNames(family: string, count: number, seed: number): string[] {
  const random = seeded(seed);
  const tops = Array.from({ length: between(random, 1, 5) }, () => pick(random, TOPS));
  return Array.from({ length: count }, () => `${SCHEMES[family]!(random)}.${pick(random, tops)}`);
}

const ENDINGS =
  'online shop app hq tech group media net web soft labs world hub house club center centre store tv news blog city land zone box point line works data cloud games pay bank travel hotel music video photo design studio systems solutions services consulting digital direct express plus one pro life care health food market trade energy power auto motors sport fit school academy uni'.split(
    ' ',
  );
const STARTS =
  'my the get e i go we pro top best super smart easy open free new all one red blue eco bio euro inter trans micro multi mega meta cyber info auto tele'.split(
    ' ',
  );
/** Syllables of names elsewhere: Romance, Slavic, Germanic, Turkish, Japanese, Chinese, Indian, Arabic, as they are written in Latin letters. */
const ABROAD: readonly (readonly string[])[] = [
  'ca sa ro ma ria lo ra to ne vo ti na do del el la al gua ción zo lle san ta fe ci ta to re ve ni da bel mon vi ña gi no'
    .replace(/[^a-z ]/g, '')
    .split(' '),
  'vo stro pra mo skva ka ro dno vy sta ko vi zna my slo ba da ry ka no vi ny pol ska gra dom ru bi ce nik sky vich'.split(
    ' ',
  ),
  'haus stadt werk berg burg dorf stein bau schul mann rei se ver lag land kauf markt bahn hof gar ten ge sund heit'.split(
    ' ',
  ),
  'haber ler tur ki ye sa ray ka ra is tan bul gu ven kar deniz oz el bil gi mar ket alis ver is ya pi lar'.split(' '),
  'ka ki ku ke ko sa shi su ta chi tsu to na ni no ha hi fu ho ma mi mo ya yu yo ra ri ru re ro wa'.split(' '),
  'zhong guo bei jing shang hai xin wen da xue ren min wang dian ying tian qi che you xi bao li hua jin ping tao cai'.split(
    ' ',
  ),
  'bha rat in di ya shri ra ja ma ha de vi ku mar nag ar pur san dhya pra desh sa mac har hind jag ran'.split(' '),
  'al ah ram ara bi a mas ri ya da wa sal am noor kha leej jaz ee ra hay at qa tar sou q bay an'.split(' '),
];
const COMMON =
  'com com com com com com com com com net org org de co.uk ru fr nl it io com.br com.au pl jp es in ca ch se be at cz eu info us co me tv dk fi no gov edu app dev ai online shop biz xyz site top cloud tr ua gr hu ro cn kr tw'.split(
    ' ',
  );

/**
 * Ordinary names, made of words: alone, joined, clipped, abbreviated, abroad, with numbers.
 * @param words of English, commoner ones more often; @param foreign short words of other languages
 */
export function ordinaryNames(
  count: number,
  words: readonly string[],
  foreign: readonly string[],
  seed: number,
): string[] {
  const random = seeded(seed);
  const word = () => pick(random, words);
  const short = () => {
    for (let i = 0; i < 8; i++) {
      const one = word();
      if (one.length <= 7) return one;
    }
    return word();
  };
  const abroad = () => {
    const of = pick(random, ABROAD);
    return Array.from({ length: between(random, 2, 4) }, () => pick(random, of)).join('');
  };
  const clip = (text: string) => text.slice(0, between(random, 3, 5));
  const acronym = () => draw(random, 'aabccddeefghiilmmnnoprrsstttuvw', between(random, 2, 5));
  const kinds: readonly (readonly [weight: number, make: () => string])[] = [
    [12, word],
    [26, () => short() + short()],
    [4, () => `${short()}-${short()}`],
    [5, () => short() + short() + short()],
    [9, () => short() + pick(random, ENDINGS)],
    [5, () => pick(random, STARTS) + word()],
    [6, () => clip(word()) + clip(word())],
    [
      3,
      () => clip(word()) + pick(random, ['ly', 'ify', 'io', 'er', 'ex', 'ia', 'on', 'ix', 'o', 'a', 'us', 'um', 'ora']),
    ],
    [2, () => word().replace(/(?<=.)[aeiou](?=[^aeiou]$)/, '')],
    [7, acronym],
    [4, () => acronym() + pick(random, ENDINGS)],
    [2, () => acronym() + short()],
    [3, () => draw(random, LETTERS, 1) + short()],
    [9, abroad],
    [4, () => abroad() + short()],
    [6, () => pick(random, foreign) + pick(random, foreign)],
    [4, () => pick(random, foreign) + short()],
    [3, () => short() + draw(random, DIGITS, between(random, 1, 4))],
    [1, () => draw(random, DIGITS, between(random, 2, 5))],
    [1, () => draw(random, LETTERS, between(random, 1, 3)) + draw(random, DIGITS, between(random, 1, 3))],
    [1, () => `${short()}${pick(random, ['4', '2', '24', '365', '360', '1', '7'])}${short()}`],
    [1, () => `${short()}-${abroad()}`],
    [0.4, () => `${short()}-${draw(random, '0123456789abcdef', 8)}`],
  ];
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);
  return Array.from({ length: count }, () => {
    let at = random() * total;
    const [, make] =
      kinds.find(([weight]) => {
        at -= weight;
        return at < 0;
      }) ?? kinds[0]!;
    return `${make().slice(0, 30) || 'home'}.${pick(random, COMMON)}`;
  });
}
