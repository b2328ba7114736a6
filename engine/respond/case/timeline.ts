import type { Alert, AlertEntry } from '../../store/alerts.js';
import type { Case, CaseEntry } from '../../store/cases.js';
import { textOf } from './changes/words.js';

/** One line of a timeline. */
export interface TimelineItem {
  /** Epoch ms when it happened; of what was changed, when it was changed. */
  at: number;
  who: string;
  text: string;
  reason: string;
  /** What it stands in: `case 4 #7`, `alert 12`. */
  source: string;
  /** What it said at first, where it was corrected since. */
  was?: string;
}

/** Of an alert's log: what tells what happened. */
const TOLD: ReadonlySet<AlertEntry['kind']> = new Set([
  'opened',
  'grew',
  'acknowledged',
  'closed',
  'reopened',
  'note',
  'pinned',
  'evidence',
  'examined',
  'answered',
  'replied',
]);

/** What happened, in the order of when it happened: to the case, to those that went into it, and to their alerts. Pure. */
export function timelineOf(cases: readonly Case[], alerts: readonly Alert[]): TimelineItem[] {
  const items = [...cases.flatMap(caseItems), ...alerts.flatMap(alertItems)];
  return items
    .map((item, i) => ({ item, i }))
    .sort((a, b) => a.item.at - b.item.at || a.i - b.i)
    .map(({ item }) => item);
}

function caseItems({ number, log }: Case): TimelineItem[] {
  return log.map((entry, i) => {
    const text = isWords(entry) ? textOf(log, entry) : entry.text;
    return {
      at: entry.when ?? entry.at,
      who: entry.actorName,
      text: entry.kind === 'corrected' ? `Corrected: ${entry.text}` : text,
      reason: entry.reason,
      source: `case ${number} #${i + 1}`,
      ...(text !== entry.text && { was: entry.text }),
    };
  });
}

const isWords = ({ kind }: CaseEntry): boolean => kind === 'note' || kind === 'pinned';

function alertItems({ number, log, first, rules }: Alert): TimelineItem[] {
  const source = `alert ${number}`;
  const none = { who: 'logs', reason: '', source };
  return [
    { ...none, at: first, text: `First event of alert ${number}` },
    ...rules.slice(0, 20).map((rule) => ({ ...none, at: rule.first, text: `First time: ${rule.title}` })),
    ...log
      .filter(({ kind }) => TOLD.has(kind))
      .map(({ at, said, actorName, text, kind }) => ({
        ...{ at: kind === 'pinned' && said ? said.at : at, who: actorName, text, reason: '', source },
      })),
  ];
}
