import type { Investigation } from '../types.js';
import { moment, spanText } from '../words.js';
import type { Evidence } from './cites.js';
import type { Cell, Cites, Part } from './document.js';

interface Entry {
  at: number;
  cells: Cell[];
  cites: Cites;
}

/** What happened in the order of time: each step's first and last, and the stretches in which nothing was seen. */
export function timelineOf(of: Investigation, evidence: Evidence, text: (of: string, most?: number) => string): Part[] {
  const entries: Entry[] = [];
  of.chain.forEach(({ first, last, title, host, count, events }, i) => {
    const cites = evidence.cite(events, `Step ${i + 1}`);
    const where: Cell = host === '' ? '' : { code: text(host, 420) };
    const often = count > 1 ? `, first of ${count.toLocaleString('en-US')}` : '';
    entries.push({ at: first, cells: [moment(first), where, `${text(title)}${often}`], cites });
    // Within the same second there is no first and last.
    if (count > 1 && moment(last) !== moment(first))
      entries.push({ at: last, cells: [moment(last), where, `${text(title)}, the last of them`], cites });
  });
  for (const { before, ms, text: what } of of.gaps) {
    const [from, then] = [of.chain[before - 1], of.chain[before]];
    if (!from || !then) continue;
    const cites = evidence.cite([from.events.at(-1)!, then.events[0]!], 'A gap');
    entries.push({
      at: from.last,
      cells: [moment(from.last), '', `Nothing seen for ${spanText(ms)}: ${text(what)}`],
      cites,
    });
  }
  // Equal times stay in the order of the chain.
  const rows = entries.sort((a, b) => a.at - b.at).map(({ cells, cites }) => ({ cells, cites }));
  const columns = ['Time (UTC)', 'Host', 'What'];
  return rows.length > 0 ? [{ kind: 'table', proof: 'events', caption: '', columns, rows }] : [];
}
