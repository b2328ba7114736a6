import type { Outcome } from '../../engine/triage/work.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { alertActions, nextBlock } from './alert.js';
import type { Card } from './card.js';
import { stateName } from './labels.js';

/** The answer to a command that changes an alert; it says so when the same had been done before. */
export function doneCard(context: Pick<Context, 'tenant' | 'person' | 'internal'>, outcome: Outcome): Card {
  const { alert, entry, changed } = outcome;
  const tenant = context.tenant.tenant;
  const who = entry.actor === context.person._id ? 'You' : clip(entry.actorName, 80);
  return {
    title: changed ? `Alert ${alert.number}: ${clip(entry.text, 200)}` : `Alert ${alert.number}: done already`,
    tone: 'ok',
    blocks: [
      ...(changed
        ? []
        : [
            {
              kind: 'text' as const,
              text: [
                `${who} did this already, `,
                { time: entry.at },
                `: “${clip(entry.text, 200)}”. Nothing was changed.`,
              ],
            },
          ]),
      {
        kind: 'fields',
        fields: [
          { name: 'Tenant', value: `${tenant.name} (${tenant._id})` },
          { name: 'State', value: stateName(alert) },
          { name: 'Assignee', value: alert.assignee?.name ?? 'nobody' },
        ],
      },
      {
        kind: 'actions',
        actions: alertActions(alert, tenant._id, context.internal),
      },
      nextBlock(alert),
    ],
  };
}
