import { theLaw } from '../../engine/breach/index.js';
import { dutiesOfBreach } from '../../engine/breach/save.js';
import { COUNSEL, type Duty } from '../../engine/breach/types.js';
import type { Card } from '../cards/card.js';
import type { Context } from '../types.js';
import { rowOf, toneOf } from './cards.js';
import { mayRead } from './words.js';

const MOST_BREACHES = 200;
const MOST_ROWS = 40;

/** An open duty with its case. */
export interface BoardRow {
  case: number;
  title: string;
  duty: Duty;
}

/** Duties of the tenant's breaches that are neither done nor decided, the most urgent first; those that may be seen here. */
export async function openDuties(context: Context): Promise<BoardRow[]> {
  const { tenant, clock } = context;
  const breaches = await tenant.breaches.find({}, { sort: { updated: -1 }, limit: MOST_BREACHES });
  if (breaches.length === 0) return [];
  const numbers = breaches.map((breach) => breach.case);
  const cases = await tenant.cases.find({ number: { $in: numbers } }, { limit: numbers.length });
  const rows = breaches.flatMap((breach): BoardRow[] => {
    const record = cases.find(({ number }) => number === breach.case);
    if (!record || !mayRead(context, record)) return [];
    const { duties } = dutiesOfBreach(tenant, theLaw(), breach, clock());
    return duties
      .filter(({ state }) => state !== 'satisfied' && state !== 'not-required')
      .map((duty) => ({ case: record.number, title: record.title, duty }));
  });
  const order = ['missed', 'running', 'paused', 'candidate'];
  const at = ({ duty: { due, target } }: BoardRow) => due ?? target ?? Number.MAX_SAFE_INTEGER;
  return rows.sort(
    (a, b) => order.indexOf(a.duty.state) - order.indexOf(b.duty.state) || at(a) - at(b) || a.case - b.case,
  );
}

/** The board: every open duty of the tenant. */
export async function boardCard(context: Context): Promise<Card> {
  const rows = await openDuties(context);
  const left = rows.length - MOST_ROWS;
  return {
    title: `Breach duties of ${context.tenant.tenant.name} (${context.tenant.id})`,
    tone: rows.length === 0 ? 'ok' : toneOf(rows.map(({ duty }) => duty)),
    blocks: [
      rows.length === 0
        ? { kind: 'text', text: 'No duty is open. A breach is declared on a case.' }
        : {
            kind: 'table',
            columns: ['Case', 'Duty', 'State', 'Due', 'Owed by', 'What'],
            rows: rows.slice(0, MOST_ROWS).map((row) => [String(row.case), ...rowOf(row.duty)]),
          },
      ...(left > 0 ? [{ kind: 'note' as const, text: `And ${left} more: see each case.` }] : []),
      { kind: 'note', text: ['Next: one breach, ', { code: '/mdr breach show <case>' }, `. ${COUNSEL}`] },
    ],
  };
}
