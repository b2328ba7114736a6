import type { Alert, AlertEntry } from '../../engine/store/alerts.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { alertCard, entryCard } from './alert.js';
import type { Action, Block, Card } from './card.js';

/** What a customer is told of a published alert as it happens. Notes, calls, repeats of other alerts and who published stay with the provider. */
const TOLD: ReadonlySet<AlertEntry['kind']> = new Set([
  'opened',
  'grew',
  'acknowledged',
  'assigned',
  'closed',
  'reopened',
]);
/** Commands that the provider keeps to itself: no button for them where the customer reads. */
const PROVIDER_ONLY: ReadonlySet<string> = new Set(['tune', 'publish', 'unpublish', 'note', 'notify', 'case']);

/** A published alert as the customer's lane shows it. The preview of `publish` is made of this very card. */
export function customerCard(alert: Alert, tenant: Tenant): Card {
  const card = alertCard(forCustomersEyes(alert), tenant);
  return { ...card, blocks: card.blocks.map(forCustomer) };
}

/** An alert without what is the provider's own. What one person said of it is not for their colleagues. */
export const forCustomersEyes = ({ case: _, ...alert }: Alert): Alert => ({
  ...alert,
  reasons: alert.reasons.filter(({ internal }) => !internal),
  log: entriesForCustomer(alert.log),
});

function forCustomer(block: Block): Block {
  if (block.kind !== 'actions') return block;
  return { ...block, actions: block.actions.filter(({ command }) => !PROVIDER_ONLY.has(command)) };
}

/** What of an alert's log a customer may read who asks for it; of what was pinned or given, what stood in the customer's own lane. */
export const entriesForCustomer = (log: readonly AlertEntry[]): AlertEntry[] =>
  log.filter(({ kind, said }) => TOLD.has(kind) || said?.internal === false);

/**
 * The replies in the customer's thread: what happened while the alert was published, and that no more will follow.
 * What happened before, or between two publications, is not told afterwards.
 */
export function customerEntries(log: readonly AlertEntry[]): { entry: AlertEntry; card: Card }[] {
  let isOpen = false;
  return log.flatMap((entry) => {
    const wasOpen = isOpen;
    if (entry.kind === 'published') isOpen = true;
    if (entry.kind === 'unpublished') isOpen = false;
    if (wasOpen && entry.kind === 'unpublished') return [{ entry, card: endCard(entry) }];
    return wasOpen && TOLD.has(entry.kind) ? [{ entry, card: entryCard(entry) }] : [];
  });
}

/** The last word of the customer's thread, unless the alert is published again. */
function endCard({ at }: AlertEntry): Card {
  return {
    title: 'No further updates here',
    tone: 'neutral',
    blocks: [
      {
        kind: 'text',
        text: 'Your provider has stopped the updates of this alert. What stands above is as it was then.',
      },
      { kind: 'note', text: [{ time: at }, ' · Next: if you have a question, ask it in this thread.'] },
    ],
  };
}

/** A card shown as it will be, but with nothing on it that can be pressed. */
export function withoutActions(blocks: readonly Block[]): Block[] {
  return blocks.map((block) => (block.kind === 'actions' ? { kind: 'note', text: labelsOf(block.actions) } : block));
}

const labelsOf = (actions: readonly Action[]): string =>
  actions.length > 0 ? `Buttons there: ${actions.map(({ label }) => label).join(', ')}.` : 'No buttons there.';
