import { normalise } from './normalise.js';

export type Attack = 'sql injection' | 'script injection' | 'path traversal' | 'command injection';

export interface Judged {
  /** 0 to 1: 1 − e^(−weights of all tokens found). */
  score: number;
  kind: Attack | null;
  /** What was found, heaviest first. */
  tokens: string[];
  layers: number;
}

/** A token of an attack: what it looks like after decoding, and how much it says. No pattern can backtrack far: repeats are bounded. */
type Token = readonly [name: string, weight: number, pattern: RegExp];

const SQL: readonly Token[] = [
  ['union select', 3, /\bunion\b.{0,20}\bselect\b/],
  ['select from', 2.5, /\bselect\b.{1,200}\bfrom\b/],
  ['sub-select', 2.5, /[(;,=]\s?select\b|\bselect\s?[(]/],
  ['a number equals a number', 2.2, /(?:^|[^\w])-?\d{1,12}\s?=\s?-?\d{1,12}\b/],
  ['a text equals a text', 2.2, /(['"])[\w ]{0,20}\1\s?(?:=|like)\s?\(*['"]/],
  ['boolean after a value', 1.5, /(?:^|['")\d%]\s?)\b(?:and|or|xor|rlike|having|where|&&|\|\|)\b\s?[('"\d!-]/],
  ['boolean and a function', 2, /\b(?:and|or|rlike|where)\s[(]?\s?\w{2,20}\s?[(]/],
  ['order by a number', 2.5, /\b(?:order|group) by \d/],
  ['time delay', 3, /\b(?:sleep|benchmark|pg_sleep|waitfor delay|receive_message|dbms_lock)\b\s?[('"]/],
  ['wait', 3, /\bwaitfor delay\b/],
  [
    'function of databases',
    2,
    /\b(?:char|chr|concat|elt|make_set|convert|cast|extractvalue|updatexml|randomblob|regexp_substring|substr|ascii|hex|exp|floor|rand|repeat|upper|ctxsys|dbms_\w{1,30}|utl_\w{1,30}|xmltype|row)\b[.\w]{0,40}\s?[(]/,
  ],
  [
    'system table',
    3,
    /\b(?:information_schema|all_users|sysusers|sysdatabases|sysibm|pg_catalog|sqlite_master|generate_series|domain\.domains|msysaccessobjects)|\brdb\$|\bmaster\.\.|\bfrom dual\b/,
  ],
  ['case when', 2.5, /\bcase when\b/],
  [
    'changes data',
    2.5,
    /\b(?:drop table|insert into|delete from|update \w{1,40} set|exec(?:ute)? (?:master|xp_|sp_)|create (?:table|user))|\bxp_cmdshell\b/,
  ],
  ['search mode left', 2.5, /\bin boolean mode\b|\bprocedure analyse\b|\binto (?:out|dump)file\b/],
  ['comment cuts the rest off', 1.2, /(?:--|#|\/\*)[\s-]?\w{0,8}$/],
  ['quote and bracket close', 1.2, /^[^'"]{0,40}['"]\s?[)]|^-?\d{1,8}[)]+ /],
  ['quote closes a number', 1.3, /^-?\d{1,8}%?['"]/],
  ['second statement', 1.2, /;\s?(?:select|insert|update|delete|drop|declare|exec|waitfor|begin|call|if)\b/],
  ['odd brackets and quotes', 1.5, /['"(),.]{5}/],
  ['if', 1.5, /\b(?:iif|if)\s?[(]/],
  ['arithmetic on a comparison', 2, /\)\s?\*\s?\d/],
  ['as an alias where', 2.5, /\bas \w{1,20} where\b/],
  ['negative number alone', 1.1, /^-\d{3,6}$/],
];

const SCRIPT: readonly Token[] = [
  ['tag', 2.4, /<\s?[/!?]?[a-z%]/],
  ['tag of scripts', 2, /<?\/?script\b/],
  ['event handler', 2, /\bon[a-z]{3,20}\s?=/],
  ['javascript:', 3, /(?:j\s?a\s?v\s?a|vb)\s?s\s?c\s?r\s?i\s?p\s?t\s?:/],
  ['shows a window', 2, /\b(?:alert|prompt|confirm)\s?[(`]/],
  ['reads cookies', 3, /document\s?\.\s?(?:cookie|location|write|domain)|window\.|\blocation\s?[.=]/],
  ['runs text', 2, /\b(?:eval|expression|fromcharcode|settimeout|atob)\b/],
  ['style that runs', 2, /-(?:moz-binding|o-link)|behaviou?r\s?:|style\s?=|data:text\/|@import|url[(]/],
  ['quote and bracket out', 1.5, /^['"]?[^<>]{0,20}['"]?\s?>|<['"]?>|['"]\s?>/],
  ['angle brackets', 1.2, /[<>].{0,10}[<>"'=;]/],
];

const PATH: readonly Token[] = [
  ['up the tree', 2.6, /\.{2,}[\\/]|[\\/]\.{2,}(?:[\\/{%]|$)/],
  ['many dots', 2, /\.{4,}/],
  ['many slashes', 2.4, /[\\/]{3,}|(?:\/\.){2,}/],
  [
    'known file',
    3,
    /\betc\/(?:passwd|shadow|hosts|group)|web-inf|\b(?:win|boot|system)\.ini\b|\/proc\/self|\.htaccess|id_rsa|\bglobal\.asa/,
  ],
  ['file:', 2.6, /\bfile:\/?/],
  ['ends the name', 2, /\{file\}|%00/],
  ['a drive', 1.4, /\b[a-z]:[\\/]/],
  ['one character for ever', 2.6, /(\w)\1{40}/],
];

const COMMANDS =
  'id|ls|cat|dir|ping|netstat|whoami|uname|sleep|wget|curl|nc|bash|sh|cmd|powershell|echo|type|ipconfig|ifconfig|nslookup|phpinfo|system|exec|true|false|vol|ps|env|pwd|rm|chmod|perl|python|telnet|net|reg|tftp';
const COMMAND: readonly Token[] = [
  ['command after a separator', 2.6, new RegExp(`(?:[;|&\`\\n]|\\$[(&])\\W{0,6}(?:${COMMANDS})\\b`)],
  ['command before a separator', 2.2, new RegExp(`\\b(?:${COMMANDS})\\s?[;|\`]`)],
  ['program by its path', 2.4, /\/(?:usr\/)?s?bin\/\w/],
  ['in back-ticks', 2, /`[^`]{1,80}`/],
  ['runs what is inside', 2, /\$[({]|#exec\b|<\?php|<!--#/],
  ['options', 1.5, /\b(?:ping|cat|dir|type|wget|curl|ls|nc) (?:-\w|\/|c:|http)/],
  ['chain', 1.3, /&&|\|\|/],
  ['call of the system', 2.6, /\b(?:system|passthru|shell_exec|popen|phpinfo)\s?[(]/],
  ['word in quotes alone', 1.1, /^['"](?:true|false)['"]$/],
];

const KINDS: readonly (readonly [Attack, readonly Token[]])[] = [
  ['sql injection', SQL],
  ['script injection', SCRIPT],
  ['path traversal', PATH],
  ['command injection', COMMAND],
];

/** Score at which a value is an attack. */
export const ATTACK = 0.66;

/** Judge one value of a request (a parameter, a path, a header); nothing is learned, everything found is named. */
export function judgeValue(raw: string): Judged {
  const { text, layers } = normalise(raw);
  let best: Judged = { score: 0, kind: null, tokens: [], layers };
  // Letters, digits and a few marks alone are no attack: most values are just that.
  if (!/[^\w .,@:-]|\d\s|--|\.\.|(\w)\1{40}|^-|\bby \d/.test(text)) return best;
  for (const [kind, tokens] of KINDS) {
    const found = tokens.filter(([, , pattern]) => pattern.test(text));
    const weight = found.reduce((sum, [, each]) => sum + each, 0) + (found.length > 0 && layers > 1 ? 1 : 0);
    const score = 1 - Math.exp(-weight / 2);
    if (score > best.score)
      best = { score, kind, tokens: found.sort((a, b) => b[1] - a[1]).map(([name]) => name), layers };
  }
  return best;
}
