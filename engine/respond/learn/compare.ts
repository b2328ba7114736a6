import type { Alert } from '../../store/alerts.js';
import type { Case } from '../../store/cases.js';
import { caseFindings } from './case-side.js';
import { runFindings } from './run-side.js';
import { timesOf } from './times.js';
import { FINDINGS, type Review, type RunFacts } from './types.js';

const MOST_FINDINGS = 200;

/**
 * What happened in a case beside what was written. Pure; each finding names the parts of the record that show it, and none is concluded
 * from anything else.
 * @param run what it was run by; null: there was no run, and only the case itself is looked at
 * @param now epoch ms, for what is open
 */
export function compare(
  record: Case,
  alerts: readonly Pick<Alert, 'first'>[],
  run: RunFacts | null,
  now: number,
): Review {
  const ofRun = run ? runFindings(record, run) : [];
  // A task of the run is told of by its step.
  const told = new Set(ofRun.flatMap(({ step, kind }) => (step === undefined ? [] : [`${kind} ${run?.tasks[step]}`])));
  const ofCase = caseFindings(record, now).filter(
    ({ kind, task }) => task === undefined || !told.has(`${kind} ${task}`),
  );
  const findings = [...ofRun, ...ofCase]
    .map((finding, i) => ({ finding, i }))
    .sort((a, b) => FINDINGS.indexOf(a.finding.kind) - FINDINGS.indexOf(b.finding.kind) || a.i - b.i)
    .map(({ finding }) => finding)
    .slice(0, MOST_FINDINGS);
  const root = run?.program.playbooks[run.program.root];
  const over = Object.values(run?.state.steps ?? {}).filter(
    ({ status }) => status === 'done' || status === 'skipped' || status === 'given-up',
  );
  return {
    case: record.number,
    playbook:
      run && root
        ? { id: root.id, name: root.name, version: run.program.version, outcome: run.state.outcome ?? run.state.status }
        : null,
    times: timesOf(record, alerts),
    findings,
    steps: { over: over.length, done: over.filter(({ status }) => status === 'done').length },
  };
}
