import type { Alert, AlertEntry } from '../../engine/store/alerts.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { clip } from '../words/arguments.js';
import { alertActions, nextBlock } from './alert.js';
import type { Block } from './card.js';
import { stateName } from './labels.js';

/** Entries that make an alert's state what it is. */
const MOVES: readonly AlertEntry['kind'][] = ['acknowledged', 'assigned', 'closed', 'reopened'];

/** For whoever clicked a button that is out of date: who did what and when, the present state, and what can be done now. */
export function presentBlocks(alert: Alert, tenant: Tenant, internal: boolean): Block[] {
  const last = alert.log.findLast(({ kind }) => MOVES.includes(kind));
  return [
    ...(last
      ? [
          {
            kind: 'text' as const,
            text: [`Last: ${clip(last.text, 200)}, by ${clip(last.actorName, 80)}, `, { time: last.at }, '.'],
          },
        ]
      : []),
    {
      kind: 'fields',
      fields: [
        { name: 'State', value: stateName(alert) },
        { name: 'Assignee', value: alert.assignee?.name ?? 'nobody' },
      ],
    },
    { kind: 'actions', actions: alertActions(alert, tenant._id, internal) },
    nextBlock(alert),
  ];
}
