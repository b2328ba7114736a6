import { describe, expect, it } from 'vitest';
import { briefOf, type Sentence } from '../../../engine/respond/case/brief.js';
import { apply } from '../../../engine/respond/case/change.js';
import type { Change } from '../../../engine/respond/case/types.js';
import type { Alert } from '../../../engine/store/alerts.js';
import type { Case } from '../../../engine/store/cases.js';
import { alertRecord, NOW } from '../../commands/world.js';
import { aCase, bo, cause } from './world.js';

const HOUR = 3_600_000;
const alerts = [{ ...alertRecord(12), tenant: 'acme' } as Alert];
const make = (record: Case, ...changes: Change[]): Case =>
  changes.reduce((at, change, i) => apply(at, change, cause({ now: NOW + i * HOUR })).record, record);
const sentences = (record: Case, now = NOW): Sentence[] => Object.values(briefOf(record, alerts, now)).flat();
const text = (record: Case, now = NOW) =>
  sentences(record, now)
    .map((one) => one.text)
    .join('\n');

const worked = make(
  aCase(),
  { kind: 'state', to: 'triage', reason: 'r' },
  { kind: 'pin', text: 'the mail came in', when: NOW - HOUR, lane: 'provider' },
  { kind: 'task-add', title: 'image', lane: 'provider', owner: bo, due: NOW + 9 * HOUR, after: [], checklist: [] },
  { kind: 'task-add', title: 'read it', lane: 'provider', owner: null, due: null, after: ['T1'], checklist: [] },
  { kind: 'note', text: 'I believe it was the intern', lane: 'provider' },
);

describe('a brief', () => {
  it('says what it is, what was seen, what was done and what comes next', () => {
    const said = text(worked);
    for (const part of [
      '“Stolen account”',
      'account-compromise',
      'high severity and priority P2',
      'in the state triage',
      'Ana Silva leads it',
    ])
      expect(said).toContain(part);
    for (const part of [
      '1 host seen in it: ws12',
      '1 alert, with events from 2026-11-24 08:59 UTC',
      'the mail came in',
      'new → triage',
    ])
      expect(said).toContain(part);
    for (const part of [
      'acknowledged in time',
      'contained by 2026-11-24 17:00 UTC',
      'To do: T1 image, by Bo Anders',
      '1 task wait',
      'next state is contain',
    ])
      expect(said).toContain(part);
  });

  it('rests on the record: what each sentence names is there, and says that', () => {
    for (const { text: said, from } of sentences(worked)) {
      expect(from.length).toBeGreaterThan(0);
      for (const source of from) {
        const at = /^#(\d+)$/.exec(source)?.[1];
        const entry = at ? worked.log[Number(at) - 1] : undefined;
        if (at) expect(said).toMatch(new RegExp(`${entry!.actorName}|${entry!.text}`));
        else if (/^T\d/.test(source)) expect(said).toContain(worked.tasks.find(({ id }) => id === source)!.title);
        else if (source.startsWith('clock '))
          expect(worked.clocks.map(({ kind }) => `clock ${kind}`)).toContain(source);
        else if (source.startsWith('alert ')) expect(worked.alerts).toContain(Number(source.slice(6)));
        else expect(worked).toHaveProperty(source);
      }
    }
  });

  it('takes nobody’s notes and opinions for facts, and follows the record and the clock', () => {
    expect(text(worked)).not.toContain('intern');
    expect(text(worked, NOW + 9 * HOUR)).toContain('had to be contained by 2026-11-24 17:00 UTC: that is over');
    const after = make(
      worked,
      { kind: 'severity', to: 'critical', reason: 'r' },
      { kind: 'task-state', task: 'T1', to: 'done', reason: '' },
    );
    expect(text(after)).toContain('critical severity');
    expect(text(after)).toContain('1 task done: T1 image');
    expect(text(after)).toContain('To do: T2 read it');
    const corrected = make(worked, {
      kind: 'correct',
      entry: worked.log.find(({ kind }) => kind === 'pinned')!.id,
      text: 'the call came in',
      reason: '',
    });
    expect(text(corrected)).toContain('the call came in');
    expect(text(corrected)).not.toContain('the mail came in');
  });
});
