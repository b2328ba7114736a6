import type { Anchor } from '../../engine/store/dispatches.js';
import type { Tenant } from '../../engine/store/tenants.js';
import type { Card } from './card.js';

/** Where the audit log ended on a day: kept in a channel, it is out of reach of whoever has the database. */
export const anchorCard = ({ day, seq, hash }: Anchor, { _id, name }: Pick<Tenant, '_id' | 'name'>): Card => ({
  title: `Audit log of ${name} (${_id}), ${day}`,
  tone: 'neutral',
  blocks: [
    { kind: 'text', text: [`${seq} entries; the last one has the hash `, { code: `${seq}:${hash}` }] },
    {
      kind: 'note',
      text: [
        'Keep this message. Next: ',
        { code: `mdr audit verify ${_id} --anchor ${seq}:${hash}` },
        ' proves that nothing before it changed.',
      ],
    },
  ],
});
