import { ruleCalled } from '../../engine/detect/rulesets/catalog.js';
import type { CatalogRule } from '../../engine/store/rules.js';
import type { RuleTuning } from '../../engine/store/ruletunings.js';
import { confidence, together, type Verdicts, verdictsOver } from '../../engine/triage/trust.js';
import { tuningOf } from '../../engine/triage/tune/rules.js';
import { WEIGHTS } from '../../engine/triage/weights.js';
import type { Block, Card, Inline } from '../cards/card.js';
import { counted } from '../cards/labels.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { levelText, shortId, stateText } from './search.js';

const DAY_MS = 86_400_000;
const MOST_MONTHS = 6;
const MOST_WEEKS = 12;
const BAR = 10;
const MAX_LIST = 12;
const MAX_HISTORY = 8;
const MAX_EXCEPTIONS = 8;

/** `rules show <rule>`. */
export async function show(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  if (args.length === 0) throw wrongUsage(command, 'which rule? Give its id, or the first letters of it.');
  const rule = await ruleCalled(context.tenant, args.join(' '));
  const tuning = await tuningOf(context.tenant, rule.id);
  return {
    title: `${clip(rule.title, 200)}`,
    tone: 'neutral',
    blocks: [
      { kind: 'text', text: clip(rule.description, 1200) || 'It has no description.' },
      { kind: 'fields', fields: fieldsOf(context, rule, tuning) },
      ...(rule.problem ? [{ kind: 'text' as const, text: [{ bold: 'It cannot run: ' }, rule.problem] }] : []),
      ...list('What it looks for', rule.looksFor),
      ...list('What it may also be', rule.falsepositives),
      ...list('What to look at when it fires', rule.triage),
      ...(context.internal ? await numbers(context, rule) : []),
      ...(context.internal ? await exceptions(context, rule) : []),
      ...history(tuning),
      nextOf(context, rule, tuning),
    ],
  };
}

function fieldsOf(context: Context, rule: CatalogRule, tuning: RuleTuning | null) {
  const { name, _id } = context.tenant.tenant;
  const fields: { name: string; value: Inline }[] = [
    { name: 'Tenant', value: `${name} (${_id})` },
    { name: 'Rule', value: [{ code: rule.id }] },
    { name: 'Level', value: levelText(rule.level, tuning) },
    { name: 'Here', value: stateText(rule, tuning) },
    { name: 'Log source', value: rule.logsource || '—' },
    { name: 'ATT&CK', value: clip([...rule.techniques, ...rule.tactics].join(' '), 300) || '—' },
    { name: 'From', value: `${rule.pack}: ${clip(rule.file, 200)}` },
  ];
  if (rule.response) fields.push({ name: 'Playbook', value: rule.response });
  return fields;
}

function list(heading: string, items: readonly string[]): Block[] {
  if (items.length === 0) return [];
  const left = items.length - MAX_LIST;
  return [
    { kind: 'text', text: [{ bold: heading }] },
    {
      kind: 'list',
      items: [...items.slice(0, MAX_LIST).map((text) => clip(text, 500)), ...(left > 0 ? [`and ${left} more`] : [])],
    },
  ];
}

/** How the rule does for this tenant: how often it fires, and what its alerts turned out to be. */
async function numbers(context: Context, rule: CatalogRule): Promise<Block[]> {
  const { detections } = context.tenant;
  const now = context.clock();
  const since = (days: number) => ({ 'rule.id': rule.id, created: { $gte: now - days * DAY_MS } });
  const [week, month, hidden, { months, weeks }] = await Promise.all([
    detections.count(since(7)),
    detections.count(since(30)),
    detections.count({ ...since(30), suppressed: { $ne: null } }),
    verdictsOver(context.tenant, rule.id),
  ]);
  const times = `${counted(week, 'detection')} in the last 7 days, ${month.toLocaleString('en-US')} in the last 30${hidden > 0 ? `, ${hidden} of them hidden by exceptions` : ''}.`;
  return [
    { kind: 'text', text: [{ bold: 'How it does here' }] },
    { kind: 'list', items: [times, verdictText(together(months))] },
    ...precisionTable(
      'Closed in the week of',
      weeks.slice(-MOST_WEEKS).map(({ monday, ...of }) => [monday, of]),
    ),
    ...precisionTable(
      'Closed in',
      months.slice(-MOST_MONTHS).map(({ month, ...of }) => [month, of]),
    ),
  ];
}

