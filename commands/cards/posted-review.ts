import type { ReviewPost } from '../../engine/store/dispatches.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { clip } from '../words/arguments.js';
import type { Card } from './card.js';
import { FORMAT_NAMES } from './incident.js';

const MOST = 5;

/** What stands above the file of a post-incident report. */
export function postedReviewCard({ case: number, document, format }: ReviewPost, tenant: Tenant): Card {
  const told = document.sections[0]?.parts.flatMap((part) => (part.kind === 'claims' ? part.claims : [])) ?? [];
  return {
    title: `Post-incident report on case ${number} of ${tenant.name} (${tenant._id})`,
    tone: 'neutral',
    blocks: [
      {
        kind: 'fields',
        fields: document.facts.slice(1, 6).map(({ name, value }) => ({ name, value: clip(value, 200) })),
      },
      ...(told.length > 0
        ? [{ kind: 'list' as const, items: told.slice(-MOST).map(({ text }) => clip(text, 300)) }]
        : []),
      { kind: 'note', text: `Next: read it; it follows as ${FORMAT_NAMES[format]}.` },
    ],
  };
}
