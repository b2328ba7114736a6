import { mergeCases, splitCase } from '../../engine/respond/case/join.js';
import { linkAlert, unlinkAlert } from '../../engine/respond/case/open.js';
import type { Observable } from '../../engine/store/alerts.js';
import type { Card } from '../cards/card.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { alertOf, changed } from '../words/record.js';
import { asking, caseFor, done, reasonIn, shownDone, takeCase, told, type Verb, wrongCase } from './words.js';

const NUMBER = /^#?([1-9]\d{0,8})$/;
const KINDS: readonly Observable['kind'][] = ['host', 'user', 'ip', 'domain', 'hash', 'file', 'process'];
const MAX_SPLIT = 100;

const numberIn = (word: string | undefined): number | null => {
  const digits = NUMBER.exec(word ?? '')?.[1];
  return digits ? Number(digits) : null;
};

export const link: Verb = {
  name: 'link',
  usage: '<n> <alert> | case <m> | <kind> <value> | remove <alert> | remove case <m>',
  example: 'case link 4 13',
  says: `adds an alert, a related case, or something that was seen (${KINDS.join(', ')})`,
  role: 'responder',
  async run(context, args) {
    const { number, rest } = takeCase(link, context, args);
    await caseFor(context, number);
    const take = /^remove$/i.test(rest[0] ?? '');
    const [word = '', value, ...words] = take ? rest.slice(1) : rest;
    const alert = numberIn(word);
    if (alert !== null) return onAlert(context, number, alert, take, [value ?? '', ...words].join(' ').trim());
    const other = /^case$/i.test(word) ? numberIn(value) : null;
    if (other !== null) {
      await caseFor(context, other);
      return done(context, number, { kind: 'relate', to: other, reason: words.join(' '), ...(take && { take }) });
    }
    const kind = KINDS.find((each) => each === word.toLowerCase());
    if (take || !kind || value === undefined)
      throw wrongCase(
        link,
        'what? An alert by its number, case and a number, or a kind and a value, as in host ws-042.',
      );
    return done(context, number, {
      kind: 'observable',
      observable: { kind, value: [value, ...words].join(' ') },
      reason: '',
    });
  },
};

async function onAlert(context: Context, number: number, alert: number, take: boolean, reason: string): Promise<Card> {
  await alertOf(context, alert);
  const work = take ? unlinkAlert : linkAlert;
  const applied = await work(context.tenant, asking(context), number, alert, reason);
  await changed(context, alert);
  await told(context, number);
  return shownDone(context, applied);
}

export const merge: Verb = {
  name: 'merge',
  usage: '<n> <m> <why…>',
  example: 'case merge 5 4 the same stolen account',
  says: 'makes one of two: the younger goes into the older, with its alerts, people and open tasks',
  role: 'analyst',
  async run(context, args) {
    const { number, rest } = takeCase(merge, context, args);
    const other = numberIn(rest[0]);
    if (other === null) throw wrongCase(merge, 'with which case? Give both numbers.');
    const reason = reasonIn(merge, rest.slice(1));
    for (const each of [number, other]) await caseFor(context, each);
    const applied = await mergeCases(context.tenant, asking(context), number, other, reason);
    await told(context, number, other, applied.record.number);
    for (const alert of applied.record.alerts) await changed(context, alert);
    return shownDone(context, applied);
  },
};

export const split: Verb = {
  name: 'split',
  usage: '<n> <alerts> <title…>',
  example: 'case split 4 13 A second intruder, on another host',
  says: 'makes a case of its own of some alerts: 13 or 13,14',
  role: 'analyst',
  async run(context, args) {
    const { number, rest } = takeCase(split, context, args);
    const alerts = (rest[0] ?? '').split(',').map((each) => numberIn(each));
    if (alerts.length > MAX_SPLIT || alerts.some((each) => each === null))
      throw wrongCase(split, `"${clip(rest[0] ?? '', 40)}" are no alerts: write their numbers, as in 13,14.`);
    const title = reasonIn(split, rest.slice(1));
    await caseFor(context, number);
    const wanted = { alerts: [...new Set(alerts as number[])], title, reason: title };
    const applied = await splitCase(context.tenant, asking(context), number, wanted);
    await told(context, number, applied.record.number);
    for (const alert of applied.record.alerts) await changed(context, alert);
    return shownDone(context, applied);
  },
};
