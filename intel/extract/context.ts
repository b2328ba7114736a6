import type { AllowList } from '../../engine/detect/indicators/allow.js';
import type { IndicatorType } from '../../engine/detect/indicators/types.js';
import { type Plain, wasDefanged } from './plain.js';
import { isReference, isResolver } from './references.js';
import type { Span, Why } from './types.js';

export interface Context {
  /** Whether the author defangs what is bad: then a name that can be clicked is not meant as bad. */
  defangs: boolean;
  /** Where each section begins, and of which kind it is. */
  sections: { from: number; kind: SectionKind }[];
}
type SectionKind = 'indicators' | 'references' | 'other';

const words = (list: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}])(?:${list})(?![\\p{L}\\p{N}])`, 'iu');

const HEAD_REFERENCES = words(
  'references?|further reading|read more|sources?|links?|see also|contact(?: us)?|about us|credits?|acknowledge?ments?|resources|bibliography|quellen|verweise|weiterführend\\w*|literatur|kontakt|références|pour aller plus loin|en savoir plus|liens|contacto?|referencias|fuentes|más información|enlaces',
);
const HEAD_INDICATORS = words(
  'indicators?(?: of compromise)?|iocs?|observables?|block(?:ing|ed)?(?: ?list)?|deny ?list|sperr\\w*|bloqu\\w+|blocage|network|hosts?|domains?|urls?|hashes|files?|c2|c&c|infrastructure|samples?|artifacts?|indikatoren|indicateurs|indicadores|infraestructura|netzwerk|réseau|red|dominios|domaines',
);
const HARMLESS = words(
  "legitimate|legit|benign|harmless|not malicious|sinkhole[ds]?|sinkholed|clean(?:ed)?|trusted|false positives?|public (?:dns )?resolvers?|dns resolvers?|resolvers?|connectivity (?:checks?|tests?)|internet connection|checks? (?:for )?(?:internet )?connectivity|whitelist(?:ed)?|allow-?list(?:ed)?|(?:do not|don't|never) (?:block|add|report)\\w*|not an? indicators?|not an? ioc|unschädlich|harmlos|legitim\\w*|gutartig|nicht (?:blockieren|sperren)|légitimes?|bénin\\w*|ne pas bloquer|legítim\\w+|benign[oa]s?|no bloquear|seized by|taken over by law|victim'?s own|our own|customer'?s own|the (?:real|genuine|actual|official) [\\w-]+|echten?|offiziell\\w*|véritable|verdader[oa]",
);
const CONTACT = words(
  'contact|contacts|authors?|written by|minutes by|report(?:ed)?(?: it| them| findings| sightings)? to|reach(?: us)?|write to|e-?mail us|mail us|questions|feedback|subscribe|hotline|send (?:samples|reports|questions|feedback)[^.]{0,20}|kontakt\\w*|melden|meldungen|fragen|contactez|signale[rz]|contacte|escriba|notificar|reporte[nr]?',
);
const REFERENCE = words(
  "references?|read more|see|see also|source|via|according to|reported by|published (?:by|at|on)|write-?up|blog(?: post)?|advisory|article|analysis (?:by|at|from)|more (?:information|details)|details|documentation|documented|downloads?:|patch(?:es)?(?: (?:at|from))?|download the (?:patch|update|fix)|full report|siehe|quelle|laut|mehr dazu|voir|selon|d'après|plus d'informations|véase|según|más información|fuente",
);
const VERSION =
  /(?:\b(?:versions?|ver|v|build|builds|release|releases|rev|revision|firmware|patch|update|updated to|upgrade to|upgrade|section|sections|chapter|clause|abschnitt|kapitel|sección|fixed in|prior to|before|through|up to|earlier than|openssl|chrome|chromium|firefox|edge|windows|ios|ios xe|android|fortios|pan-os|exchange|acrobat|java|jdk|agent|client|server|driver|library|dll|version\w*,?|room|raum|oid|snmp|fileversion|productversion|versión|ab|bis|jusqu'à)\b[\s:="'(,]*|\bv|§\s?|\/)$/i;
const COMMIT =
  /\b(?:commits?|revision|rev|git|tree|blob|checkout|parent|merge|build[- ]?id|uuid|guid|clsid|serial(?: number)?|thumbprint|token|session(?: ?id)?|cookie|nonce|request[- ]?id|trace[- ]?id|etag|key|api[- ]?key|licence|license|ticket|ja3s?|ja4|empty file|null file)\b[^\n]{0,25}$/i;
/** Words before an address; other ones before a small one are names of products. */
const ADDRESS =
  /^(?:ips?|hosts?|servers?|c2s?|address(?:es)?|adressen?|from|to|and|or|at|on|by|with|via|is|was|are|resolved|source|destination|ziel|quelle|proxy|nodes?|relays?|resolver|dns|serveur|servidor|und|von|oder|mit|an|auf|et|ou|vers|de|y|con|desde|address|ping|scan(?:ned)?|peer|gateway|endpoint|block(?:ed)?|sinkhole|traffic|connects?|contacted|contacts)$/i;
const MALICE = words(
  'malicious|malware|c2s?|c&c|command[- ]and[- ]control|payloads?|phish\\w*|exfil\\w*|beacons?|beaconing|droppers?|attackers?|compromised|infected|backdoor|loader|stealer|trojan|ransom\\w*|then contacts|bösartig\\w*|schadsoftware|angreifer\\w*|malveillant\\w*|malicios\\w+|attaquants?|atacantes?',
);
/** Code that fetches: `curl http://…`. */
const CALL =
  /\b(?:get|fetch|curl|wget|iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring|downloadfile|openurl|urlopen|request|xmlhttp|mshta|msiexec|bitsadmin)\b[^\n]{0,30}$/i;
