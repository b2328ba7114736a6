import { clip } from '../../say.js';
import type { ReportRecord } from '../../store/reports.js';
import { type Brief, EDITABLE, type Editable } from './document.js';
import { type View, viewOf } from './keep.js';
import { wordsOf } from './sections.js';

export function briefOf(record: ReportRecord, view: View): Brief {
  const { of, document } = viewOf(record, view);
  const line = (section: Editable) => clip(wordsOf(document, section).split('\n')[0] ?? '', 300);
  const { chain, blast, observables, mitigation } = of;
  const first = mitigation.find(({ when }) => when === 'now') ?? mitigation[0];
  return {
    ...{ alert: record.alert, alerts: record.alerts.slice(0, 50), version: record.version, made: record.made },
    ...{ title: document.title, level: of.level, score: of.score, simulated: of.simulated },
    ...{ who: line('who'), what: line('what'), when: line('when'), how: line('how') },
    counts: {
      steps: chain.length,
      hosts: new Set(chain.map(({ host }) => host).filter(Boolean)).size,
      events: document.evidence.length,
      observables: observables.length,
      touched: blast.touched.length,
      reachable: blast.reachable.length,
    },
    gaps: of.gaps.length,
    cut: of.spent.cut.length,
    now: clip(first?.text ?? '', 300),
    edited: EDITABLE.flatMap((section) => {
      const last = record.edits.slice(0, view.edits).findLast((edit) => edit.section === section);
      return last?.after != null ? [{ section, by: clip(last.by.name, 80), at: last.at }] : [];
    }),
  };
}
