import { safe } from '../../safe.js';
import { clip } from '../../say.js';
import type { Investigation, Measure, Reach, Sentence, Step } from '../types.js';
import { moment, spanText } from '../words.js';
import { bounded } from './bounds.js';
import { type Evidence, evidenceOf } from './cites.js';
import {
  type Cell,
  type Claim,
  cellText,
  citeWords,
  type Document,
  type Edit,
  type Editable,
  type Part,
  SECTIONS,
  type Section,
  type SectionId,
} from './document.js';
import { knownBad } from './known.js';
import { timelineOf } from './timeline.js';

const MAX_TEXT = 1000;
const WHEN = { now: 'Now', today: 'Today', later: 'Later' } as const satisfies Record<Measure['when'], string>;

export interface DocumentOptions {
  /** Name of the tenant. */
  tenant: string;
  /** What people changed, oldest first. */
  edits?: readonly Edit[];
}

/**
 * An investigation as a report, free of any format. The same investigation and edits give the same report.
 * @throws MdrError MDR_REPORT_BAD when it says something that no event of it shows
 */
export function documentOf(given: Investigation, { tenant, edits = [] }: DocumentOptions): Document {
  const of = bounded(given);
  const evidence = evidenceOf(of);
  const parts = partsOf(of, evidence);
  const said = lastEdits(edits);
  const sections = (Object.keys(SECTIONS) as SectionId[]).flatMap((id): Section[] => {
    const edit = said.get(id as Editable);
    const held = edit?.after != null ? [saidPart(edit, edit.after)] : parts[id];
    return held.length > 0 ? [{ id, title: SECTIONS[id], parts: held }] : [];
  });
  const title = said.get('title');
  const [least] = evidence.events;
  const most = evidence.events.at(-1);
  return {
    title: text(title?.after ?? of.title, 250),
    titleBy: title?.after != null ? text(title.by.name, 80) : null,
    facts: [
      { name: 'Customer', value: text(`${tenant} (${of.tenant})`) },
      { name: of.alerts.length > 1 ? 'Campaign of alerts' : 'Alert', value: of.alerts.join(', ') || String(of.alert) },
      { name: 'Severity', value: `${of.level}, score ${of.score} of 100` },
      ...(least && most ? [{ name: 'Seen', value: `${moment(least.time)} to ${moment(most.time)} UTC` }] : []),
      { name: 'Report', value: `version ${of.version}, investigated ${moment(of.made)} UTC` },
      ...(of.simulated ? [{ name: 'Exercise', value: 'These events are simulated.' }] : []),
    ],
    sections,
    evidence: evidence.events.map((event) => ({
      ...event,
      id: text(event.id, 80),
      host: text(event.host),
      user: text(event.user),
      dataset: text(event.dataset, 40),
      text: text(event.text),
    })),
    made: of.made,
  };
}

/** A section in words, a claim a line: what a person begins with who writes it anew. @returns '' for what is not there */
export function wordsOf({ title, sections }: Document, id: Editable): string {
  if (id === 'title') return title;
  const parts = sections.find((section) => section.id === id)?.parts ?? [];
  return parts
    .flatMap((part): string[] => {
      if (part.kind === 'claims') return part.claims.map((claim) => `${claim.text} [${citeWords(claim.cites)}]`);
      if (part.kind === 'said') return part.paragraphs;
      if (part.kind === 'note') return [part.text];
      if (part.kind === 'picture') return [];
      return part.rows.map(({ cells }) => cells.map(cellText).filter(Boolean).join(' · '));
    })
    .join('\n');
}

const text = (of: string, most = MAX_TEXT): string => safe(of, most, true);
const code = (of: string, most = 420): Cell => (of === '' ? '' : { code: text(of, most) });

/** The last of each section. */
const lastEdits = (edits: readonly Edit[]): Map<Editable, Edit> => new Map(edits.map((edit) => [edit.section, edit]));

function saidPart({ by, at }: Edit, after: string): Part {
  const paragraphs = after
    .split(/\r?\n/)
    .map((line) => text(line.trim(), 2000))
    .filter(Boolean);
  return { kind: 'said', paragraphs, by: text(by.name, 80), at };
}

function partsOf(of: Investigation, evidence: Evidence): Record<SectionId, Part[]> {
  const claims = (all: readonly Sentence[], what: string): Part[] => {
    const told = all.map((one): Claim => ({ text: text(one.text), cites: evidence.cite(one.events, what) }));
    return told.length > 0 ? [{ kind: 'claims', claims: told }] : [];
  };
  const first = [of.what, of.who, of.when, of.how].flatMap((all) => all.slice(0, 1));
  return {
    summary: claims(first, 'The summary'),
    severity: severity(of),
    chain: of.chain.length > 0 ? [{ kind: 'picture' }, chain(of.chain, evidence)] : [],
    timeline: timelineOf(of, evidence, text),
    who: claims(of.who, 'A sentence on who'),
    what: claims(of.what, 'A sentence on what'),
    when: claims(of.when, 'A sentence on when'),
    how: claims(of.how, 'A sentence on how'),
    blast: blast(of.blast, evidence),
    impact: claims(of.impact, 'A sentence on impact'),
    mitigation: mitigation(of, evidence),
    observables: observables(of, evidence),
    gaps: limits(of),
    remarks: [],
  };
}

