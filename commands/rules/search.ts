import { queryOf, type RuleQuery } from '../../engine/detect/rulesets/catalog.js';
import { LEVELS, type Level, TACTICS } from '../../engine/detect/types.js';
import type { CatalogRule } from '../../engine/store/rules.js';
import type { RuleTuning } from '../../engine/store/ruletunings.js';
import type { Card, Inline } from '../cards/card.js';
import { counted, LEVEL_NAMES } from '../cards/labels.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { didYouMean } from '../words/suggest.js';

const ROWS = 15;
const MAX_WORDS = 8;
const DAY_MS = 86_400_000;
const STATES = ['enabled', 'disabled', 'changed', 'broken'] as const;
const TECHNIQUE = /^t\d{4}(?:\.\d{3})?$/i;

export const FILTER_HELP: readonly string[] = [
  `Search by level: ${LEVELS.join(', ')}; with a plus, that level and above: high+.`,
  `By state here: ${STATES.join(', ')} (changed: level or state is not the rule's own; broken: it cannot run).`,
  'By ATT&CK tactic (credential-access) or technique (T1003, T1003.001); by log source (windows, process_creation, aws); by any words of title, description, tags and file.',
];

type State = (typeof STATES)[number];

/** `rules [words…]`: rules that fit every word. */
export async function search(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  const query: RuleQuery = {
    words: [],
    levels: [],
    ownLevels: new Map(),
    tactics: [],
    techniques: [],
    among: null,
    except: [],
  };
  let state: State | null = null;
  for (const word of args) {
    const lower = word.toLowerCase();
    const level = LEVELS.find((name) => name === lower.replace(/\+$/, ''));
    if (level) query.levels.push(...(lower.endsWith('+') ? LEVELS.slice(LEVELS.indexOf(level)) : [level]));
    else if (STATES.some((name) => name === lower)) state = lower as State;
    else if (TECHNIQUE.test(lower)) query.techniques.push(word.toUpperCase());
    else if (TACTICS.includes(lower)) query.tactics.push(lower);
    else query.words.push(word);
  }
  if (args.length > MAX_WORDS)
    throw wrongUsage(command, `that is too much to look for at once: ${MAX_WORDS} words at most.`);

  const tunings = await context.tenant.ruleTunings.find({}, { limit: 20_000 });
  const byRule = new Map(tunings.map((tuning) => [tuning.rule, tuning]));
  query.ownLevels = new Map(tunings.flatMap(({ rule, level }) => (level ? [[rule, level] as const] : [])));
  const disabled = tunings.filter((tuning) => tuning.disabled).map(({ rule }) => rule);
  if (state === 'disabled') query.among = disabled;
  if (state === 'enabled') query.except = disabled;
  if (state === 'changed') query.among = tunings.filter((t) => t.disabled || t.level).map(({ rule }) => rule);

  const filter = { $and: [queryOf(query), state === 'broken' ? { problem: { $ne: '' } } : {}] };
  const { rules } = context.tenant;
  const [total, found] = await Promise.all([
    rules.countDocuments(filter),
    rules.find(filter).sort({ title: 1, _id: 1 }).limit(ROWS).lean<CatalogRule[]>(),
  ]);
  if (found.length === 0) return nothing(context, query.words, await rules.estimatedDocumentCount());
  return listing(context, found, total, byRule);
}

async function listing(
  context: Context,
  found: CatalogRule[],
  total: number,
  tunings: ReadonlyMap<string, RuleTuning>,
): Promise<Card> {
  const { name, _id } = context.tenant.tenant;
  const hits = context.internal ? await hitsOf(context, found) : null;
  const more = total - found.length;
  return {
    title: `${counted(total, 'rule')} for ${name} (${_id})`,
    tone: 'neutral',
    blocks: [
      {
        kind: 'table',
        columns: ['Rule', 'Title', 'Level', 'Here', 'Log source', 'ATT&CK', ...(hits ? ['7 days'] : [])],
        rows: found.map((rule): Inline[] => [
          [{ code: shortId(rule.id) }],
          clip(rule.title, 90),
          levelText(rule.level, tunings.get(rule.id)),
          stateText(rule, tunings.get(rule.id)),
          clip(rule.logsource.replaceAll('/*', ''), 50) || '—',
          clip(rule.techniques.join(' '), 40) || '—',
          ...(hits ? [(hits.get(rule.id) ?? 0).toLocaleString('en-US')] : []),
        ]),
      },
      ...(more > 0
        ? [{ kind: 'text' as const, text: `${counted(more, 'more rule')} not shown: add a word, a level or a tactic.` }]
        : []),
      {
        kind: 'note',
        text: ['Next: ', { code: `/mdr rules show ${shortId(found[0]!.id)}` }, ' shows the first one in full.'],
      },
    ],
  };
}

/** How often each of these rules fired for this tenant in the last 7 days. */
async function hitsOf(context: Context, rules: readonly CatalogRule[]): Promise<Map<string, number>> {
  const since = context.clock() - 7 * DAY_MS;
  const counts = await Promise.all(
    rules.map(async ({ id }) => {
      const count = await context.tenant.detections.count({ 'rule.id': id, created: { $gte: since } });
      return [id, count] as const;
    }),
  );
  return new Map(counts);
}

/** Enough of an id to name a rule by. */
export const shortId = (id: string): string => (/^[0-9a-f]{8}-/i.test(id) ? id.slice(0, 8) : id);

export function levelText(level: Level, tuning: RuleTuning | undefined | null): string {
  return tuning?.level ? `${LEVEL_NAMES[tuning.level]} (own: ${level})` : LEVEL_NAMES[level];
}

export function stateText(rule: CatalogRule, tuning: RuleTuning | undefined | null): string {
  if (rule.problem) return 'Cannot run';
  if (tuning?.disabled) return 'Disabled';
  return tuning?.asked ? 'On, change asked for' : 'On';
}

function nothing(context: Context, words: readonly string[], known: number): Card {
  const { name, _id } = context.tenant.tenant;
  const guesses = words.map((word) => didYouMean(word, [...TACTICS, ...LEVELS, ...STATES])).join('');
  return {
    title: known === 0 ? 'No rule is known yet' : `No rule fits, for ${name} (${_id})`,
    tone: known === 0 ? 'neutral' : 'ok',
    blocks: [
      {
        kind: 'text',
        text:
          known === 0
            ? 'Workers list their rules here shortly after they start.'
            : `${counted(known, 'rule')} looked through.${guesses}`,
      },
      { kind: 'note', text: ['Next: ', { code: '/mdr help rules' }, ' says what can be searched by.'] },
    ],
  };
}
