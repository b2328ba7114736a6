import { everyBreach } from '../../engine/breach/every.js';
import { theLaw } from '../../engine/breach/index.js';
import { dutiesOfBreach } from '../../engine/breach/save.js';
import { COUNSEL, type Duty } from '../../engine/breach/types.js';
import type { Card } from '../cards/card.js';
import type { Context } from '../types.js';
import { rowOf, toneOf } from './cards.js';
import { mayRead } from './words.js';

const MOST_KEPT = 500;
const MOST_ROWS = 40;

/** An open duty with its case. */
export interface BoardRow {
  case: number;
  title: string;
  duty: Duty;
}

/**
 * Duties of the tenant's breaches that are neither done nor decided, the most urgent first; those that may be seen here.
 * @returns the first 500 of them, and how many more there are
 */
export async function openDuties(context: Context): Promise<{ rows: BoardRow[]; more: number }> {
  const { tenant, clock } = context;
  let rows: BoardRow[] = [];
  let more = 0;
  for await (const breaches of everyBreach(tenant)) {
    const numbers = breaches.map((breach) => breach.case);
    const cases = await tenant.cases.find({ number: { $in: numbers } }, { limit: numbers.length });
    const found = breaches.flatMap((breach): BoardRow[] => {
      const record = cases.find(({ number }) => number === breach.case);
      if (!record || !mayRead(context, record)) return [];
      const { duties } = dutiesOfBreach(tenant, theLaw(), breach, clock());
      return duties
        .filter(({ state }) => state !== 'satisfied' && state !== 'not-required')
        .map((duty) => ({ case: record.number, title: record.title, duty }));
    });
    rows = [...rows, ...found].sort(byUrgency);
    more += rows.splice(MOST_KEPT).length;
  }
  return { rows, more };
}

const ORDER = ['missed', 'running', 'paused', 'candidate'];

function byUrgency(a: BoardRow, b: BoardRow): number {
  const at = ({ duty: { due, target } }: BoardRow) => due ?? target ?? Number.MAX_SAFE_INTEGER;
  return ORDER.indexOf(a.duty.state) - ORDER.indexOf(b.duty.state) || at(a) - at(b) || a.case - b.case;
}

/** The board: every open duty of the tenant. */
export async function boardCard(context: Context): Promise<Card> {
  const { rows, more } = await openDuties(context);
  const left = rows.length + more - MOST_ROWS;
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
