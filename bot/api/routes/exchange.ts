import { z } from 'zod';
import { split } from '../../../commands/case/links.js';
import { show } from '../../../commands/case/show.js';
import { caseFor, mayUse, told, type Verb } from '../../../commands/case/words.js';
import { caseDocument, exportCase, MAX_DOCUMENT, readDocument } from '../../../engine/respond/case/exchange.js';
import { importCase } from '../../../engine/respond/case/import.js';
import { caseShape, number } from '../shapes.js';
import { caseAnswer } from '../tag.js';
import { type Routes, route } from '../types.js';

/** Whole cases leave and come by the provider's analysts, as those may who take cases apart. */
const mayImport: Verb = { ...split, name: 'import' };
const mayExport: Verb = { ...show, name: 'export', both: false };

const exchange: Routes = {
  tag: 'exchange',
  routes: [
    route({
      ...{ id: 'exportCase', method: 'GET', path: '/cases/{number}/export', scope: 'cases:export' },
      summary: 'A case as one document, with everything on its record.',
      ...{ params: z.object({ number }), answer: caseDocument },
      async run({ context, params }) {
        mayUse(mayExport, context);
        const { id, tenant } = context.tenant;
        return { body: exportCase(await caseFor(context, params.number), { id, name: tenant.name }, context.clock()) };
      },
    }),
    route({
      ...{ id: 'importCase', method: 'POST', path: '/cases/import', scope: 'cases:import', most: MAX_DOCUMENT },
      summary: 'Make a case of a document. It gets a number of its own; the same document again is the same case.',
      ...{ body: caseDocument, answer: caseShape },
      async run({ context, body }) {
        mayUse(mayImport, context);
        const by = { id: context.person._id, name: context.person.name };
        const { record } = await importCase(context.tenant, readDocument(body), { by, clock: context.clock });
        await told(context, record.number);
        return { ...caseAnswer(context, record), status: 201 };
      },
    }),
  ],
};
export default exchange;
