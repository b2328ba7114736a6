import { z } from 'zod';
import { caseFor } from '../../../commands/case/words.js';
import type { Context } from '../../../commands/types.js';
import { MdrError } from '../../../engine/errors.js';
import type { Evidence } from '../../../engine/store/evidence.js';
import { iso, number, time } from '../shapes.js';
import { type Routes, route } from '../types.js';

const MOST = 1000;
const id = z.string().regex(/^[0-9a-f]{32}$/);
const shape = z.strictObject({
  ...{
    id,
    alert: z.int().nullable(),
    name: z.string(),
    type: z.string().describe('as the sender said; nobody has looked'),
  },
  ...{ size: z.int().describe('bytes'), sha256: z.string(), by: z.string(), kept: time },
});
const view = ({ _id, alert, name, type, size, sha256, byName, kept }: Evidence): z.infer<typeof shape> => ({
  ...{ id: _id, alert, name, type, size, sha256, by: byName, kept: iso(kept) },
});

/** What people gave to alerts is the provider's to hand on. @throws MdrError MDR_FORBIDDEN */
function provider({ internal }: Context): void {
  if (internal) return;
  throw new MdrError(
    'MDR_FORBIDDEN',
    'evidence is handed out by the provider’s people.',
    'Ask in the thread of the case.',
  );
}

const evidence: Routes = {
  tag: 'evidence',
  routes: [
    route({
      ...{ id: 'listEvidence', method: 'GET', path: '/cases/{number}/evidence', scope: 'evidence:read' },
      summary: 'Files that were given to a case or its alerts, or fetched for it.',
      ...{ params: z.object({ number }), answer: z.strictObject({ items: z.array(shape) }) },
      async run({ context, params }) {
        provider(context);
        const { alerts } = await caseFor(context, params.number);
        const options = { sort: { kept: 1 }, limit: MOST } as const;
        // Asked apart: either has its index.
        const found = [
          ...(await context.tenant.evidence.find({ case: params.number }, options)),
          ...(await context.tenant.evidence.find({ alert: { $in: alerts } }, options)),
        ];
        const each = new Map(found.map((file) => [file._id, file]));
        return {
          body: {
            items: [...each.values()]
              .sort((a, b) => a.kept - b.kept)
              .slice(0, MOST)
              .map(view),
          },
        };
      },
    }),
    route({
      ...{ id: 'getEvidence', method: 'GET', path: '/evidence/{id}', scope: 'evidence:read', answer: 'file' },
      summary: 'The bytes of a file, as they were given: never to be opened by what fetches them.',
      params: z.object({ id }),
      async run({ context, params }) {
        provider(context);
        const found = await context.tenant.evidence.findOne({ _id: params.id });
        const stream = found && (await context.tenant.blobs.read(found._id));
        if (!found || !stream)
          throw new MdrError('MDR_EVIDENCE_UNKNOWN', 'There is no such evidence.', 'See those of the case.');
        return { body: null, file: { stream, name: found.name } };
      },
    }),
  ],
};
export default evidence;
