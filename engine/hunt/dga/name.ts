/** Platforms and dynamic DNS under which anybody gets a name: the name is what stands before them. */
const PLATFORMS = new Set(
  'ddns.net duckdns.org dyndns.org dynserv.com github.io hopto.org mooo.com no-ip.org yi.org zapto.org'.split(' '),
);
/** Registries by how ordinary their names are; what generators like (cheap, unpoliced, or no registry at all) is further down. */
const KINDS: readonly (readonly [kind: number, suffixes: string])[] = [
  [0, 'com'],
  [1, 'org net edu gov mil int eu'],
  [
    2,
    'ar at au be br ca ch cl cn cz de dk es fi fr gr hk hu ie il in it jp kr mx nl no nz pl pt ro ru se sg tr tw ua uk us za',
  ],
  [3, 'agency ai app blog cloud co dev digital io live media me online shop site store tech tv world'],
  [5, 'biz info mobi name pro xxx'],
  [6, 'bid cc cf click club cyou ga gq icu life link loan ml pw rest su surf tk top work ws xyz'],
];
const KIND = new Map(KINDS.flatMap(([kind, suffixes]) => suffixes.split(' ').map((suffix) => [suffix, kind] as const)));
const OTHER_COUNTRY = 4;
const ANYBODYS = 7;
const LONG = 5;

const SECOND = new Set('ac co com edu go gov gob in ltd me mil ne net nom or org plc'.split(' '));
const MAX_LABEL = 63;

/**
 * The part of a name that somebody chose: `www.b1tv.co.uk` has `b1tv`, `x7k2.ddns.net` has `x7k2`. Hosts below it are the owner's affair.
 * @returns '' for a single label
 */
export function chosenPart(domain: string): string {
  const labels = domain.toLowerCase().split('.');
  if (labels.at(-1) === '') labels.pop();
  let suffix = 1;
  const last = labels.slice(-2);
  if (labels.length > 2 && (PLATFORMS.has(last.join('.')) || (last[1]!.length === 2 && SECOND.has(last[0]!))))
    suffix = 2;
  const label = labels.length > suffix ? labels[labels.length - suffix - 1]! : '';
  return label.length > MAX_LABEL ? label.slice(0, MAX_LABEL) : label;
}

/** 0 (com) to 7 (platforms under which anybody gets a name): how far from ordinary the end of a name is. */
export function suffixKind(domain: string): number {
  const labels = domain.toLowerCase().split('.');
  if (labels.length > 2 && PLATFORMS.has(labels.slice(-2).join('.'))) return ANYBODYS;
  const top = labels.at(-1)!;
  return KIND.get(top) ?? (top.length === 2 ? OTHER_COUNTRY : LONG);
}
