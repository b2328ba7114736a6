import { describe, expect, it } from 'vitest';
import { toHtml } from '../../../engine/investigate/report/html.js';
import { toMarkdown } from '../../../engine/investigate/report/markdown.js';
import { pdfApart } from '../../../engine/investigate/report/pdf-apart.js';
import { compare } from '../../../engine/respond/learn/compare.js';
import { postIncident } from '../../../engine/respond/learn/report.js';
import { random } from '../../support/random.js';
import { aCase, ana } from '../case/world.js';
import { program } from '../playbook/sample.js';
import { MINUTE, wander, worked } from './world.js';

const record = worked(
  aCase({ severity: 'high', title: 'Stolen <b>account</b>' }),
  [10, { kind: 'state', to: 'triage', reason: 'odd sign-in' }],
  [12, { kind: 'pin', text: 'The mail came in', when: aCase().created - MINUTE, lane: 'customer' }],
  [
    15,
    { kind: 'task-add', title: 'Close the account', lane: 'provider', owner: ana, due: null, after: [], checklist: [] },
  ],
  [20, { kind: 'task-state', task: 'T1', to: 'done', reason: '' }],
  [30, { kind: 'state', to: 'contain', reason: 'r' }],
  [40, { kind: 'state', to: 'eradicate', reason: 'r' }],
  [50, { kind: 'state', to: 'recover', reason: 'r' }],
  [60, { kind: 'state', to: 'review', reason: 'r' }],
  [
    70,
    {
      kind: 'task-add',
      title: 'Sign-ins from abroad need a second factor',
      lane: 'customer',
      owner: null,
      due: null,
      after: [],
      checklist: [],
    },
  ],
);
const now = record.created + 90 * MINUTE;
const report = (of = record, run: Parameters<typeof compare>[2] = null) =>
  postIncident(of, [], compare(of, [], run, now), { tenant: 'Acme', now });

describe('a post-incident report', () => {
  const document = report();
  const claims = document.sections.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.kind === 'claims' ? part.claims : [])),
  );

  it('says nothing without the entry that shows it', () => {
    expect(claims.length).toBeGreaterThan(8);
    for (const { cites } of claims) for (const cite of cites) expect(document.evidence[cite - 1]).toBeDefined();
    const mail = claims.find(({ text }) => text.includes('The mail came in'))!;
    expect(document.evidence[mail.cites[0] - 1]).toMatchObject({
      text: 'The mail came in',
      dataset: 'case',
      user: 'Ana Silva',
    });
    const kept = claims.find(({ text }) => text.startsWith('It was contained'))!;
    expect(kept.text).toBe('It was contained within the time of the contract: 40 minutes of 8 hours.');
    expect(document.evidence[kept.cites[0] - 1]!.text).toContain('contain → eradicate');
  });

  it('lists what the review asked for, with owner and date or that there is none', () => {
    const [table] = document.sections.find(({ title }) => title === 'Actions')!.parts;
    expect(table).toMatchObject({
      rows: [
        { cells: ['T2', 'Sign-ins from abroad need a second factor', 'nobody yet', 'no date yet', 'open', 'customer'] },
      ],
    });
  });

  it('is a page, a text and a file, in which nothing that people wrote is markup', async () => {
    expect(toHtml(document, null)).toContain('Stolen &lt;b&gt;account&lt;/b&gt;');
    expect(toMarkdown(document, null)).toContain('Stolen \\<b\\>account\\</b\\>');
    expect(Buffer.from((await pdfApart(document, null)).slice(0, 5)).toString()).toBe('%PDF-');
  });

  it('holds whatever a run and a long case come to', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const run = wander(program, random(seed), record.created);
      const made = report(record, run.facts());
      expect(made.sections.map(({ title }) => title)).toEqual([
        'What happened',
        'Impact',
        'What worked',
        'What did not',
        'Actions',
      ]);
      expect(toMarkdown(made, null)).not.toContain('undefined');
    }
    let long = record;
    for (let i = 0; i < 700; i++) long = worked(long, [80, { kind: 'note', text: `note ${i}`, lane: 'provider' }]);
    const made = report(long);
    expect(made.evidence).toHaveLength(400);
    expect(JSON.stringify(made.sections[0])).toContain('in the middle of the timeline left out');
  });
});
