import { MdrError } from '../../engine/errors.js';
import { conceptLines } from '../../engine/hunt/ask/index.js';
import { COLUMNS, DATASETS } from '../../engine/lake/index.js';
import type { Card } from '../cards/card.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';

/** What can be queried: views, columns, and what a question may be about; with a word, the columns that it stands in. */
export async function schema(_: Context, words: readonly string[]): Promise<Card> {
  const wanted = (words[0] ?? '').toLowerCase();
  const columns = COLUMNS.filter(({ name }) => name.includes(wanted));
  if (columns.length === 0)
    throw new MdrError(
      'MDR_HUNT_UNKNOWN',
      `no column has "${clip(wanted, 40)}" in its name.`,
      'See /mdr hunt schema for all.',
    );
  const byType = new Map<string, string[]>();
  for (const { name, type } of columns) byType.set(type, [...(byType.get(type) ?? []), name]);
  return {
    title: 'What the lake can be asked',
    tone: 'neutral',
    blocks: [
      {
        kind: 'text',
        text: [
          { bold: 'Views: ' },
          `events (everything), ${DATASETS.join(', ')}. A view of one kind is searched much faster.`,
        ],
      },
      {
        kind: 'table',
        columns: ['Type', 'Columns'],
        rows: [...byType].map(([type, names]) => [type, names.join(', ')]),
      },
      { kind: 'text', text: [{ bold: 'Questions are about: ' }, conceptLines().join('; ')] },
      {
        kind: 'code',
        text: "SELECT host_name, count(*) AS n, min(time) AS first FROM authentication WHERE event_outcome = 'failure' GROUP BY 1 ORDER BY n DESC LIMIT 20",
      },
      {
        kind: 'note',
        text: [
          'One SELECT, in the SQL of DuckDB. Next: ',
          { code: '/mdr hunt sql last 7d SELECT …' },
          '; a period in front opens only its days.',
        ],
      },
    ],
  };
}