/** How right it was over time: a bar that is read at a glance, and the numbers beside it. */
function precisionTable(name: string, rows: readonly [string, Verdicts][]): Block[] {
  if (rows.length === 0) return [];
  return [
    {
      kind: 'table',
      columns: [name, 'Real', 'Benign', 'False positive', 'Precision'],
      rows: rows.map(([when, { real, benign, false: wrong }]): Inline[] => {
        const share = real / (real + benign + wrong);
        const bar = '█'.repeat(Math.round(share * BAR)).padEnd(BAR, '░');
        return [when, String(real), String(benign), String(wrong), `${bar} ${Math.round(share * 100)} %`];
      }),
    },
  ];
}

/** What its alerts turned out to be, and what triage makes of that. */
function verdictText(verdicts: Verdicts): string {
  const wrong = verdicts.false + verdicts.benign;
  const judged = verdicts.real + wrong;
  if (judged === 0) return 'None of its alerts was judged yet.';
  const share = Math.round(confidence(verdicts, WEIGHTS) * 100);
  return `Of ${counted(judged, 'alert')} with it that were judged, ${wrong} were false positives or benign (${Math.round((wrong / judged) * 100)} %). So triage takes the next one to be real with ${share} % confidence, and its points in the score follow that, within bounds.`;
}

async function exceptions(context: Context, rule: CatalogRule): Promise<Block[]> {
  const found = await context.tenant.exceptions.find(
    { 'rules.id': rule.id, state: { $in: ['proposed', 'monitor', 'active'] } },
    { sort: { updated: -1 }, limit: MAX_EXCEPTIONS },
  );
  if (found.length === 0) return [];
  return [
    { kind: 'text', text: [{ bold: 'Exceptions' }] },
    {
      kind: 'list',
      items: found.map(
        ({ number, state, expires, reason }): Inline => [
          { code: `E${number}` },
          ` ${state}, until `,
          { time: expires },
          `: ${clip(reason, 200) || 'no reason yet'}`,
        ],
      ),
    },
  ];
}

/** Who changed it here, when, and why. */
export function history(tuning: RuleTuning | null): Block[] {
  if (!tuning || tuning.log.length === 0) return [];
  const items = tuning.log
    .slice(-MAX_HISTORY)
    .map((entry): Inline => [{ time: entry.at }, ` ${clip(entry.actorName, 60)}: ${clip(entry.text, 300)}`]);
  const earlier = tuning.log.length - items.length;
  return [
    { kind: 'text', text: [{ bold: 'Changed here' }] },
    { kind: 'list', items: earlier > 0 ? [counted(earlier, 'earlier change'), ...items] : items },
  ];
}

function nextOf(context: Context, rule: CatalogRule, tuning: RuleTuning | null): Block {
  const short = shortId(rule.id);
  if (!context.internal)
    return { kind: 'note', text: 'Nothing to do. Questions go to your provider, in this channel.' };
  return {
    kind: 'note',
    text: tuning?.disabled
      ? ['Next: ', { code: `/mdr rules enable ${short} <reason>` }, ' switches it on again.']
      : [
          'Next: if it is wrong in one place, ',
          { code: '/mdr tune <alert>' },
          ' proposes an exception; ',
          { code: `/mdr rules disable ${short} <reason>` },
          ' switches it off here.',
        ],
  };
}
