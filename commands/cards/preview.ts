import type { Tenant } from '../../engine/store/tenants.js';
import type { Block, Card, Inline, Span } from './card.js';
import { withoutActions } from './customer.js';

/** What would be shown to the customer, before anything is. */
export interface Preview {
  /** `alert 12`. */
  what: string;
  /** The customer's own card. */
  card: Card;
  /** Where it goes, or what follows it. */
  note: Inline;
  /** It is another than when somebody looked at it. */
  hasChanged: boolean;
  published: { by: { name: string }; at: number } | null | undefined;
  /** What the button does: publish this and nothing else. */
  confirm: { command: string; record: string };
}

/** The customer's own card with nothing on it to press, and the button that publishes this and nothing else. */
export function previewCard(
  tenant: Pick<Tenant, '_id' | 'name'>,
  { what, card, note, hasChanged, published, confirm }: Preview,
): Card {
  const title: Span[] = typeof card.title === 'string' ? [{ bold: card.title }] : card.title;
  const changed: Block = {
    kind: 'text',
    text: [
      { bold: `Not published: the ${what.split(' ')[0]} has changed since you looked.` },
      ' This is what they would see now.',
    ],
  };
  const button: Block = {
    kind: 'actions',
    actions: [{ id: 'confirm', label: 'Publish exactly this', tenant: tenant._id, style: 'primary', ...confirm }],
  };
  return {
    title: `Preview: what ${tenant.name} (${tenant._id}) will see of ${what}`,
    tone: hasChanged ? 'medium' : 'neutral',
    blocks: [
      ...(hasChanged ? [changed] : []),
      { kind: 'note', text: note },
      { kind: 'text', text: title },
      ...withoutActions(card.blocks),
      ...(published ? [] : [button]),
      {
        kind: 'note',
        text: published
          ? ['Nothing to do: it is published already, by ', published.by.name, ', ', { time: published.at }, '.']
          : 'Next: press the button to publish exactly this; otherwise nothing is sent.',
      },
    ],
  };
}
