/** A text as it was meant: defanging, entities and what cannot be seen undone, each character with its place in the original. */
export interface Plain {
  text: string;
  /** Offset in the original of each character, and one more for the end. */
  at: Int32Array;
  /** Places in `text` where something was refanged, ascending: what is defanged is meant as bad. */
  refanged: Int32Array;
}

interface Rule {
  pattern: string;
  to: string | ((match: string) => string);
  /** Whether it says that somebody defanged a value. */
  defang: boolean;
}

// Behind and before a bracketed dot at most one blank: `evil [.] com`.
const OPEN = String.raw`[\[({<]`;
const SHUT = String.raw`[\])}>]`;
const RULES: readonly Rule[] = [
  { pattern: String.raw`(?<=\w@)[\[({]\.?[\])}]\.?(?=\w)`, to: '', defang: true },
  { pattern: String.raw`[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]`, to: '', defang: false },
  { pattern: '&(?:#0*46|#[xX]0*2[eE]|period);', to: '.', defang: false },
  { pattern: '&(?:#0*58|#[xX]0*3[aA]|colon);', to: ':', defang: false },
  { pattern: '&(?:#0*47|#[xX]0*2[fF]|sol);', to: '/', defang: false },
  { pattern: '&(?:#0*64|#[xX]0*40|commat);', to: '@', defang: false },
  { pattern: '&(?:#0*45|#[xX]0*2[dD]|hyphen|dash);', to: '-', defang: false },
  { pattern: '&nbsp;', to: ' ', defang: false },
  { pattern: String.raw`(?<=[:\w/])\\/(?=[\w/\\])`, to: '/', defang: false },
  { pattern: '&(?:amp|#0*38);', to: '&', defang: false },
  { pattern: String.raw`[\uff0e\uff61\u3002\u2024]`, to: '.', defang: true },
  { pattern: String.raw`\uff20`, to: '@', defang: true },
  { pattern: String.raw`\uff1a`, to: ':', defang: true },
  { pattern: String.raw`\uff0f`, to: '/', defang: true },
  {
    pattern: String.raw` ?${OPEN} ?(?:\. ?\.?|dot|DOT|Dot|punkt|punto|point) ?${SHUT} ?(?=[\w*])`,
    to: '.',
    defang: true,
  },
  { pattern: String.raw`(?<=\w)[\[({](?=\.)|(?<=\w\.)[\])}](?=\w)`, to: '', defang: true },
  { pattern: String.raw`(?<=\w)\\\.(?=\w)`, to: '.', defang: true },
  {
    pattern: String.raw`(?<=[a-z0-9-]) (?:dot|DOT|punkt|punto) (?=[a-z0-9-]+(?:[\s/:,;)"']|\.?$|\.\s))`,
    to: '.',
    defang: true,
  },
  { pattern: String.raw` ?${OPEN} ?(?:@|at|AT|At|arroba) ?${SHUT} ?(?=[\w\[])`, to: '@', defang: true },
  { pattern: `${OPEN}:?//${SHUT}`, to: '://', defang: true },
  { pattern: `${OPEN}:${SHUT}`, to: ':', defang: true },
  { pattern: String.raw`(?<=\w)[\[({]/[\])}]`, to: '/', defang: true },
  {
    pattern: String.raw`(?<![A-Za-z0-9])(?:[hH](?:[xX*_+][xX*_+]|[tT][xX]|[xX][tT])[pP]|[mM][eE][oO][wW]|[xX][xX][pP])([sS]?)(?=\s?[:\[({])`,
    to: (match) => (/s$/i.test(match) ? 'https' : 'http'),
    defang: true,
  },
  { pattern: String.raw`(?<![A-Za-z0-9])[fF][xX][pP](?=[:\[({])`, to: 'ftp', defang: true },
  {
    pattern: String.raw`(?<=(?:[hH][tTxX*][tTxX*][pP][sS]?|[fF][tTxX][pP]))\s?:\s?(?:\\\\|\\/\\/|/\\/)(?=\S)`,
    to: '://',
    defang: true,
  },
];
const ALL = new RegExp(RULES.map(({ pattern }) => `(${pattern.replace(/\((?!\?)/g, '(?:')})`).join('|'), 'gu');
const ROUNDS = 3;

/** Longest text that is looked at, in characters. */
export const MOST_CHARACTERS = 5_000_000;

/** Undo what keeps values from being clicked, in a whole text. */
export function plain(original: string): Plain {
  let now: Plain = {
    text: original.slice(0, MOST_CHARACTERS),
    at: Int32Array.from({ length: Math.min(original.length, MOST_CHARACTERS) + 1 }, (_, i) => i),
    refanged: new Int32Array(0),
  };
  // What is under a mark may be marked again: `hxxp[:]//`, and marks with invisible characters in them.
  for (let round = 0; round < ROUNDS; round++) {
    const next = once(now);
    if (!next) break;
    now = next;
  }
  return now;
}

function once({ text, at, refanged }: Plain): Plain | null {
  const parts: string[] = [];
  const places: number[] = [];
  const marks: number[] = [];
  let from = 0;
  let length = 0;
  let old = 0;
  const keep = (to: number) => {
    while (old < refanged.length && refanged[old]! < to) {
      if (refanged[old]! >= from) marks.push(length + refanged[old]! - from);
      else marks.push(length);
      old++;
    }
    for (let i = from; i < to; i++) places.push(at[i]!);
    parts.push(text.slice(from, to));
    length += to - from;
  };
  ALL.lastIndex = 0;
  let any = false;
  for (let match = ALL.exec(text); match; match = ALL.exec(text)) {
    if (match[0] === '') {
      ALL.lastIndex++;
      continue;
    }
    any = true;
    const rule = RULES[match.findIndex((group, i) => i > 0 && group !== undefined) - 1]!;
    keep(match.index);
    const to = typeof rule.to === 'string' ? rule.to : rule.to(match[0]);
    if (rule.defang) marks.push(length);
    for (let i = 0; i < to.length; i++) places.push(at[match.index]!);
    parts.push(to);
    length += to.length;
    from = match.index + match[0].length;
  }
  if (!any) return null;
  keep(text.length);
  places.push(at[text.length]!);
  return { text: parts.join(''), at: Int32Array.from(places), refanged: Int32Array.from(marks).sort() };
}

/** Whether something between two places of `text` was refanged. */
export function wasDefanged({ refanged }: Plain, from: number, to: number): boolean {
  let [low, high] = [0, refanged.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (refanged[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low < refanged.length && refanged[low]! <= to;
}
