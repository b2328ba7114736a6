/** Words near a value that tell what is meant with it: English, and the commonest in German, French and Spanish. */
const words = (list: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}])(?:${list})(?![\\p{L}\\p{N}])`, 'iu');

export const HEAD_REFERENCES = words(
  'references?|further reading|read more|sources?|links?|see also|contact(?: us)?|about us|credits?|acknowledge?ments?|resources|bibliography|quellen|verweise|weiterführend\\w*|literatur|kontakt|références|pour aller plus loin|en savoir plus|liens|contacto?|referencias|fuentes|más información|enlaces',
);
export const HEAD_INDICATORS = words(
  'indicators?(?: of compromise)?|iocs?|observables?|block(?:ing|ed)?(?: ?list)?|deny ?list|sperr\\w*|bloqu\\w+|blocage|network|hosts?|domains?|urls?|hashes|files?|c2|c&c|infrastructure|samples?|artifacts?|indikatoren|indicateurs|indicadores|infraestructura|netzwerk|réseau|red|dominios|domaines',
);
export const HARMLESS = words(
  "legitimate|legit|benign|harmless|not malicious|sinkhole[ds]?|sinkholed|clean(?:ed)?|trusted|false positives?|public (?:dns )?resolvers?|dns resolvers?|resolvers?|connectivity (?:checks?|tests?)|internet connection|checks? (?:for )?(?:internet )?connectivity|whitelist(?:ed)?|allow-?list(?:ed)?|(?:do not|don't|never) (?:block|add|report)\\w*|not an? indicators?|not an? ioc|unschädlich|harmlos|legitim\\w*|gutartig|nicht (?:blockieren|sperren)|légitimes?|bénin\\w*|ne pas bloquer|legítim\\w+|benign[oa]s?|no bloquear|eicar|research scanners?|vendor'?s (?:own |published )?\\w+|published ranges?|seized|neither|is (?:fine|ok|okay|safe|clean)|are (?:fine|ok|okay|safe|benign)|taken over by law|victim'?s own|our own|customer'?s (?:own|office)|the (?:real|genuine|actual|official) [\\w-]+|echten?|offiziell\\w*|véritable|verdader[oa]",
);
export const CONTACT = words(
  'contact|contacts|authors?|written by|minutes by|report(?:ed)?(?: it| them| findings| sightings)? to|reach(?: us)?|write to|e-?mail us|mail us|questions|feedback|subscribe|hotline|send (?:samples|reports|questions|feedback)[^.]{0,20}|kontakt\\w*|melden|meldungen|fragen|contactez|signale[rz]|contacte|escriba|notificar|reporte[nr]?',
);
export const REFERENCE = words(
  "references?|read more|see|see also|source|(?:our|earlier|previous|this|latest) (?:earlier )?posts?|via|according to|reported by|published (?:by|at|on)|write-?up|blog(?: post)?|advisory|article|analysis (?:by|at|from)|more (?:information|details)|details|documentation|documented|downloads?:|patch(?:es)?(?: (?:at|from))?|download the (?:patch|update|fix)|full report|siehe|quelle|laut|mehr dazu|voir|selon|d'après|plus d'informations|véase|según|más información|fuente",
);
export const VERSION =
  /(?:\b(?:versions?|ver|v|build|builds|release|releases|rev|revision|firmware|patch|update|update to|updated to|upgrade to|upgrade|section|sections|chapter|clause|abschnitt|kapitel|sección|fixed in|prior to|before|through|up to|earlier than|openssl|chrome|chromium|firefox|edge|windows|ios|ios xe|android|fortios|pan-os|exchange|acrobat|java|jdk|agent|client|server|driver|library|dll|version\w*,?|room|raum|oid|snmp|fileversion|productversion|versión|ab|bis|jusqu'à)\b[\s:="'(,|;]*|\bv|§\s?|(?<![A-Z]_[A-Z]{1,12})\/)$/i;
export const COMMIT =
  /\b(?:commits?|reverts?|cherry[- ]?picks?|git)\b[^\n]{0,50}$|\b(?:revision|rev|tree|blob|checkout|parent|merge|build[- ]?id|uuid|guid|clsid|serial(?: number)?|thumbprint|token|session(?: ?id)?|cookie|nonce|request[- ]?id|trace[- ]?id|etag|key|api[- ]?key|licence|license|ticket|ja3s?|ja4|tx(?:id)?|transaction|empty file|null file)\b[^\n]{0,25}$/i;
/** Heads of columns that hold such. */
export const COMMIT_COLUMN = /\b(?:tx(?:id)?|transactions?|commits?|thumbprint|serial|ja3s?|ja4)\b/i;
/** Words before an address; other ones before a small one are names of products. */
export const ADDRESS =
  /^(?:ips?|hosts?|servers?|c2s?|address(?:es)?|adressen?|from|to|and|or|at|on|by|with|via|is|was|are|resolved|source|destination|ziel|quelle|proxy|nodes?|relays?|resolver|dns|serveur|servidor|und|von|oder|mit|an|auf|et|ou|vers|de|y|con|desde|address|ping|scan(?:ned)?|peer|gateway|endpoint|block(?:ed)?|sinkhole|traffic|connects?|contacted|contacts)$/i;
export const MALICE = words(
  'malicious|malware|landing|panels?|gates?|fetch(?:es|ed)?|talk(?:s|ed)? to|drop(?:s|ped)|second stage|stage|decoded|decrypted|deobfuscated|exploit\\w*|drain\\w*|scam\\w*|spread\\w*|served?|c2s?|c&c|command[- ]and[- ]control|payloads?|phish\\w*|exfil\\w*|beacons?|beaconing|droppers?|attackers?|compromised|infected|backdoor|loader|stealer|trojan|ransom\\w*|then contacts|bösartig\\w*|schadsoftware|angreifer\\w*|malveillant\\w*|malicios\\w+|attaquants?|atacantes?',
);
/** Where a YARA rule or a page says where it comes from; identifiers of mails. */
export const SOURCE_FIELD =
  /\b(?:reference|link|source|ref)\d*\s+=\s+"$|\b(?:message-id|in-reply-to|references)\s*:\s*<?$/i;
/** Code that fetches: `curl http://…`. */
export const CALL =
  /\b(?:get|fetch|curl|wget|iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring|downloadfile|openurl|urlopen|request|xmlhttp|jndi|mshta|msiexec|bitsadmin)\b[^\n]{0,30}$|\b(?:POST|CONNECT|PUT|HEAD)\s$/i;