const FREE_MAIL =
  /@(?:[\w-]+\.)*(?:gmail|googlemail|yahoo|outlook|hotmail|yandex|mail|protonmail|proton|pm|tutanota|tuta|tutamail|onionmail|cock|aol|gmx|icloud|keemail|mailfence|airmail|msgsafe|firemail|rambler|bk|inbox|cyberfear|skiff|disroot|riseup|zohomail)\.[a-z]{2,5}$/i;
const TEAM =
  /^(?:soc|cert|csirt|psirt|abuse|security|secure|press|presse|prensa|infosec|threat-?intel|intel|research|ir|incident|incidents|noc|support|contact|info|phishing|report|reports|feedback|research|labs?|help-?desk|service)(?:[-_.+].*)?@/i;

export function contextOf(plain: Plain, spans: readonly Span[]): Context {
  const sections: Context['sections'] = [];
  let from = 0;
  for (const line of plain.text.split('\n')) {
    const kind = headOf(line);
    if (kind) sections.push({ from, kind });
    from += line.length + 1;
  }
  const defangs = spans.some(
    ({ type, from: start, to }) => ['url', 'domain', 'ip', 'email'].includes(type) && wasDefanged(plain, start, to),
  );
  return { defangs, sections };
}

/** What a line begins, when it is a heading: short, marked as one or ending in a colon, and with nothing after it. */
function headOf(line: string): SectionKind | null {
  const text = line.trim();
  const marked =
    /^(?:#{1,6}\s|\*\*.+\*\*:?$|=+\s?.+\s?=+$|\[.+\]$|\d+(?:\.\d+)*\.?\s+\p{Lu}|-{2,}\s?.+\s?-{2,}$)/u.test(text);
  if (text.length === 0 || text.length > 80) return null;
  if (!marked && !/:$/.test(text) && !/^[\p{Lu}\d][\p{L}\d &/()-]{2,40}$/u.test(text)) return null;
  if (/https?:|\d\.\d/i.test(text.replace(/^[\d.]+/, ''))) return null;
  if (HEAD_REFERENCES.test(text)) return 'references';
  if (HEAD_INDICATORS.test(text)) return 'indicators';
  return marked || /:$/.test(text) ? 'other' : null;
}

/** Why what looks like a value is not meant as bad; null: it is. */
export function judgeSpan(
  plain: Plain,
  span: Span,
  defanged: boolean,
  { defangs, sections }: Context,
  allow: AllowList,
): Why | null {
  const { text } = plain;
  const { type, value, from, to } = span;
  const before = text.slice(Math.max(0, from - 60), from);
  if (type === 'md5' || type === 'sha1' || type === 'sha256') {
    if (allow.holds({ type: type as IndicatorType, value })) return 'harmless';
    return COMMIT.test(lastLine(before)) ? 'commit' : null;
  }
  if (type !== 'ip' && type !== 'url' && type !== 'domain' && type !== 'email') return null;
  if (type === 'ip' && !defanged && isVersion(before, value)) return 'version';
  if (allow.holds({ type, value })) return 'harmless';
  const sentence = sentenceAround(text, from, to);
  if (HARMLESS.test(sentence.clause) || isResolver(value)) return 'harmless';
  if (defanged) return null;
  const section = sectionAt(sections, from);
  if (type === 'email') {
    if (!TEAM.test(value) && FREE_MAIL.test(value) && CONTACT.test(sentence.before)) return null;
    if (TEAM.test(value) || section === 'references' || CONTACT.test(sentence.before)) return 'reference';
  }
  if (section === 'references' && type !== 'ip') return 'reference';
  if (isReference(type, value)) return 'reference';
  if (section === 'indicators') return null;
  if (type === 'ip') return null;
  if (MALICE.test(sentence.clause) || CALL.test(before)) return null;
  if (REFERENCE.test(sentence.before.slice(-60)) || /\]\($/.test(before)) return 'reference';
  if (defangs) return 'plain';
  return null;
}

/** A number behind a word for versions, or a small one behind a product's name. */
function isVersion(before: string, value: string): boolean {
  if (VERSION.test(before)) return true;
  const name = /(?:^|[^.!?\s]\s)["'(]?([\p{L}\d+-]{3,30})\s$/u.exec(before)?.[1];
  return name !== undefined && Number.parseInt(value, 10) <= 30 && !ADDRESS.test(name);
}

const lastLine = (text: string): string => text.slice(text.lastIndexOf('\n') + 1);

function sectionAt(sections: Context['sections'], at: number): SectionKind {
  let kind: SectionKind = 'other';
  for (const section of sections) {
    if (section.from > at) break;
    kind = section.kind;
  }
  return kind;
}

/** The clause that a value stands in, and the part of its sentence before it. */
function sentenceAround(text: string, from: number, to: number): { clause: string; before: string } {
  const head = text.slice(Math.max(0, from - 200), from);
  const tail = text.slice(to, to + 120);
  const starts = [...head.matchAll(/[.!?]\s+(?=\p{Lu}|[-*•])|\n/gu)].filter(
    ({ index, 0: end }) => end !== '\n' || !isWrapped(text, from - head.length + index),
  );
  const last = starts.at(-1);
  const before = last ? head.slice(last.index + last[0].length) : head;
  const after = tail.slice(0, /[.!?](?:\s|$)|\n/.exec(tail)?.index ?? tail.length);
  // Of a sentence with several clauses only the one that the value is in speaks of it.
  const near = before.slice(
    Math.max(before.lastIndexOf(';'), before.lastIndexOf(' but '), before.lastIndexOf(' while ')) + 1,
  );
  const rest = after.slice(0, /;| but | while | aber | mais | pero |, /.exec(after)?.index ?? after.length);
  // What is said in brackets is said of the value before them.
  const aside = /^\W{0,3}\(/.test(rest) ? rest : rest.replace(/\([^)]*\)?/g, ' ');
  return { clause: `${near.replace(/\([^)]*\)/g, ' ')} ${aside}`, before };
}

const WIDE = 50;

/** Whether a line ends here because it was full: the sentence goes on. */
function isWrapped(text: string, at: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  return (
    line.length >= WIDE && !/[.!?:;|,]\s*$/.test(line) && /^[\p{Ll}`"'(]|^https?:/u.test(text.slice(at + 1, at + 10))
  );
}
