import { clip } from '../say.js';
import { stamp } from './deadline.js';
import type { Duties, Duty } from './types.js';
import { describeName, describeValue } from './words.js';

/** `Fri 2026-11-27 17:30 -05:00`; an aim of our own where the law gives no number; `not known`. */
export function dueText({ due, target, zone, state }: Pick<Duty, 'due' | 'target' | 'zone' | 'state'>): string {
  if (due !== null) return `${state === 'candidate' ? 'would be ' : ''}${stamp(due, zone)}`;
  if (target === null) return state === 'candidate' ? 'not known yet' : 'no number';
  return `aim ${stamp(target, zone)}`;
}

/** Why a duty is in its state, in a few sentences. */
export function basisText(duty: Duty): string {
  const { basis, decides, lapsed, decision, exceptions, state, changed, late, relief, zone, status, upset } = duty;
  const held = exceptions.filter(({ holds }) => holds === true);
  const facts = basis.map(({ fact, value }) => `${describeName(fact)} ${describeValue(value)}`).join(', ');
  return [
    facts && `By ${facts}.`,
    state === 'candidate' && `Decided by: ${decides.map(describeName).join(', ')}.`,
    lapsed && `The facts no longer ask for it (${lapsed.because}): a second person has to confirm that.`,
    ...held.map(({ text }) => `An exception may apply: ${text} A second person has to approve that.`),
    decision && !upset && state !== 'running' && state !== 'missed' && decisionText(decision),
    upset && upsetText(duty),
    late && 'It was late.',
    relief !== null && `Still in time until ${stamp(relief, zone)}, since the last day is free (not verified).`,
    changed.length > 0 && !upset && `Changed since: ${changed.map(describeName).join(', ')}. Look again.`,
    status !== 'in force' && `The rule is ${status}.`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** Why what was decided counts no more. */
export function upsetText({ upset, decision }: Pick<Duty, 'upset' | 'decision'>): string {
  if (!upset || !decision) return '';
  const { by, approver, reason } = decision;
  return `That it is not required (${by}, approved by ${approver}${reason ? `: ${reason}` : ''}) counts no more: ${upset.because}. Decide anew.`;
}

function decisionText({ decided, reason, approver, by }: NonNullable<Duty['decision']>): string {
  const who = approver === null ? by : `${by}, approved by ${approver}`;
  return `${decided} by ${who}${reason ? `: ${reason}` : ''}.`;
}

/** Duties as a table for the terminal. */
export function toTable({ duties, out, warnings, counsel }: Duties, { all = false, width = 60 } = {}): string {
  const rows = [
    ['rule', 'state', 'due', 'owed by', 'to', 'source'],
    ...duties.map((duty) => [
      duty.id,
      `${duty.state}${duty.late ? ' (late)' : ''}`,
      dueText(duty),
      duty.owes,
      clip(duty.to, 44),
      clip(`${duty.law}${duty.status === 'in force' ? '' : ` [${duty.status}]`}`, 60),
    ]),
  ];
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  const notes = duties.map((duty) => `${duty.id}: ${basisText(duty)}${duty.how ? `\n  ${duty.how}` : ''}`);
  return [
    ...(duties.length > 0 ? lines : ['No duty follows from these facts.']),
    '',
    ...notes,
    ...(warnings.length > 0 ? ['', ...warnings.map((text) => `Contradiction: ${text}`)] : []),
    ...(all
      ? ['', 'Not owed:', ...out.map(({ rule, because }) => `${rule.padEnd(Math.min(width, 26))}  ${because}`)]
      : []),
    '',
    counsel,
    '',
  ].join('\n');
}

/** Duties with times as text, for programs. */
export function toJson({ now, duties, out, warnings, counsel }: Duties): object {
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    now: time(now),
    duties: duties.map((duty) => ({
      ...duty,
      ...{ due: time(duty.due), relief: time(duty.relief), target: time(duty.target) },
      anchor: duty.anchor && { ...duty.anchor, at: time(duty.anchor.at) },
      basis: duty.basis.map((each) => ({ ...each, at: each.at === 0 ? null : time(each.at) })),
      lapsed: duty.lapsed && { ...duty.lapsed, at: time(duty.lapsed.at) },
      upset: duty.upset && { ...duty.upset, at: time(duty.upset.at) },
      decision: duty.decision && {
        ...duty.decision,
        ...{ at: time(duty.decision.at), until: time(duty.decision.until), recorded: time(duty.decision.recorded) },
      },
    })),
    ...{ out, warnings, counsel },
  };
}
