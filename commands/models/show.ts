import { modelCalled } from '../../engine/hunt/models/index.js';
import type { Model } from '../../engine/hunt/models/types.js';
import { ruleIdOf } from '../../engine/hunt/runner/found.js';
import { neededText, type Standing, standings } from '../../engine/hunt/runner/overview.js';
import type { Block, Card, Inline } from '../cards/card.js';
import { counted } from '../cards/labels.js';
import { history } from '../rules/show.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { precisionText } from './words.js';

const LATEST = 5;

/** `models <name>`. */
export async function show(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  if (args.length !== 1) throw wrongUsage(command, 'one model at a time, by its name.');
  return modelCard(context, await modelCalled(args[0]!));
}

/** One model at this tenant. */
export async function modelCard(context: Context, model: Model): Promise<Card> {
  const { standings: found } = await standings(context.tenant, context.queues, [model], context.clock());
  const standing = found[0]!;
  const { health, why, drift, threshold, tuning } = standing;
  const { name, _id } = context.tenant.tenant;
  return {
    title: `${model.title} (${model.name}): ${health}`,
    tone: health === 'failing' || health === 'behind' || drift.state === 'drifted' ? 'medium' : 'neutral',
    blocks: [
      { kind: 'text', text: model.summary },
      {
        kind: 'fields',
        fields: [
          { name: 'Tenant', value: `${name} (${_id})` },
          { name: 'State', value: `${health}: ${clip(why, 400)}` },
          { name: 'ATT&CK', value: `${model.techniques.join(' ')} ${model.tactic}` },
          { name: 'Needs', value: `${model.needs.data} (${neededText(model.needs)})` },
          { name: 'Compares with', value: model.baseline.words },
          { name: 'Speaks from', value: `a score of ${threshold.floor.toFixed(2)}: ${threshold.why}` },
          { name: 'Verdicts', value: precisionText(standing) },
          { name: 'Drift', value: `${drift.state}: ${drift.words}` },
          ...figures(standing),
        ],
      },
      ...data(standing),
      ...(context.internal ? await latest(context, model) : []),
      ...history(tuning),
      next(context, standing),
    ],
  };
}

function figures({ record, days }: Standing): { name: string; value: Inline }[] {
  if (!record) return [];
  const speed = record.ms > 0 ? `, ${counted(record.taken, 'event')} in ${record.ms} ms` : '';
  const bounds = [
    ...(record.held > 0 ? [`${counted(record.held, 'finding')} beyond 20 a day, kept as low`] : []),
    ...(record.shrunk > 0
      ? [`${counted(record.shrunk, 'row')} of its baseline given up because it was too large`]
      : []),
  ];
  return [
    { name: 'Last run', value: record.at > 0 ? [{ time: record.at }, speed] : 'never' },
    { name: 'Events taken in up to', value: [{ time: record.position }] },
    {
      name: 'Baseline',
      value:
        record.last > 0
          ? [
              `${Math.floor(days)} days, from `,
              { time: record.first },
              ' to ',
              { time: record.last },
              `, ${Math.ceil(record.bytes / 1024).toLocaleString('en-US')} KiB`,
            ]
          : 'nothing yet',
    },
    { name: 'Findings', value: record.findings.toLocaleString('en-US') },
    ...(bounds.length > 0 ? [{ name: 'Bounds', value: bounds.join('; ') }] : []),
  ];
}

/** Whether this tenant has what the model needs. */
function data({ model, record }: Standing): Block[] {
  if (!record) return [];
  return [
    { kind: 'text', text: [{ bold: 'Data here' }] },
    {
      kind: 'list',
      items: [
        `${counted(record.events, 'event')} with ${neededText(model.needs)}`,
        ...[...model.needs.fields, ...(model.needs.oneOf ?? [])].map(
          (field): Inline => [
            { code: field },
            record.fields[field] ? ` in ${counted(record.fields[field], 'event')}` : ' never came',
          ],
        ),
      ],
    },
  ];
}

async function latest(context: Context, model: Model): Promise<Block[]> {
  const found = await context.tenant.detections.find(
    { 'rule.id': ruleIdOf(model.name) },
    { sort: { created: -1 }, limit: LATEST },
  );
  if (found.length === 0) return [];
  return [
    { kind: 'text', text: [{ bold: 'Its latest findings' }] },
    {
      kind: 'list',
      items: found.map(
        ({ event, correlated, finding, alert }): Inline => [
          { time: event.time },
          ` ${alert ? `alert ${alert}` : 'no alert'}, score ${finding?.score.toFixed(2) ?? '—'}: ${clip(correlated?.text ?? '', 400)}`,
        ],
      ),
    },
  ];
}

function next(context: Context, { model, health }: Standing): Block {
  if (!context.internal)
    return { kind: 'note', text: 'Nothing to do. Questions go to your provider, in this channel.' };
  const { name } = model;
  if (health === 'off')
    return { kind: 'note', text: ['Next: ', { code: `/mdr models on ${name} <reason>` }, ' lets it speak again.'] };
  if (health === 'no data' || health === 'waiting')
    return {
      kind: 'note',
      text: [
        `Next: connect a source of ${clip(model.needs.data, 80)}; `,
        { code: '/mdr status' },
        ' shows what arrives.',
      ],
    };
  return {
    kind: 'note',
    text: [
      'Next: close its alerts with a reason, its threshold follows; ',
      { code: `/mdr models off ${name} <reason>` },
      ' silences it here.',
    ],
  };
}
