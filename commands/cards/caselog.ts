import type { Case, CaseEntry, CaseEntryKind } from '../../engine/store/cases.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { withoutInternal } from '../case/customer.js';
import { clip } from '../words/arguments.js';
import type { Block, Card, Inline, Tone } from './card.js';
import { caseCard } from './case.js';
import { whilePublished } from './customer.js';

const TITLES: Readonly<Record<CaseEntryKind, (who: string) => string>> = {
  opened: (who) => `Opened by ${who}`,
  state: (who) => `Moved on by ${who}`,
  closed: (who) => `Closed by ${who}`,
  reopened: (who) => `Reopened by ${who}`,
  severity: (who) => `Severity changed by ${who}`,
  priority: (who) => `Priority changed by ${who}`,
  title: (who) => `Renamed by ${who}`,
  type: (who) => `Type changed by ${who}`,
  person: (who) => `People: by ${who}`,
  handover: (who) => `Handed over by ${who}`,
  task: (who) => `Task: by ${who}`,
  alert: (who) => `Alerts: by ${who}`,
  observable: (who) => `Observables: by ${who}`,
  related: (who) => `Related cases: by ${who}`,
  note: (who) => `Note by ${who}`,
  pinned: (who) => `On the timeline, by ${who}`,
  corrected: (who) => `Corrected by ${who}`,
  merged: (who) => `Merged by ${who}`,
  split: (who) => `Split by ${who}`,
  published: (who) => `Published to the customer by ${who}`,
  unpublished: (who) => `Updates to the customer stopped by ${who}`,
  clock: () => 'The contract: time runs out',
  reminded: () => 'A task is due',
  room: (who) => `Room: by ${who}`,
  action: (who) => `Action: by ${who}`,
  breach: (who) => `Breach: by ${who}`,
  playbook: (who) => `Playbook: by ${who}`,
  evidence: (who) => `File kept for ${who}`,
  examined: () => 'A file was looked into',
};
const TONES: Partial<Record<CaseEntryKind, Tone>> = { closed: 'ok', reopened: 'medium', clock: 'high' };
const NEXT: Partial<Record<CaseEntryKind, string>> = {
  closed: 'Nothing to do. Reopen it above if there is news.',
  note: 'Next: go on where the case above says.',
  pinned: 'Next: it can be corrected with /mdr case timeline; what stood there stays on the record.',
  clock: 'Next: move the case on, or say in a note what it waits for.',
  breach: 'Next: /mdr breach show in this thread says what is owed. Check with counsel.',
  reminded: 'Next: do the task, or give it another time.',
  examined: 'Next: what is not safe to open stays closed; go on where the case above says.',
  handover: 'Next: read /mdr brief, then go on where the case above says.',
};
const GO_ON = 'Next: the case above shows where it stands.';

/** One thing that happened to a case, as a reply in its thread. */
export function caseEntryCard(entry: CaseEntry): Card {
  const { kind, actorName, text, reason, calls, when, at, lane } = entry;
  const wasChanged = kind === 'corrected' && typeof entry.before === 'string';
  return {
    title: TITLES[kind](clip(actorName, 80)),
    tone: TONES[kind] ?? 'neutral',
    blocks: [
      ...(when === undefined ? [] : [{ kind: 'text' as const, text: [{ bold: 'When: ' }, { time: when }] as Inline }]),
      {
        kind: 'text',
        text: lane === 'customer' && (kind === 'note' || kind === 'pinned') ? `For the customer: ${text}` : text,
      },
      ...(wasChanged
        ? [{ kind: 'text' as const, text: [{ bold: 'Before: ' }, clip(String(entry.before), 500)] as Inline }]
        : []),
      ...(reason ? [{ kind: 'text' as const, text: [{ bold: 'Why: ' }, reason] as Inline }] : []),
      ...(calls?.length
        ? [
            {
              kind: 'text' as const,
              text: calls.flatMap(({ name, identities }, i) => [
                ...(i > 0 ? [', '] : []),
                { call: clip(name, 80), identities },
              ]) as Inline,
            },
          ]
        : []),
      { kind: 'note', text: [{ time: at }, ` · ${NEXT[kind] ?? GO_ON}`] },
    ],
  };
}

/** Buttons that the customer's people may press: on tasks of their lane, and to read. */
export const FOR_CUSTOMERS: ReadonlySet<string> = new Set(['task-done', 'timeline', 'brief']);

const forCustomersHands = (block: Block): Block =>
  block.kind === 'actions'
    ? {
        ...block,
        actions: block.actions.filter(({ id }) => FOR_CUSTOMERS.has(id)),
      }
    : block;

/** A published case as the customer's lane shows it. The preview of `publish` is made of this very card. */
export function customerCaseCard(record: Case, published: readonly number[], tenant: Tenant): Card {
  const card = caseCard(withoutInternal(record, published), tenant);
  return {
    ...card,
    blocks: [
      ...card.blocks.slice(0, -1).map(forCustomersHands),
      { kind: 'note', text: `Next: ask in this thread, or read on with /mdr case show ${record.number}.` },
    ],
  };
}

/** The replies in the customer's thread of a case: what happened in their lane while it was published. */
export const customerCaseEntries = (log: readonly CaseEntry[]): { entry: CaseEntry; card: Card }[] =>
  whilePublished('case', log, (entry) => {
    if (entry.lane !== 'customer') return null;
    const { calls: _, before: __, after: ___, ...shown } = entry;
    return caseEntryCard({ ...shown, reason: '', lane: 'provider' });
  });
