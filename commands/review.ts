import { lessonOf } from '../engine/respond/learn/keep.js';
import { learnFrom } from '../engine/respond/learn/review.js';
import { isAtLeast } from '../engine/store/people.js';
import type { Card } from './cards/card.js';
import { lessonCard, reviewCard } from './cards/review.js';
import { takeCase } from './case/words.js';
import { decide, mayDecide, mayPropose, provider } from './review/decide.js';
import { look } from './review/look.js';
import { post } from './review/post.js';
import type { Command } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { need } from './words/preconditions.js';

const LESSON = /^l([1-9]\d{0,8})$/i;
const FORMATS = ['pdf', 'html', 'markdown'] as const;

const review: Command = {
  name: 'review',
  summary:
    'After a case: how it went beside its playbook, what to change in the playbook, and the post-incident report.',
  usage: 'review [n] [propose | report [pdf|html|markdown]] | L<n> | accept L<n> [why] | refuse L<n> <why>',
  examples: [
    'review 4',
    'review 4 propose',
    'review 4 report pdf',
    'review L2',
    'review accept L2',
    'review refuse L3 it was so this once only',
  ],
  details: [
    'Each finding and each sentence of the report names the part of the record that shows it.',
    'propose makes changes of playbook files of what was found, or drafts a playbook where nothing was run; a lead accepts or refuses them, and the operator writes what was accepted: mdr review apply.',
    'The customer gets the report on a published case as far as the case is shown to them, and nothing of playbooks.',
  ],
  related: ['case', 'brief', 'report'],
  role: 'viewer',
  async run(context, args): Promise<Card> {
    // A button has one word for several: `report:4:pdf`, `accept:L2`.
    const words = args.flatMap((arg, i) => (i === 0 ? arg.split(':').filter(Boolean) : [arg]));
    const [first = ''] = words;
    const verb = first.toLowerCase();
    const lesson = LESSON.exec(verb)?.[1] ?? LESSON.exec(words[1] ?? '')?.[1];
    if (lesson !== undefined && (verb === 'accept' || verb === 'refuse'))
      return decide(context, Number(lesson), verb, words.slice(2).join(' '));
    if (lesson !== undefined && LESSON.test(verb)) {
      need(provider, context);
      return lessonCard(await lessonOf(context.tenant, Number(lesson)), context.tenant.tenant, mayDecide(context).ok);
    }
    const isAhead = ['propose', 'report'].includes(verb);
    const { number, rest } = takeCase(review, context, isAhead ? words.slice(1) : words);
    const [what = '', ...more] = isAhead ? [verb, ...rest] : rest;
    const seen = await look(context, number);
    if (what === 'report') {
      const format = FORMATS.find((each) => each === (more[0] ?? 'pdf').toLowerCase().replace(/^md$/, 'markdown'));
      if (!format || more.length > 1)
        throw wrongUsage(review, `"${clip(more.join(' '), 40)}" is none of ${FORMATS.join(', ')}.`);
      return post(context, seen, format);
    }
    if (what === 'propose' && more.length === 0) {
      need(provider, context);
      need(mayPropose, context);
      const by = { id: context.person._id, name: context.person.name };
      await learnFrom(context.tenant, seen.record, seen.result, seen.run, by, context.clock);
    } else if (what !== '') throw wrongUsage(review, `"${clip(rest.join(' '), 40)}" is nothing that review does.`);
    const { tenant, internal, role } = context;
    const lessons = internal ? await tenant.lessons.find({ case: number }, { sort: { number: 1 }, limit: 20 }) : [];
    return reviewCard(seen.result, lessons, tenant.tenant, { internal, mayPropose: isAtLeast(role, 'analyst') });
  },
};
export default review;