const RANSOM_WORDS =
  'decrypt\\w*|ransom\\w*|encrypted|entschlüssel\\w*|verschlüssel\\w*|déchiffr\\w*|chiffr\\w*|descifr\\w*|cifrad\\w*|rescate';
export const RANSOM = words(RANSOM_WORDS);
export const FREE_MAIL =
  /@(?:[\w-]+\.)*(?:gmail|googlemail|yahoo|outlook|hotmail|yandex|mail|protonmail|proton|pm|tutanota|tuta|tutamail|onionmail|cock|aol|gmx|icloud|keemail|mailfence|airmail|msgsafe|firemail|rambler|bk|inbox|cyberfear|skiff|disroot|riseup|zohomail)\.[a-z]{2,5}$/i;
export const TEAM =
  /^(?:soc|cert|csirt|psirt|abuse|security|secure|press|presse|prensa|infosec|threat-?intel|intel|research|ir|incident|incidents|noc|support|contact|info|phishing|report|reports|feedback|research|labs?|jobs|hello|office|sales|marketing|newsletter|partner|help-?desk|service)(?:[-_.+].*)?@/i;

/** Lines of headers, logs and sandboxes whose label says what their values are. */
export const LABELLED =
  /^[\s>*•-]*(?:received|return-path|reply-to|x-originating-ip|x-sender|dns|tcp|udp|http|https|tls|sni|c2|c&c|domains?|hosts?|urls?|uri|network|netzwerk|réseau|red|connections?|contacted(?: hosts| domains)?|queries|resolves?)\b[^:\n]{0,20}:/i;
