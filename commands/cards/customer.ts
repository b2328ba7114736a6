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
 * The replies in the customer's thread: what happened while a record was published, and that no more will follow.
 * What happened before, or between two publications, is not told afterwards.
 * @param what `alert`, `case`
 * @param tell the card of an entry; null when it is not the customer's
 */
export function whilePublished<E extends { kind: string; at: number }>(
  what: string,
  log: readonly E[],
  tell: (entry: E) => Card | null,
): { entry: E; card: Card }[] {
  let isOpen = false;
  return log.flatMap((entry) => {
    const wasOpen = isOpen;
    if (entry.kind === 'published') isOpen = true;
    if (entry.kind === 'unpublished') isOpen = false;
    const card = !wasOpen ? null : entry.kind === 'unpublished' ? endCard(what, entry.at) : tell(entry);
    return card ? [{ entry, card }] : [];
  });
}

/** The replies in the customer's thread of an alert. */
export const customerEntries = (log: readonly AlertEntry[]): { entry: AlertEntry; card: Card }[] =>
  whilePublished('alert', log, (entry) => (TOLD.has(entry.kind) ? entryCard(entry) : null));

/** The last word of the customer's thread, unless the record is published again. */
const endCard = (what: string, at: number): Card => ({
  title: 'No further updates here',
  tone: 'neutral',
  blocks: [
    {
      kind: 'text',
      text: `Your provider has stopped the updates of this ${what}. What stands above is as it was then.`,
    },
    { kind: 'note', text: [{ time: at }, ' · Next: if you have a question, ask it in this thread.'] },
  ],
});

/** A card shown as it will be, but with nothing on it that can be pressed. */
export function withoutActions(blocks: readonly Block[]): Block[] {
  return blocks.map((block) => (block.kind === 'actions' ? { kind: 'note', text: labelsOf(block.actions) } : block));
}

const labelsOf = (actions: readonly Action[]): string =>
  actions.length > 0 ? `Buttons there: ${actions.map(({ label }) => label).join(', ')}.` : 'No buttons there.';
