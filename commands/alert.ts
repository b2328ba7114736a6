import { investigationOf } from '../engine/investigate/report/keep.js';
import { latest } from '../engine/investigate/work.js';
import type { Alert, AlertEntry } from '../engine/store/alerts.js';
import type { Detection } from '../engine/store/detections.js';
import { isAtLeast } from '../engine/store/people.js';
import { bySeverity } from '../engine/triage/order.js';
import {
  alertActions,
  alertFields,
  alertTitle,
  nextBlock,
  reasonLine,
  saidLine,
  simulatedBlocks,
  topReasons,
  whyLine,
} from './cards/alert.js';
import type { Action, Block, Inline } from './cards/card.js';
import { known } from './cards/investigation.js';
import { counted, toneOf } from './cards/labels.js';
import type { Command, Context } from './types.js';
import { clip, takeNumber, wrongUsage } from './words/arguments.js';
import { alertOf } from './words/record.js';

const MAX_RULES = 15;
const MAX_REASONS = 15;
const MAX_OBSERVABLES = 20;
const MAX_LOG = 15;
const MAX_ORIGINAL = 1500;
const MAX_FIELD = 500;
const MAX_CAMPAIGN = 20;
const MAX_FACTS = 8;

/** The fields of an event that a responder looks at first, in this order. */
const KEY_FIELDS = [
  '@timestamp',
  'event.code',
  'event.action',
  'event.outcome',
  'host.name',
  'user.name',
  'user.target.name',
  'source.ip',
  'destination.ip',
  'destination.port',
  'destination.domain',
  'process.executable',
  'process.command_line',
  'process.parent.executable',
  'process.parent.command_line',
  'file.path',
  'registry.path',
  'dns.question.name',
  'url.original',
  'user_agent.original',
  'cloud.account.id',
  'cloud.region',
  'rule.name',
  'message',
] as const;

const alert: Command = {
  name: 'alert',
  summary: 'Show one alert in full: why, which rules, an example event, and what was done.',
  usage: 'alert [n]',
  examples: ['alert 12'],
  related: ['alerts', 'ack', 'note', 'publish'],
  role: 'viewer',
  plain: [
    {
      phrases: [
        'show {alert}',
        'show me {alert} in full',
        'who is working on {alert}',
        'who handles {alert}',
        'who has {alert}',
        'is anybody on {alert}',
        'who owns {alert}',
        'what is {alert}',
        'tell me about {alert}',
        'give me the details of {alert}',
        'why was {alert} raised',
        'why does {alert} have that score',
        'what happened in {alert}',
        'what do we know about {alert}',
        'what is the state of {alert}',
        'has {alert} been handled',
        'is {alert} still open',
        'which rule raised {alert}',
        'what was seen on {alert}',
        'explain {alert}',
        'look up {alert}',
        'what is this alert about',
        'who is dealing with this alert',
        'why did we get this',
        'open {alert} for me, i want to read it',
      ],
      reads: true,
      args: (said) => {
        said.all('level');
        const number = said.alert();
        return number === null ? { missing: 'Which alert?' } : [number];
      },
    },
  ],
  async run(context, args) {
    const { number, rest } = takeNumber(alert, context, args);
    if (rest.length) throw wrongUsage(alert, 'it shows one alert, and takes no further words.');
    const record = await alertOf(context, number);
    return {
      title: alertTitle(record),
      tone: toneOf(record),
      blocks: [
        ...(await alertBlocks(context, record)),
        ...(context.internal ? await factsOf(context, record) : []),
        ...history(record.log),
        { kind: 'actions', actions: [...actionsFor(context, record)] },
        nextBlock(record),
      ],
    };
  },
};
export default alert;

/** What its latest investigation found known of its values: from where an address is, what is exploited … */
async function factsOf({ tenant }: Context, { number }: Alert): Promise<Block[]> {
  const report = await latest(tenant, number);
  const facts = report ? (investigationOf(report).facts ?? []) : [];
  return known(facts, MAX_FACTS);
}

/** Whether the customer sees it, which the provider has to know before writing another word. */
function customerField({ published }: Alert): { name: string; value: Inline } {
  return {
    name: 'Customer sees it',
    value: published ? ['since ', { time: published.at }, `, by ${clip(published.by.name, 80)}`] : 'no',
  };
}

/** The other alerts of its campaign, and the one that it went into. */
async function campaignFields(
  { tenant }: Context,
  { number, campaign, mergedInto }: Alert,
): Promise<{ name: string; value: Inline }[]> {
  if (mergedInto !== undefined) return [{ name: 'Goes on in', value: [{ code: `/mdr alert ${mergedInto}` }] }];
  if (campaign === undefined) return [];
  const all = await tenant.alerts.find(
    { campaign, mergedInto: { $exists: false } },
    { sort: { number: 1 }, limit: MAX_CAMPAIGN },
  );
  const others = all.filter((other) => other.number !== number);
  const named = others.map((other) => `${other.number} (${clip(other.entity.value, 40)})`);
  return others.length > 0 ? [{ name: 'Same campaign', value: `alerts ${named.join(', ')}` }] : [];
}