function severity({ reasons }: Investigation): Part[] {
  const rows = reasons.map(({ points, text: why }) => ({
    cells: [points > 0 ? `+${points}` : String(points), text(why)],
    cites: [],
  }));
  const caption = 'The score is the sum of these points, between 0 and 100.';
  return rows.length > 0 ? [{ kind: 'table', proof: 'score', caption, columns: ['Points', 'Reason'], rows }] : [];
}

function chain(steps: readonly Step[], evidence: Evidence): Part {
  return {
    ...{ kind: 'table', proof: 'events', caption: '' },
    columns: ['#', 'Time (UTC)', 'Host', 'Step', 'ATT&CK', 'By', 'On', 'Times'],
    rows: steps.map((step, i) => ({
      cells: [
        String(i + 1),
        moment(step.first),
        code(step.host),
        text(step.title) + (step.rule === null ? ' (found around it)' : ''),
        text([...step.tactics, ...step.techniques].join(', ')),
        // All of it stands with the evidence.
        code([step.actor.user, step.actor.commandLine || step.actor.process].filter(Boolean).join(' · '), 160),
        code(step.target?.value ?? '', 160),
        step.count.toLocaleString('en-US'),
      ],
      cites: evidence.cite(step.events, `Step ${i + 1}`),
    })),
  };
}

function blast({ touched, reachable, untouched }: Investigation['blast'], evidence: Evidence): Part[] {
  const columns = ['Kind', 'Entity', 'Why', 'Crown jewel'];
  const cells = ({ entity, why, crownJewel }: Reach): Cell[] => [
    entity.kind,
    code(entity.value),
    text(why),
    crownJewel ? 'yes' : '',
  ];
  const claimed = (caption: string, all: readonly Reach[]): Part[] => {
    const rows = all.map((one) => ({ cells: cells(one), cites: evidence.cite(one.events, caption) }));
    return rows.length > 0 ? [{ kind: 'table', proof: 'events', caption, columns, rows }] : [];
  };
  const rows = untouched.map((one) => ({ cells: cells(one), cites: evidence.mention(one.events) }));
  const caption = 'Not touched, as far as the events say';
  return [
    ...claimed('Touched', touched),
    ...claimed('Can be reached next', reachable),
    ...(rows.length > 0 ? [{ kind: 'table' as const, proof: 'absence' as const, caption, columns, rows }] : []),
  ];
}

function mitigation(of: Investigation, evidence: Evidence): Part[] {
  return (Object.keys(WHEN) as Measure['when'][]).flatMap((when): Part[] => {
    const rows = of.mitigation
      .filter((measure) => measure.when === when)
      .map(({ text: what, techniques, mitigations }) => {
        const answered = of.chain.filter((step) => step.techniques.some((one) => techniques.includes(one)));
        const cites = evidence.mention(answered.flatMap(({ events }) => events)).slice(0, 6);
        return { cells: [text(what), text([...techniques, ...mitigations].join(', '))], cites };
      });
    if (rows.length === 0) return [];
    return [{ kind: 'table', proof: 'advice', caption: WHEN[when], columns: ['Measure', 'Answers'], rows }];
  });
}

function observables(of: Investigation, evidence: Evidence): Part[] {
  const known = knownBad(of);
  const rows = of.observables.map(({ kind, value, events }) => ({
    cells: [kind, code(value), text(known.get(value.toLowerCase()) ?? '')],
    cites: evidence.cite(events, 'An observable'),
  }));
  const columns = ['Kind', 'Value', 'Known to be bad'];
  const note = 'The attached STIX 2.1 bundle holds them for machines.';
  if (rows.length === 0) return [];
  return [
    { kind: 'table', proof: 'events', caption: '', columns, rows },
    { kind: 'note', text: note },
  ];
}

function limits({ gaps, chain: steps, spent }: Investigation): Part[] {
  const unseen = gaps.map(({ before, ms, text: what }) => ({
    cells: [`before step ${before + 1}`, spanText(ms), text(what), text(clip(steps[before]?.title ?? '', 120))],
    cites: [],
  }));
  const cut = spent.cut.map((what) => ({ cells: [text(what)], cites: [] }));
  return [
    ...table(
      'Times in which nothing was seen though the attack went on',
      ['Where', 'How long', 'What', 'Then'],
      unseen,
    ),
    ...table('What this report leaves out', ['What'], cut),
    {
      kind: 'note',
      text: `It rests on ${spent.queries.toLocaleString('en-US')} queries in ${spanText(spent.ms)}. What was not logged is not in it.`,
    },
  ];
}

const table = (caption: string, columns: string[], rows: { cells: Cell[]; cites: number[] }[]): Part[] =>
  rows.length > 0 ? [{ kind: 'table', proof: 'absence', caption, columns, rows }] : [];
