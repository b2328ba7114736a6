import { fingerprint, providerKey } from '../../engine/breach/evidence/signing.js';
import { bytes, minute } from '../../engine/say.js';
import type { Card, Inline } from '../cards/card.js';
import { counted } from '../cards/labels.js';
import { clip } from '../words/arguments.js';
import { itemCard, ofWhat } from './cards.js';
import { deskOf, takeItem, takeWhole, type Verb, wrong } from './words.js';

const MOST_ROWS = 30;

export const list: Verb = {
  name: 'list',
  usage: '[case <n> | alert <n> | all]',
  example: 'evidence list case 4',
  says: 'what is kept, of a case, of an alert or of all',
  role: 'responder',
  async run(context, args) {
    const isAll = args[0]?.toLowerCase() === 'all';
    const whole = isAll ? null : takeWhole(context, args);
    if (!whole && !isAll && args.length > 0)
      throw wrong(list, `"${clip(args[0]!, 40)}" is neither case <n>, alert <n> nor all.`);
    const filter = {
      state: { $in: ['kept', 'disposing', 'disposed'] as const },
      ...(whole && { [whole.of.kind]: whole.of.number }),
    };
    const { evidenceItems } = context.tenant;
    const count = await evidenceItems.count(filter as object);
    const items = await evidenceItems.find(filter as object, { sort: { number: -1 }, limit: MOST_ROWS });
    const rows = items.map(({ number, name, size, holder, held, kept, state, ...item }): Inline[] => [
      `EV${number}`,
      clip(name, 80),
      state === 'kept' ? bytes(size) : 'disposed of',
      ofWhat({ number, ...item } as never),
      clip(holder.name, 60),
      held.join(', ') || '–',
      kept === null ? '–' : [{ time: kept }],
    ]);
    const what = whole ? ` of ${whole.of.kind} ${whole.of.number}` : '';
    return {
      title: `Evidence${what}: ${counted(count, 'item')}`,
      tone: 'neutral',
      blocks: [
        ...(rows.length > 0
          ? [{ kind: 'table' as const, columns: ['', 'Name', 'Size', 'For', 'Custody', 'Hold', 'Since'], rows }]
          : [{ kind: 'text' as const, text: 'Nothing is kept yet.' }]),
        ...(count > items.length ? [{ kind: 'note' as const, text: `and ${count - items.length} earlier` }] : []),
        {
          kind: 'note',
          text: items[0]
            ? ['Next: ', { code: `/mdr evidence show EV${items[0].number}` }, ' shows one in full.']
            : ['Next: ', { code: '/mdr evidence add case 4 alert 12 because …' }, ' keeps the files of an alert.'],
        },
      ],
    };
  },
};

export const show: Verb = {
  name: 'show',
  usage: 'EV<n>',
  example: 'evidence show EV3',
  says: 'one item with its hashes, custody and holds',
  role: 'responder',
  async run(context, args) {
    const { item, rest } = await takeItem(show, context, args);
    if (rest.length > 0) throw wrong(show, 'it shows one item, and takes no further words.');
    return itemCard(context, item);
  },
};

export const holds: Verb = {
  name: 'holds',
  usage: '',
  example: 'evidence holds',
  says: 'the legal holds on evidence and on events in the lake',
  role: 'responder',
  async run({ tenant }) {
    const all = (await tenant.keeping.holds()).filter(({ released }) => !released);
    const items = all.slice(0, 40).map(({ id, of, why, byName, by, placed, asked, from, until }): Inline => {
      const what = of
        ? of.kind === 'item'
          ? `EV${of.number}`
          : `evidence of ${of.kind} ${of.number}`
        : `events ${from ? `from ${minute(from)} ` : ''}${until ? `until ${minute(until)}` : ''}`;
      return [
        { bold: id },
        ` on ${what.trim()}, since `,
        { time: placed },
        ` by ${clip(byName ?? by, 80)}: ${clip(why, 200)}${asked ? `. Release asked by ${clip(asked.name, 80)}: ${clip(asked.why, 160)}` : ''}`,
      ];
    });
    return {
      title: `Legal holds: ${all.length}`,
      tone: 'neutral',
      blocks: [
        items.length > 0 ? { kind: 'list', items } : { kind: 'text', text: 'Nothing is held.' },
        {
          kind: 'note',
          text: ['Next: ', { code: '/mdr evidence hold case 4 because …' }, ' places one; two people release it.'],
        },
      ],
    } satisfies Card;
  },
};

export const key: Verb = {
  name: 'key',
  usage: '',
  example: 'evidence key',
  says: "the provider's public key, which exports are checked with",
  role: 'viewer',
  async run(context) {
    const { publicKey } = await providerKey(deskOf(context));
    return {
      title: "The provider's public key for evidence",
      tone: 'neutral',
      blocks: [
        { kind: 'code', text: publicKey.trim() },
        { kind: 'fields', fields: [{ name: 'Fingerprint (SHA-256)', value: [{ code: fingerprint(publicKey) }] }] },
        {
          kind: 'note',
          text: [
            'Next: keep it apart from any export, and check with ',
            { code: 'mdr evidence verify <zip> --key <pem>' },
            '.',
          ],
        },
      ],
    };
  },
};
