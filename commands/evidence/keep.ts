import { askDisposal, reviewDisposal, setKeep } from '../../engine/breach/evidence/dispose.js';
import { zoneOf } from '../../engine/notify/policy.js';
import { times } from '../../engine/say.js';
import type { Card } from '../cards/card.js';
import { clip } from '../words/arguments.js';
import { readTime } from '../words/time.js';
import { itemCard } from './cards.js';
import { deskOf, doingOf, reasonIn, takeItem, type Verb, who, wrong } from './words.js';

const DAYS = /^([1-9]\d{0,4})d$/i;

export const keep: Verb = {
  name: 'keep',
  usage: 'EV<n> (<days>d | <date> | always) because <why>',
  example: 'evidence keep EV3 365d because of the contract',
  says: 'how long an item has to be kept, counted from now; otherwise the schedule says it',
  role: 'lead',
  async run(context, args) {
    const { item, rest } = await takeItem(keep, context, args);
    const [word = '', ...words] = rest;
    const days = Number(DAYS.exec(word)?.[1] ?? 0);
    const now = context.clock();
    const until =
      word.toLowerCase() === 'always'
        ? null
        : days > 0
          ? now + days * 86_400_000
          : readTime(word, now, zoneOf(context.tenant.tenant));
    if (until === null && word.toLowerCase() !== 'always') throw wrong(keep, 'how long? Write 365d, a date or always.');
    const after = await setKeep(deskOf(context), item.number, until, doingOf(context, reasonIn(keep, words)));
    return itemCard(context, after, `EV${item.number}: how long it is kept is set`);
  },
};

export const schedule: Verb = {
  name: 'schedule',
  usage: '[<days>d | always because <why>]',
  example: 'evidence schedule 730d because of the contract',
  says: 'how long evidence is kept where an item says nothing itself; no words show it',
  role: 'lead',
  async run(context, args) {
    const { keeping } = context.tenant;
    if (args.length > 0) {
      const [word = '', ...words] = args;
      const days = Number(DAYS.exec(word)?.[1] ?? 0);
      if (days === 0 && word.toLowerCase() !== 'always')
        throw wrong(schedule, `"${clip(word, 40)}" is neither days (730d) nor always.`);
      const why = reasonIn(schedule, words);
      await keeping.setSchedule(days === 0 ? null : { days, why, by: who(context).id, at: context.clock() });
    }
    const set = await keeping.schedule();
    return {
      title: set ? `Evidence is kept for ${times(set.days, 'day')}` : 'Evidence is kept for good',
      tone: 'neutral',
      blocks: [
        { kind: 'text', text: set ? clip(set.why, 500) : 'No schedule is set.' },
        {
          kind: 'note',
          text: 'Nothing goes by itself: after that, two people review its disposal. Next: /mdr evidence dispose EV3 because …',
        },
      ],
    } satisfies Card;
  },
};

export const dispose: Verb = {
  name: 'dispose',
  usage: 'EV<n> because <why>',
  example: 'evidence dispose EV3 because its retention is over',
  says: 'asks to dispose of an item whose time is over; somebody else has to agree',
  role: 'lead',
  async run(context, args) {
    const { item, rest } = await takeItem(dispose, context, args);
    const after = await askDisposal(deskOf(context), item.number, doingOf(context, reasonIn(dispose, rest)));
    return itemCard(context, after, `EV${item.number}: disposal is asked for; somebody else has to review it`);
  },
};

const review = (name: 'agree' | 'disagree'): Verb => ({
  name,
  usage: `EV<n>${name === 'agree' ? ' [because <why>]' : ' because <why>'}`,
  example: name === 'agree' ? 'evidence agree EV3' : 'evidence disagree EV3 because the appeal runs',
  says: name === 'agree' ? 'agrees to a disposal: key and bytes are destroyed' : 'refuses a disposal',
  role: 'lead',
  async run(context, args) {
    const { item, rest } = await takeItem(this, context, args);
    const why = name === 'agree' && rest.length === 0 ? 'reviewed' : reasonIn(this, rest);
    const after = await reviewDisposal(deskOf(context), item.number, doingOf(context, why), name === 'agree');
    return itemCard(
      context,
      after,
      `EV${item.number}: ${name === 'agree' ? 'disposed of, with a certificate' : 'stays'}`,
    );
  },
});
export const agree = review('agree');
export const disagree = review('disagree');
