import { MdrError } from '../engine/errors.js';
import { investigationOf } from '../engine/investigate/report/keep.js';
import { latest } from '../engine/investigate/work.js';
import { campaignOf } from '../engine/triage/campaigns.js';
import type { Card } from './cards/card.js';
import { investigationCard } from './cards/investigation.js';
import type { Command, Context } from './types.js';
import { takeNumber, wrongUsage } from './words/arguments.js';
import { alertOf } from './words/record.js';

const investigate: Command = {
  name: 'investigate',
  summary: 'Find out what an alert was: attack chain, who and how, how far it goes, what it could cost, what to do.',
  usage: 'investigate [n] [again]',
  examples: ['investigate 12', 'investigate 12 again'],
  details: [
    'Alerts of level medium and above are investigated by themselves, a minute after they open and again when they grow.',
    'It shows the newest version; "again" makes a new one from what is known now. Its alert says in its thread when it is done.',
    'An alert of a campaign is investigated together with the others of it. Every sentence rests on events.',
  ],
  related: ['report', 'alert', 'close'],
  role: 'responder',
  async run(context, args) {
    checkProvider(context);
    const { number, rest } = takeNumber(investigate, context, args);
    const isAgain = rest[0]?.toLowerCase() === 'again';
    if (rest.length > (isAgain ? 1 : 0))
      throw wrongUsage(investigate, 'after the number it takes "again", and nothing else.');
    const alert = await alertOf(context, number);
    const about = campaignOf(alert);
    const last = (await latest(context.tenant, about)) ?? (await latest(context.tenant, number));
    if (last && !isAgain) return investigationCard(investigationOf(last), context.tenant.id, last.by.name);
    const by = { id: context.person._id, name: context.person.name };
    await context.queues.add('investigations', { tenant: context.tenant.id, number: about, by });
    return begun(about, alert.number);
  },
};
export default investigate;

function begun(about: number, asked: number): Card {
  const together = about === asked ? '' : ` together with alert ${asked}, which is of the same campaign`;
  return {
    title: `Alert ${about} is being investigated`,
    tone: 'neutral',
    blocks: [
      { kind: 'text', text: `It is looked at${together}; its thread says when it is done, which takes seconds.` },
      { kind: 'note', text: ['Next: ', { code: `/mdr investigate ${asked}` }, ' shows what was found.'] },
    ],
  };
}

/** What an investigation finds is the provider's until it is published in a report. @throws MdrError MDR_FORBIDDEN */
function checkProvider({ internal }: Pick<Context, 'internal'>): void {
  if (internal) return;
  throw new MdrError(
    'MDR_FORBIDDEN',
    "investigations are made in the provider's own channels.",
    'Ask your provider for the report of the alert.',
  );
}
