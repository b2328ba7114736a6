import type { Document, Part, Section } from '../../investigate/report/document.js';
import type { EventRef } from '../../investigate/types.js';
import { safe } from '../../safe.js';
import { minute, times } from '../../say.js';
import type { Alert } from '../../store/alerts.js';
import type { Case } from '../../store/cases.js';
import { leadOf } from '../case/changes/people.js';
import { type TimelineItem, timelineOf } from '../case/timeline.js';
import { actionsPart, didNotParts, happenedParts, impactParts, workedParts } from './report-parts.js';
import type { Review } from './types.js';

/** Entries of the timeline that a report holds: of more, the first and the last. */
const MOST = { first: 100, last: 300 };

/**
 * The report after an incident, of nothing but the record: each sentence names the entries that show it, and where the record says nothing,
 * so does the report. Pure; the same arguments give the same document.
 * @param record as it may be shown to whoever reads it
 * @param alerts those of its alerts that may be shown
 */
export function postIncident(
  record: Case,
  alerts: readonly Alert[],
  review: Review,
  { tenant, now }: { tenant: string; now: number },
): Document {
  const all = timelineOf([record], alerts);
  const isLong = all.length > MOST.first + MOST.last;
  const items = isLong ? [...all.slice(0, MOST.first), ...all.slice(-MOST.last)] : all;
  const numbers = new Map(items.map(({ source }, i) => [source, i + 1]));
  const shown = {
    record,
    alerts,
    review,
    now,
    cite: (entry: number) => numbers.get(`case ${record.number} #${entry}`),
  };
  const lead = leadOf(record);
  const left: Part[] = isLong
    ? [{ kind: 'note', text: `${times(all.length - items.length, 'entry')} in the middle of the timeline left out.` }]
    : [];
  return {
    title: words(`Post-incident report: case ${record.number}, ${record.title}`, 250),
    titleBy: null,
    facts: [
      { name: 'Customer', value: words(tenant) },
      { name: 'State', value: record.state === 'closed' ? `closed as ${record.outcome}` : record.state },
      { name: 'Type, severity', value: `${record.type}, ${record.severity}` },
      { name: 'Opened', value: minute(record.created) },
      ...(record.closed === undefined ? [] : [{ name: 'Closed', value: minute(record.closed) }]),
      ...(lead ? [{ name: 'Incident lead', value: words(lead.name, 100) }] : []),
      ...(review.playbook
        ? [
            {
              name: 'Playbook',
              value: words(`${review.playbook.name}, version ${review.playbook.version.slice(0, 12)}`),
            },
          ]
        : []),
      ...(record.simulated ? [{ name: 'Exercise', value: 'Its alerts come from a simulation.' }] : []),
    ],
    sections: [
      section('summary', 'What happened', [...happenedParts(shown), ...left]),
      section('impact', 'Impact', impactParts(shown)),
      section('what', 'What worked', workedParts(shown)),
      section('gaps', 'What did not', didNotParts(shown)),
      section('mitigation', 'Actions', actionsPart(shown)),
    ],
    evidence: items.map(refOf),
    made: now,
  };
}

const words = (text: string, most = 600): string => safe(text, most, true);

const section = (id: Section['id'], title: string, parts: Part[]): Section => ({
  ...{ id, title },
  parts: parts.length > 0 ? parts : [{ kind: 'note', text: 'The record says nothing of it.' }],
});

const refOf = ({ at, who, text, reason, source }: TimelineItem): EventRef => ({
  ...{ id: source, time: at, host: '', user: words(who, 100), dataset: source.startsWith('alert') ? 'alert' : 'case' },
  text: words(reason ? `${text} — ${reason}` : text, 400),
});
