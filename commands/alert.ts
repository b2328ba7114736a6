import type { Alert, AlertEntry } from '../engine/store/alerts.js';
import type { Detection } from '../engine/store/detections.js';
import { bySeverity } from '../engine/triage/order.js';
import {
  alertActions,
  alertFields,
  alertTitle,
  nextBlock,
  reasonLine,
  simulatedBlocks,
  topReasons,
  whyLine,
} from './cards/alert.js';
import type { Block, Inline } from './cards/card.js';
import { counted, toneOf } from './cards/labels.js';
import type { Command } from './types.js';
import { clip, takeNumber, wrongUsage } from './words/arguments.js';
import { alertOf } from './words/record.js';

const MAX_RULES = 15;
const MAX_REASONS = 15;
const MAX_OBSERVABLES = 20;
const MAX_LOG = 15;
const MAX_ORIGINAL = 1500;
const MAX_FIELD = 500;

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
  role: 'viewer',
  async run(context, args) {
    const { number, rest } = takeNumber(alert, context, args);
    if (rest.length) throw wrongUsage(alert, 'it shows one alert, and takes no further words.');
    const record = await alertOf(context, number);
    const tenant = context.tenant.tenant;
    const [top] = bySeverity(record.rules);
    const example = top ? await context.tenant.detections.findOne({ _id: top.example }) : null;
    return {
      title: alertTitle(record),
      tone: toneOf(record),
      blocks: [
        ...simulatedBlocks(record),
        { kind: 'text', text: whyLine(record) },
        { kind: 'fields', fields: alertFields(record, tenant) },
        ...section('Why this score', topReasons(record).map(reasonLine), MAX_REASONS),
        ...ruleTable(record),
        ...section(
          'Seen on it',
          record.observables.map(({ kind, value }): Inline => [`${kind} `, { code: clip(value, 200) }]),
          MAX_OBSERVABLES,
        ),
        ...(example ? exampleBlocks(example) : []),
        ...history(record.log),
        { kind: 'actions', actions: alertActions(record, tenant._id) },
        nextBlock(record),
      ],
    };
  },
};
export default alert;

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

function history(log: readonly AlertEntry[]): Block[] {
  const items = log
    .slice(-MAX_LOG)
    .map((entry): Inline => [{ time: entry.at }, ` ${clip(entry.actorName, 60)}: ${clip(entry.text, 300)}`]);
  const earlier = log.length - items.length;
  return section(
    'What happened',
    earlier > 0 ? [`${counted(earlier, 'earlier entry', 'earlier entries')}`, ...items] : items,
    MAX_LOG + 1,
  );
}
