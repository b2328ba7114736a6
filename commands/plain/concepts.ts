/** Words that mean much the same to us, under one name: few examples then speak for many. */
const GROUPS: Readonly<Record<string, string>> = {
  show: 'show list display give see view print open-up get find look',
  somebody: 'anybody somebody anyone someone nobody who whose person people',
  own: 'handle handles handling work working own owns owner take takes took deal dealing responsible assigned assign assignee',
  refused:
    'refused refuse rejected reject dropped drop failed fail unreadable unparsed parse parsed lost discarded discard',
  quiet:
    'noise noisy silence silent mute suppress suppressed hide hidden ignore filter whitelist allowlist exception exceptions exempt tune tuned',
  open: 'open unresolved outstanding pending waiting unfinished todo',
  again: 'again back reopen undo restore revert once',
  works: 'working work works healthy health up alive fine running run down broken',
  customer: 'customer client tenant company organisation organization business',
  note: 'note notes comment comments remark remarks write record',
  explain: 'tell explain describe details detail about mean means',
  call: 'call called calls notify notified notifies notification notifications page paged pages paging told informed woken wake alerted escalate escalation',
  send: 'send sent sends posted post receive received message messages',
  rule: 'rule rules detection detections signature signatures',
  detect: 'detect detects detecting cover covers covered coverage catch catches looks spot',
  seen: 'seen saw noticed acknowledge acknowledged ack acked received noted',
  close: 'close closed closes resolve resolved dismiss finish finished shut done end',
  how: 'how teach use usage syntax arguments type',
  audit: 'audit auditor assessor compliance compliant report evidence framework frameworks regulator',
  off: 'off disable disabled deactivate stop remove kill revoke cancel withdraw',
  on: 'enable enabled activate activated active start',
  happen: 'happen happened happening new news going recent recently',
};

const CONCEPTS = new Map(
  Object.entries(GROUPS).flatMap(([name, words]) => words.split(' ').map((word) => [word, `@${name}`] as const)),
);

/** The concepts among words, each as often as it is said. */
export const conceptsOf = (words: readonly string[]): string[] => words.flatMap((word) => CONCEPTS.get(word) ?? []);
