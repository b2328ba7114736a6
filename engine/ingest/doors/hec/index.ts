import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { tokenIn } from '../../authorization.js';
import type { Grant } from '../../tokens.js';
import { answerErrors } from '../answers.js';
import type { Reception } from '../reception.js';
import type { RequestRecords } from '../request.js';
import type { DoorParts } from '../types.js';
import { hecAcks } from './acks.js';
import { EventsReader, type FirstFault, type HecReader, hecSource, type Metadata, rawReader } from './events.js';
import { answerOf, HecFault, hecWording } from './faults.js';

const CHANNEL = /^[A-Za-z0-9-]{1,64}$/;
const MAX_ASKED = 1000;
const MAX_ASK_BYTES = 64 * 1024;
const asking = z.object({ acks: z.array(z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)).max(MAX_ASKED) });
const config = { config: { door: 'hec' } };

/**
 * Splunk's HTTP Event Collector. `Success` means that every event is stored in the queue. When some events of a request are bad, the
 * answer names the first one as Splunk does; the bad ones are dead letters, and the good ones are stored all the same.
 */
export function addHec(app: FastifyInstance, reception: Reception, { queues, intake, clock, log }: DoorParts): void {
  const acks = hecAcks(queues);
  answerErrors(app, log, hecWording);

  async function grantOf(request: FastifyRequest): Promise<Grant> {
    const { authorization } = request.headers;
    if (authorization === undefined || authorization.trim() === '')
      throw new HecFault('token' in (request.query as object) ? 16 : 2);
    if (tokenIn(authorization) === null)
      throw new HecFault(/^(?:splunk|bearer|basic) +\S+$/i.test(authorization) ? 4 : 3);
    return reception.checkToken(authorization);
  }

  /** The channel that a client wants acknowledgements on, or null. */
  function channelOf(request: FastifyRequest): string | null {
    const { channel } = request.query as { channel?: unknown };
    const named = request.headers['x-splunk-request-channel'] ?? channel;
    if (named === undefined || named === '') return null;
    if (typeof named !== 'string' || !CHANNEL.test(named)) throw new HecFault(11);
    return named.toLowerCase();
  }

  async function take(
    request: FastifyRequest,
    reply: FastifyReply,
    makeReader: (records: RequestRecords, hold: (bytes: number) => void, grant: Grant, metadata: Metadata) => HecReader,
  ) {
    const grant = await grantOf(request);
    const channel = channelOf(request);
    const metadata = metadataOf(request.query);
    const sender = { grant, source: hecSource(grant, metadata), format: null, carrier: 'envelope' as const };
    let first: () => FirstFault | null = () => null;
    const { accepted, refused } = await reception.take(request, sender, (records, hold) => {
      const reader = makeReader(records, hold, grant, metadata);
      first = () => reader.first;
      return reader;
    });
    if (accepted + refused.count === 0) throw new HecFault(5);
    const fault = first();
    if (fault) throw new HecFault(fault.code, fault.number);
    const ackId = channel === null ? undefined : await acks.give(grant, channel, clock());
    return reply.send(ackId === undefined ? answerOf(0) : { ...answerOf(0), ackId });
  }

  for (const path of ['/services/collector', '/services/collector/event', '/services/collector/event/1.0'])
    app.post(path, config, (request, reply) =>
      take(request, reply, (records, hold, grant, metadata) => new EventsReader(records, grant, metadata, hold)),
    );
  for (const path of ['/services/collector/raw', '/services/collector/raw/1.0'])
    app.post(path, config, (request, reply) =>
      take(request, reply, (records, hold, _grant, metadata) => rawReader(records, metadata, hold)),
    );

  for (const path of ['/services/collector/ack', '/services/collector/ack/1.0'])
    app.post(path, config, async (request) => {
      const grant = await grantOf(request);
      const channel = channelOf(request);
      if (channel === null) throw new HecFault(10);
      const asked = asking.safeParse(parsed(await reception.small(request, MAX_ASK_BYTES)));
      if (!asked.success) throw new HecFault(6);
      return { acks: await acks.ask(grant, channel, asked.data.acks) };
    });

  // Load balancers ask this without a token.
  for (const path of ['/services/collector/health', '/services/collector/health/1.0'])
    app.get(path, async () => {
      if (await intake.full()) throw new HecFault(18);
      return answerOf(17);
    });
}

function metadataOf(query: unknown): Metadata {
  const { host, source, sourcetype, index, time } = query as Metadata;
  return { host, source, sourcetype, index, time };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
