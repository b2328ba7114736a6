import { ruleCalled } from '../../engine/detect/rulesets/catalog.js';
import { LEVELS, type Level } from '../../engine/detect/types.js';
import type { CatalogRule } from '../../engine/store/rules.js';
import { tuningChanged } from '../../engine/triage/tune/live.js';
import { type RuleOutcome, tuneRule, type Wanted } from '../../engine/triage/tune/rules.js';
import type { Card } from '../cards/card.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { didYouMean } from '../words/suggest.js';
import { levelText, shortId, stateText } from './search.js';
import { history } from './show.js';

/** `rules disable <rule> <reason>`, `rules enable <rule> <reason>`. */
export async function switchRule(
  command: Command,
  context: Context,
  disable: boolean,
  args: readonly string[],
): Promise<Card> {
  const verb = disable ? 'disable' : 'enable';
  const [name, ...reason] = args;
  if (name === undefined) throw wrongUsage(command, `which rule? rules ${verb} <rule> <reason>.`);
  return change(command, context, name, reason, verb, (now) => ({ ...now, disabled: disable }));
}

/** `rules level <rule> <level> <reason>`. */
export async function setLevel(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  const [name, word, ...reason] = args;
  if (name === undefined || word === undefined)
    throw wrongUsage(command, `rules level <rule> <level> <reason>; levels are ${LEVELS.join(', ')}, or own.`);
  const level = word.toLowerCase() === 'own' ? null : LEVELS.find((known) => known === word.toLowerCase());
  if (level === undefined)
    throw wrongUsage(
      command,
      `"${clip(word, 40)}" is not a level.${didYouMean(word, [...LEVELS, 'own'])} Levels are ${LEVELS.join(', ')}, or own.`,
    );
  return change(command, context, name, reason, 'level', (now) => ({ ...now, level: level as Level | null }));
}

async function change(
  command: Command,
  context: Context,
  name: string,
  words: readonly string[],
  verb: string,
  wish: (now: Wanted) => Wanted,
): Promise<Card> {
  const reason = words.join(' ').trim();
  if (reason === '')
    throw wrongUsage(command, `a reason is needed, for those who come after: rules ${verb} … <reason>.`);
  const rule = await ruleCalled(context.tenant, name);
  const by = { id: context.person._id, name: context.person.name };
  const outcome = await tuneRule(context.tenant, rule, by, context.clock, reason, wish);
  if (outcome.outcome === 'done') await tuningChanged(context.queues.redis, context.queues.prefix, context.tenant.id);
  return answer(context, rule, outcome);
}

function answer(context: Context, rule: CatalogRule, { tuning, outcome }: RuleOutcome): Card {
  const { name, _id } = context.tenant.tenant;
  const short = shortId(rule.id);
  const last = tuning.log.at(-1);
  return {
    title:
      outcome === 'already'
        ? `Nothing to change: ${clip(rule.title, 150)}`
        : `${clip(last?.text.split(':')[outcome === 'asked' ? 1 : 0]?.trim() ?? '', 80)}${outcome === 'asked' ? ' (waits for a second lead)' : ''}: ${clip(rule.title, 150)}`,
    tone: outcome === 'asked' ? 'medium' : 'ok',
    blocks: [
      {
        kind: 'fields',
        fields: [
          { name: 'Tenant', value: `${name} (${_id})` },
          { name: 'Rule', value: [{ code: rule.id }] },
          { name: 'Level', value: levelText(rule.level, tuning) },
          { name: 'Here', value: stateText(rule, tuning) },
        ],
      },
      ...history(tuning),
      {
        kind: 'note',
        text:
          outcome === 'asked'
            ? ['Next: it is a critical rule, so another lead has to give the same command. Until then nothing changes.']
            : [
                'Nothing to do: workers take it up with the next events. ',
                { code: `/mdr rules show ${short}` },
                ' shows the rule.',
              ],
      },
    ],
  };
}
