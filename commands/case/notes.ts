import { zoneOf } from '../../engine/notify/policy.js';
import type { Lane } from '../../engine/store/cases.js';
import type { Card } from '../cards/card.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { readTime, TIME_HELP } from '../words/time.js';
import { timeline as shown } from './show.js';
import { caseFor, done, mayUse, takeCase, type Verb, wrongCase } from './words.js';

const LANE = /^(customer|internal):$/i;

export const note: Verb = {
  name: 'note',
  usage: '[n] [customer:] <words…>',
  example: 'case note 4 asked the mail team for their logs',
  says: 'writes a note; it is internal, unless it begins with customer: and the case is published',
  role: 'viewer',
  both: true,
  async run(context, args) {
    const { number, rest } = takeCase(note, context, args, true);
    // What the customer's people write, they may read.
    if (context.internal) mayUse({ ...note, role: 'responder' }, context);
    const { lane, words } = laneIn(context, rest);
    if (words.length === 0) throw wrongCase(note, 'a note needs words.');
    return done(context, number, { kind: 'note', lane, text: words.join(' '), theirs: !context.internal });
  },
};

/** To look at, to add to, to correct. */
export const timeline: Verb = {
  ...shown,
  async run(context, args) {
    const { number, rest } = takeCase(timeline, context, args);
    const verb = rest[0]?.toLowerCase();
    if (verb === undefined) return shown.run(context, [`#${number}`]);
    const inside: Verb = { ...timeline, role: 'responder', both: false };
    mayUse(inside, context);
    if (verb === 'add') return add(context, number, rest.slice(1));
    if (verb === 'correct') return correct(context, number, rest.slice(1));
    throw wrongCase(timeline, `"${clip(verb, 40)}" is neither add nor correct.`);
  },
};

function laneIn(context: Context, words: readonly string[]): { lane: Lane; words: readonly string[] } {
  if (!context.internal) return { lane: 'customer', words };
  const said = LANE.exec(words[0] ?? '')?.[1]?.toLowerCase();
  return { lane: said === 'customer' ? 'customer' : 'provider', words: said ? words.slice(1) : words };
}

function add(context: Context, number: number, [word = '', ...rest]: readonly string[]): Promise<Card> {
  const when = readTime(word, context.clock(), zoneOf(context.tenant.tenant));
  if (when === null) throw wrongCase(timeline, `when did it happen? Write ${TIME_HELP}.`);
  const { lane, words } = laneIn(context, rest);
  if (words.length === 0) throw wrongCase(timeline, 'what happened?');
  return done(context, number, { kind: 'pin', when, lane, text: words.join(' ') });
}

async function correct(context: Context, number: number, [word = '', ...words]: readonly string[]): Promise<Card> {
  const at = Number(/^#?(\d{1,4})$/.exec(word)?.[1] ?? 0);
  const { log } = await caseFor(context, number);
  const entry = log[at - 1];
  if (!entry) throw wrongCase(timeline, `which entry? The timeline numbers them, as in #${Math.max(1, log.length)}.`);
  const because = words.findIndex((each) => each.toLowerCase() === 'because:');
  const text = (because < 0 ? words : words.slice(0, because)).join(' ');
  const reason = because < 0 ? '' : words.slice(because + 1).join(' ');
  return done(context, number, { kind: 'correct', entry: entry.id, text, reason });
}
