import { briefOf, type Sentence } from '../engine/respond/case/brief.js';
import type { Case } from '../engine/store/cases.js';
import type { Block, Card } from './cards/card.js';
import { caseTone } from './cards/case.js';
import { forCustomersEyes } from './cards/customer.js';
import { caseFor, takeCase } from './case/words.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { shown } from './words/record.js';

const brief: Command = {
  name: 'brief',
  summary: 'An executive summary of a case at this moment, made of nothing but what its record says.',
  usage: 'brief [n]',
  examples: ['brief 4'],
  details: [
    'Each sentence names in brackets the parts of the record that show it: #7 is an entry of its timeline.',
    "In the customer's channels it is made of what the customer is shown.",
  ],
  related: ['case', 'report'],
  role: 'viewer',
  async run(context, args) {
    const { number, rest } = takeCase(brief, context, args);
    if (rest.length > 0) throw wrongUsage(brief, 'it takes the number of a case, and no further words.');
    const record = await caseFor(context, number);
    return briefCard(context, record);
  },
};
export default brief;

/** The brief on a case as it is now. @param context who reads it */
export async function briefCard(context: Pick<Context, 'tenant' | 'internal' | 'clock'>, record: Case): Promise<Card> {
  const { tenant } = context.tenant;
  const { number } = record;
  const terms = { $and: [{ number: { $in: record.alerts } }, shown(context)] };
  const found = await context.tenant.alerts.find(terms, { sort: { number: 1 }, limit: record.alerts.length || 1 });
  const alerts = context.internal ? found : found.map(forCustomersEyes);
  const made = briefOf(record, alerts, context.clock());
  return {
    title: `Brief on case ${number} of ${tenant.name} (${tenant._id})`,
    tone: caseTone(record),
    blocks: [
      ...part('What it is', made.summary),
      ...part('What was seen', made.seen),
      ...part('What was done', made.done),
      ...part('What comes next', made.next),
      {
        kind: 'note',
        text: [
          { time: context.clock() },
          ' · Next: ',
          { code: `/mdr case timeline ${number}` },
          ' shows everything it rests on.',
        ],
      },
    ],
  };
}

const part = (heading: string, sentences: readonly Sentence[]): Block[] =>
  sentences.length === 0
    ? []
    : [
        { kind: 'text', text: [{ bold: heading }] },
        { kind: 'list', items: sentences.map(({ text, from }) => `${clip(text, 600)} [${from.join(', ')}]`) },
      ];
