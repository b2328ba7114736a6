import { ruleCalled } from '../../engine/detect/rulesets/catalog.js';
import { LEVELS, type Level } from '../../engine/detect/types.js';
import { MdrError } from '../../engine/errors.js';
import type { Alert } from '../../engine/store/alerts.js';
import type { Exception } from '../../engine/store/exceptions.js';
import type { CatalogRule } from '../../engine/store/rules.js';
import { checkConditions } from '../../engine/triage/tune/conditions.js';
import { broadness, effectOf } from '../../engine/triage/tune/effect.js';
import { knownFormats } from '../../engine/triage/tune/reread.js';
import { type Suggestion, suggest } from '../../engine/triage/tune/suggest.js';
import { propose } from '../../engine/triage/tune/work.js';
import type { Block, Card } from '../cards/card.js';
import type { Command, Context } from '../types.js';
import { clip, takeNumber } from '../words/arguments.js';
import { alertOf } from '../words/record.js';
import { effectBlocks, exceptionActions, scopeBlocks } from './card.js';
import { readWish, type Wish } from './read.js';

/** `tune <alert> …`: exceptions from what the alert's detections and the harmless history share, or from conditions of one's own. */
export async function proposeFor(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  const { number, rest } = takeNumber(command, context, args);
  const wish = readWish(command, rest);
  const alert = await alertOf(context, number);
  const suggestions = await suggestionsFor(context, alert, wish);
  if (suggestions.length === 0) return nothing(alert);
  const by = { id: context.person._id, name: context.person.name };
  const reason = wish.reason || closedText(alert);
  const proposed: { exception: Exception; suggestion: Suggestion }[] = [];
  for (const suggestion of suggestions) {
    const rules = await atOwnLevels(context, suggestion.rules);
    const draft = { rules, conditions: suggestion.conditions, reason, alert: number };
    proposed.push({ exception: await propose(context.tenant, draft, by, context.clock), suggestion });
  }
  return card(context, alert, proposed);
}

async function suggestionsFor(context: Context, alert: Alert, wish: Wish): Promise<Suggestion[]> {
  const only = wish.rule === null ? null : await ruleOf(context, alert, wish.rule);
  if (wish.conditions.length > 0) {
    checkConditions(wish.conditions);
    const rules = alert.rules
      .filter(({ id }) => only === null || id === only)
      .map(({ id, title, level }) => ({ id, title, level }));
    return [{ rules, conditions: wish.conditions, history: { known: 0, covered: 0 }, hitsTruePositives: false }];
  }
  return suggest(context.tenant, await knownFormats(), alert, context.clock(), {
    ...(only !== null && { rule: only }),
    only: wish.fields,
  });
}

/** One of the alert's rules, by its id, the first letters of it, or whatever the catalogue knows it by. */
async function ruleOf(context: Context, alert: Alert, typed: string): Promise<string> {
  const own = alert.rules.filter(({ id }) => id.toLowerCase().startsWith(typed.toLowerCase()));
  if (own.length === 1) return own[0]!.id;
  const { id } = await ruleCalled(context.tenant, typed);
  if (alert.rules.some((rule) => rule.id === id)) return id;
  throw new MdrError(
    'MDR_RULE_UNKNOWN',
    `that rule did not fire on alert ${alert.number}.`,
    'See /mdr alert for those that did.',
  );
}

/** A level that the tenant lowered must not make a critical rule look harmless. */
async function atOwnLevels(context: Context, rules: Exception['rules']): Promise<Exception['rules']> {
  const known = await context.tenant.rules
    .find({ id: { $in: rules.map(({ id }) => id) } })
    .select('id level')
    .lean<CatalogRule[]>();
  const own = new Map(known.map(({ id, level }) => [id, level]));
  const graver = (a: Level, b: Level) => (LEVELS.indexOf(a) >= LEVELS.indexOf(b) ? a : b);
  return rules.map((rule) => ({ ...rule, level: graver(rule.level, own.get(rule.id) ?? rule.level) }));
}

/** Why the alert was closed is why the exception is harmless. */
function closedText(alert: Alert): string {
  if (alert.state !== 'closed') return '';
  const entry = alert.log.findLast(({ kind }) => kind === 'closed');
  return clip(entry?.text ?? `Closed as ${alert.reason}`, 500);
}

async function card(
  context: Context,
  alert: Alert,
  proposed: { exception: Exception; suggestion: Suggestion }[],
): Promise<Card> {
  const { tenant } = context;
  const formats = await knownFormats();
  const blocks: Block[] = [];
  let careful = false;
  for (const { exception, suggestion } of proposed) {
    const effect = await effectOf(tenant, formats, exception, context.clock());
    const { known, covered } = suggestion.history;
    careful ||= effect.truePositives.detections > 0;
    blocks.push(
      ...(proposed.length > 1 ? [{ kind: 'text' as const, text: [{ bold: `Exception E${exception.number}` }] }] : []),
      ...scopeBlocks(exception),
      ...(known > 0
        ? [
            {
              kind: 'text' as const,
              text: `It covers ${covered} of ${known} earlier detections of these rules that turned out harmless.`,
            },
          ]
        : []),
      ...effectBlocks(effect, broadness(exception, effect)),
      { kind: 'actions', actions: exceptionActions(exception, tenant.id, effect.truePositives.detections === 0) },
    );
  }
  const first = `E${proposed[0]!.exception.number}`;
  const names = proposed.map(({ exception }) => `E${exception.number}`).join(', ');
  const live = proposed.every(({ exception }) => exception.state !== 'proposed');
  return {
    title: `${live ? `${names}: there already` : `${names} proposed`}, from alert ${alert.number} of ${tenant.tenant.name} (${tenant.id})`,
    tone: careful ? 'critical' : 'neutral',
    blocks: [
      ...blocks,
      {
        kind: 'note',
        text: careful
          ? [
              'Next: propose a narrower one: ',
              { code: `/mdr tune ${alert.number} Field=value …` },
              ' takes your conditions.',
            ]
          : [
              'Next: ',
              { code: `/mdr tune accept ${first} monitor` },
              ' counts what it would hide; ',
              { code: `/mdr tune accept ${first} active` },
              ' hides it, for 90 days.',
            ],
      },
    ],
  };
}

function nothing(alert: Alert): Card {
  return {
    title: `Nothing to propose for alert ${alert.number}`,
    tone: 'neutral',
    blocks: [
      {
        kind: 'text',
        text: 'Its detections have too little in common, or are not kept any more. You can say the conditions yourself.',
      },
      { kind: 'note', text: ['Next: ', { code: `/mdr tune ${alert.number} User=… ParentImage|endswith=…` }] },
    ],
  };
}