function actionsFor({ internal, role, tenant }: Context, record: Alert): Action[] {
  const actions = alertActions(record, tenant.id, internal);
  if (!internal || record.state === 'new' || !isAtLeast(role, 'analyst')) return actions;
  const [command, label] = record.published ? ['unpublish', 'Stop showing it'] : ['publish', 'Show to the customer…'];
  return [
    ...actions,
    { id: command!, label: label!, command: command!, tenant: tenant.id, record: String(record.number) },
  ];
}

/** What is known of an alert: why it is here, its score, rules, observables and an example; not what people did. */
export async function alertBlocks(context: Context, record: Alert): Promise<Block[]> {
  const [top] = bySeverity(record.rules);
  const example = top ? await context.tenant.detections.findOne({ _id: top.example }) : null;
  return [
    ...simulatedBlocks(record),
    { kind: 'text', text: whyLine(record) },
    {
      kind: 'fields',
      fields: [
        ...alertFields(record, context.tenant.tenant),
        ...(context.internal ? [customerField(record), ...(await campaignFields(context, record))] : []),
      ],
    },
    ...section('Why this score', topReasons(record).map(reasonLine), MAX_REASONS),
    ...ruleTable(record),
    ...(context.internal
      ? section(
          'Why these belong together',
          (record.ties ?? []).map((tie) => clip(tie, 200)),
          MAX_REASONS,
        )
      : []),
    ...section(
      'Seen on it',
      record.observables.map(({ kind, value }): Inline => [`${kind} `, { code: clip(value, 200) }]),
      MAX_OBSERVABLES,
    ),
    ...(example && (context.internal || !example.internal) ? exampleBlocks(example) : []),
  ];
}

function section(heading: string, items: Inline[], most: number): Block[] {
  if (items.length === 0) return [];
  const left = items.length - most;
  return [
    { kind: 'text', text: [{ bold: heading }] },
    { kind: 'list', items: [...items.slice(0, most), ...(left > 0 ? [`and ${left} more`] : [])] },
  ];
}

function ruleTable(record: Alert): Block[] {
  const rules = bySeverity(record.rules);
  const left = rules.length - MAX_RULES;
  return [
    { kind: 'text', text: [{ bold: 'Rules that fired' }] },
    {
      kind: 'table',
      columns: ['Rule', 'Level', 'Times', 'ATT&CK', 'First', 'Last'],
      rows: rules
        .slice(0, MAX_RULES)
        .map((rule) => [
          clip(rule.title, 120),
          rule.level,
          rule.count.toLocaleString('en-US'),
          clip([...rule.techniques, ...rule.tactics].join(' '), 120) || '—',
          [{ time: rule.first }],
          [{ time: rule.last }],
        ]),
    },
    ...(left > 0 ? [{ kind: 'note' as const, text: `and ${counted(left, 'more rule')}` }] : []),
  ];
}

function exampleBlocks({ event, rule }: Detection): Block[] {
  const fields = KEY_FIELDS.flatMap((name) => {
    const value = event.ecs[name];
    return value === undefined ? [] : [{ name, value: [{ code: clip(String(value), MAX_FIELD) }] }];
  });
  const harmless = rule.falsepositives.filter((text) => !/^(unknown|none)$/i.test(text));
  return [
    {
      kind: 'text',
      text: [
        { bold: 'An example' },
        `, from ${event.source} (${event.format}), for the rule “${clip(rule.title, 120)}”`,
      ],
    },
    { kind: 'fields', fields },
    { kind: 'code', text: clip(event.original, MAX_ORIGINAL) },
    ...section(
      'What it may also be',
      harmless.map((text) => clip(text, 200)),
      5,
    ),
  ];
}

const timeOf = ({ kind, said, at }: AlertEntry): number => (kind === 'pinned' && said ? said.at : at);

/** Whether whoever pinned it has withdrawn it since. */
function isWithdrawn(pinned: AlertEntry, log: readonly AlertEntry[]): boolean {
  const isSame = ({ kind, actor, said }: AlertEntry) =>
    kind === 'unpinned' &&
    actor === pinned.actor &&
    said?.channel === pinned.said?.channel &&
    said?.message === pinned.said?.message;
  return pinned.kind === 'pinned' && log.slice(log.indexOf(pinned) + 1).some(isSame);
}

function history(log: readonly AlertEntry[]): Block[] {
  // What was pinned stands where it was said, not where it was pinned.
  const items = log
    .toSorted((a, b) => timeOf(a) - timeOf(b))
    .slice(-MAX_LOG)
    .map(
      (entry): Inline => [
        { time: timeOf(entry) },
        ` ${clip(entry.actorName, 60)}: ${clip(entry.text, 300)}${isWithdrawn(entry, log) ? ' (withdrawn)' : ''}`,
        ...(entry.said ? [' · ', ...saidLine(entry.said)] : []),
      ],
    );
  const earlier = log.length - items.length;
  return section(
    'What happened',
    earlier > 0 ? [`${counted(earlier, 'earlier entry', 'earlier entries')}`, ...items] : items,
    MAX_LOG + 1,
  );
}
