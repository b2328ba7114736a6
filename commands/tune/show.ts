import type { Exception } from '../../engine/store/exceptions.js';
import { broadness, effectOf } from '../../engine/triage/tune/effect.js';
import { expireDue } from '../../engine/triage/tune/expire.js';
import { knownFormats } from '../../engine/triage/tune/reread.js';
import { exceptionOf } from '../../engine/triage/tune/work.js';
import type { Block, Card, Inline } from '../cards/card.js';
import { counted } from '../cards/labels.js';
import type { Command, Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { effectBlocks, exceptionActions, STATE_NAMES, scopeBlocks } from './card.js';
import { takeException } from './read.js';

const MAX_SAMPLES = 5;
const MAX_LOG = 12;

/** `tune show E7`. */
export async function showException(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  const { number } = takeException(command, args);
  await expireDue(context.tenant, context.clock());
  return exceptionCard(context, await exceptionOf(context.tenant, number));
}

export async function exceptionCard(context: Context, exception: Exception, title?: string): Promise<Card> {
  const { tenant } = context;
  const effect = await effectOf(tenant, await knownFormats(), exception, context.clock());
  const { number, state } = exception;
  return {
    title: title ?? `E${number} · ${state}`,
    tone: effect.truePositives.detections > 0 && state !== 'revoked' ? 'critical' : 'neutral',
    blocks: [
      {
        kind: 'fields',
        fields: [
          { name: 'Tenant', value: `${tenant.tenant.name} (${tenant.id})` },
          { name: 'State', value: STATE_NAMES[state] },
          { name: 'Proposed by', value: clip(exception.author.name, 80) },
          { name: 'Until', value: [{ time: exception.expires }] },
          ...(exception.alert === null ? [] : [{ name: 'From alert', value: String(exception.alert) }]),
        ],
      },
      { kind: 'text', text: [{ bold: 'Why: ' }, clip(exception.reason, 500) || 'nobody has said so yet'] },
      ...scopeBlocks(exception),
      ...(await counts(context, exception)),
      ...effectBlocks(effect, state === 'active' ? [] : broadness(exception, effect)),
      ...history(exception),
      { kind: 'actions', actions: exceptionActions(exception, tenant.id, effect.truePositives.detections === 0) },
      nextOf(exception),
    ],
  };
}

/** What it has counted and hidden since it was accepted, with the latest of it. */
async function counts({ tenant }: Context, { _id }: Exception): Promise<Block[]> {
  const [counted_, hidden] = await Promise.all([
    tenant.detections.count({ monitored: _id }),
    tenant.detections.count({ suppressed: _id }),
  ]);
  if (counted_ + hidden === 0) return [];
  const samples = await tenant.detections.find(
    { $or: [{ suppressed: _id }, { monitored: _id }] },
    { sort: { created: -1 }, limit: MAX_SAMPLES },
  );
  return [
    { kind: 'text', text: [{ bold: 'What it did' }] },
    {
      kind: 'list',
      items: [
        `${counted(hidden, 'detection')} hidden; ${counted_.toLocaleString('en-US')} counted in monitor mode, not hidden`,
        ...samples.map(({ event, rule, suppressed }): Inline => {
          const where = [event.ecs['host.name'], event.ecs['user.name']].filter(Boolean).join(', ');
          const what = event.ecs['process.command_line'] ?? event.ecs['event.action'] ?? '';
          return [
            { time: event.time },
            ` ${suppressed ? 'hidden' : 'counted'}: ${clip(rule.title, 80)}`,
            ...(where ? [' on ', { code: clip(where, 80) }] : []),
            ...(what ? [' ', { code: clip(what, 120) }] : []),
          ];
        }),
      ],
    },
  ];
}

function history({ log }: Exception): Block[] {
  const items = log
    .slice(-MAX_LOG)
    .map((entry): Inline => [{ time: entry.at }, ` ${clip(entry.actorName, 60)}: ${clip(entry.text, 300)}`]);
  const earlier = log.length - items.length;
  return [
    { kind: 'text', text: [{ bold: 'What happened to it' }] },
    { kind: 'list', items: earlier > 0 ? [counted(earlier, 'earlier entry', 'earlier entries'), ...items] : items },
  ];
}

function nextOf({ number, state }: Exception): Block {
  const code = (text: string) => ({ code: `/mdr tune ${text}` });
  if (state === 'proposed')
    return { kind: 'note', text: ['Next: ', code(`accept E${number} monitor`), ' counts what it would hide.'] };
  if (state === 'monitor')
    return {
      kind: 'note',
      text: ['Next: when it counts only what is harmless, ', code(`accept E${number} active`), ' hides it.'],
    };
  if (state === 'active')
    return { kind: 'note', text: ['Nothing to do. If it hides too much: ', code(`revoke E${number} <reason>`), '.'] };
  return { kind: 'note', text: 'Nothing to do. It is over; propose it again from an alert if it is needed.' };
}
