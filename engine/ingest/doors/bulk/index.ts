import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MdrError } from '../../../errors.js';
import { ObjectSplitter } from '../../objects.js';
import { sampleOf } from '../../records.js';
import { answerErrors } from '../answers.js';
import type { BodyReader, Reception } from '../reception.js';
import type { RequestRecords } from '../request.js';
import type { DoorParts } from '../types.js';
import { bulkAnswer, documentAnswer, filtered } from './answer.js';
import { addCluster } from './cluster.js';
import { bulkSource, documentFault, type Item, ItemsReader, indexFault } from './items.js';
import { bulkWording } from './wording.js';

const config = { door: 'bulk' };
const METHODS = ['POST', 'PUT'];

/**
 * Elasticsearch's `_bulk`, and single documents, as log shippers use them. An item that is answered with 201 is stored in the queue;
 * one with 400 is a dead letter, and sending it again gives the same.
 */
export function addBulk(app: FastifyInstance, reception: Reception, { clock, log }: DoorParts): void {
  answerErrors(app, log, bulkWording);
  // Clients refuse to talk to a server that does not say that it is one.
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-elastic-product', 'Elasticsearch');
  });
  addCluster(app, reception);

  const bulk = async (request: FastifyRequest, reply: FastifyReply) => {
    const began = clock();
    const { index } = request.params as { index?: string };
    const fault = index === undefined ? null : indexFault(index);
    const grant = await reception.checkToken(request.headers.authorization);
    if (fault) throw new MdrError('MDR_BULK_ITEM', fault.reason, 'Correct the index and send it again.');
    const sender = { grant, source: bulkSource(grant, index ?? ''), format: null, carrier: 'document' as const };
    let items: readonly Item[] = [];
    await reception.take(request, sender, (records, hold) => {
      const reader = new ItemsReader(records, grant, index ?? null, hold);
      items = reader.items;
      return reader;
    });
    const { filter_path } = request.query as { filter_path?: unknown };
    return reply.send(filtered(bulkAnswer(items, clock() - began), filter_path));
  };
  // Clients of the seventh series may name a type.
  for (const url of ['/_bulk', '/:index/_bulk', '/:index/_doc/_bulk', '/:index/doc/_bulk'])
    app.route({ method: METHODS, url, config, handler: bulk });

  const single = async (request: FastifyRequest, reply: FastifyReply) => {
    const { index, id } = request.params as { index: string; id?: string };
    const grant = await reception.checkToken(request.headers.authorization);
    const fault = indexFault(index);
    if (fault) throw new MdrError('MDR_BULK_ITEM', fault.reason, 'Correct the index and send it again.');
    const sender = { grant, source: bulkSource(grant, index), format: null, carrier: 'document' as const };
    const { accepted, refused } = await reception.take(request, sender, oneDocument);
    if (accepted === 0)
      throw new MdrError(
        'MDR_BULK_ITEM',
        refused.kept[0]?.message ?? 'request body is required',
        'Correct it and send it again.',
      );
    return reply.code(201).send(documentAnswer(index, id ?? null));
  };
  // rsyslog sends documents one by one unless it is told otherwise, by default to a type that is called "events".
  for (const url of ['/:index/_doc', '/:index/events', '/:index/_doc/:id', '/:index/_create/:id'])
    app.route({ method: METHODS, url, config, handler: single });
}

/** The body is one JSON object, on however many lines. */
function oneDocument(records: RequestRecords): BodyReader {
  return new ObjectSplitter({
    line(text, number, bytes) {
      const fault = number > 1 ? { reason: 'more than one document' } : documentFault(text);
      if (!fault) records.accept(text, bytes, number);
      else records.refuse({ code: 'MDR_LINE_JSON', message: fault.reason, number, sample: sampleOf(text), bytes });
    },
    refuse: (refused) => records.refuse(refused),
  });
}
