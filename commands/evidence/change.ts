import { holdEvidence, releaseEvidence } from '../../engine/breach/evidence/holds.js';
import { handOver, takeOver } from '../../engine/breach/evidence/transfer.js';
import { placeHold } from '../../engine/lake/holds.js';
import { isAtLeast } from '../../engine/store/people.js';
import type { Card } from '../cards/card.js';
import { someone } from '../case/words.js';
import { clip } from '../words/arguments.js';
import { itemCard } from './cards.js';
import { deskOf, doingOf, reasonIn, takeItem, takeWhole, type Verb, who, wrong } from './words.js';

export const transfer: Verb = {
  name: 'transfer',
  usage: 'EV<n> <person> because <why>',
  example: 'evidence transfer EV3 Bo because the laboratory needs it',
  says: 'hands an item to somebody, who has to take it over; whoever has it does so, or a lead',
  role: 'analyst',
  async run(context, args) {
    const { item, rest } = await takeItem(transfer, context, args);
    const [name, ...words] = rest;
    if (!name) throw wrong(transfer, 'to whom?');
    const to = await someone(transfer as never, context, name);
    if (to.side !== 'provider')
      throw wrong(transfer, `${to.name} is not one of the provider's people: export it for them.`);
    const doing = doingOf(context, reasonIn(transfer, words));
    const after = await handOver(
      deskOf(context),
      item.number,
      { id: to._id, name: to.name },
      doing,
      isAtLeast(context.role, 'lead'),
    );
    return itemCard(context, after, `EV${item.number}: handed to ${clip(to.name, 80)}`);
  },
};

const taking = (name: 'take' | 'decline'): Verb => ({
  name,
  usage: `EV<n>${name === 'decline' ? ' because <why>' : ' [because <why>]'}`,
  example: name === 'take' ? 'evidence take EV3' : 'evidence decline EV3 because it is sealed wrongly',
  says: name === 'take' ? 'takes over what was handed to you' : 'refuses what was handed to you',
  role: 'analyst',
  async run(context, args) {
    const { item, rest } = await takeItem(this, context, args);
    const why = name === 'take' && rest.length === 0 ? 'as handed over' : reasonIn(this, rest);
    const after = await takeOver(deskOf(context), item.number, doingOf(context, why), name === 'take');
    return itemCard(
      context,
      after,
      `EV${item.number}: ${name === 'take' ? 'in your custody' : `stays with ${clip(after.holder.name, 80)}`}`,
    );
  },
});
export const take = taking('take');
export const decline = taking('decline');

export const hold: Verb = {
  name: 'hold',
  usage: '(EV<n> | case <n> | alert <n> | lake) because <why>',
  example: 'evidence hold case 4 because Smith v. Acme',
  says: 'legal hold: nobody can dispose of it until two people release it; lake holds all events of the tenant',
  role: 'lead',
  async run(context, args) {
    const desk = deskOf(context);
    const isItem = /^#?EV[1-9]/i.test(args[0] ?? '');
    if (isItem) {
      const { item, rest } = await takeItem(hold, context, args);
      const { id } = await holdEvidence(
        desk,
        { kind: 'item', number: item.number },
        doingOf(context, reasonIn(hold, rest)),
      );
      return held(id, `EV${item.number}`);
    }
    if (args[0]?.toLowerCase() === 'lake') {
      const { id: by, name: byName } = who(context);
      const { id } = await placeHold(context.tenant, { why: reasonIn(hold, args.slice(1)), by, byName }, context.clock);
      return held(id, 'all events in the lake');
    }
    const whole = takeWhole(context, args);
    if (!whole) throw wrong(hold, 'on what? An item, a case, an alert, or lake.');
    const { id } = await holdEvidence(desk, whole.of, doingOf(context, reasonIn(hold, whole.rest)));
    return held(id, `all evidence of ${whole.of.kind} ${whole.of.number}, also what is still to come`);
  },
};

const held = (id: string, what: string): Card => ({
  title: `Legal hold ${id} is placed`,
  tone: 'ok',
  blocks: [
    { kind: 'text', text: `On ${what}. Nobody can dispose of it, administrators included.` },
    {
      kind: 'note',
      text: ['Next: ', { code: `/mdr evidence release ${id} because …` }, ' by two different people ends it.'],
    },
  ],
});

export const release: Verb = {
  name: 'release',
  usage: 'h<n> because <why>',
  example: 'evidence release h1 because the case is settled',
  says: 'asks for the release of a hold; a second person who says the same releases it',
  role: 'lead',
  async run(context, args) {
    const id = args[0]?.toLowerCase() ?? '';
    if (!/^h[1-9]\d{0,8}$/.test(id))
      throw wrong(release, id === '' ? 'which hold? See evidence holds.' : `"${clip(id, 40)}" is no hold.`);
    const after = await releaseEvidence(deskOf(context), id, doingOf(context, reasonIn(release, args.slice(1))));
    return after.released
      ? {
          title: `Legal hold ${id} is released`,
          tone: 'ok',
          blocks: [
            { kind: 'text', text: `Asked by ${clip(after.asked?.name ?? '', 80)}, agreed by you.` },
            { kind: 'note', text: ['Next: ', { code: '/mdr evidence holds' }, ' shows those that are left.'] },
          ],
        }
      : {
          title: `Release of ${id} is asked for`,
          tone: 'medium',
          blocks: [
            { kind: 'text', text: 'It stays in place until somebody else agrees.' },
            {
              kind: 'actions',
              actions: [
                {
                  id: 'agree',
                  label: 'Agree to the release',
                  command: 'form evidence release',
                  tenant: context.tenant.id,
                  record: id,
                  style: 'danger',
                },
              ],
            },
            {
              kind: 'note',
              text: ['Next: another lead types ', { code: `/mdr evidence release ${id} because …` }, '.'],
            },
          ],
        };
  },
};
