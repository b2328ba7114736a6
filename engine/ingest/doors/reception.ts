import type { FastifyRequest } from 'fastify';
import { MdrError } from '../../errors.js';
import type { Origin } from '../batch.js';
import { quotas } from '../quota.js';
import { sampleOf } from '../records.js';
import { Refusals } from '../refusals.js';
import { type CheckToken, type Grant, tokenChecker } from '../tokens.js';
import { RetryLater } from './answers.js';
import { type BodyLimits, knowsEncoding, readBody, UnknownEncoding } from './body.js';
import { RequestRecords } from './request.js';
import { type DoorParts, SOURCE } from './types.js';

/** Cuts a body into records as it comes. */
export interface BodyReader {
  push(chunk: Buffer): void;
  /** The body has ended. */
  end(): void;
}

/** Where the records of a request come from, before they have named their sources. */
export type Sender = Omit<Origin, 'source' | 'tenant' | 'simulated'> & { grant: Grant; source: string };

/** What every HTTP door does with a request, whatever protocol it speaks. */
export interface Reception {
  /** @throws MdrError MDR_TOKEN_BAD, MDR_SERVICE_DOWN */
  checkToken: CheckToken;
  /**
   * Take a request's records in: nothing is read from a sender that must wait, everything accepted is stored when it returns, and
   * nothing is when it throws. A body that is refused as a whole is kept and counted as one refusal.
   * @param reader makes what cuts the body into records. `hold` counts bytes that it keeps beyond the body's own
   * @throws MdrError MDR_OVERLOADED, MDR_QUOTA (both RetryLater), MDR_BODY_…, MDR_SERVICE_DOWN, and what the reader throws
   */
  take(
    request: FastifyRequest,
    sender: Sender,
    reader: (records: RequestRecords, hold: (bytes: number) => void) => BodyReader,
    bounds?: Partial<BodyLimits>,
  ): Promise<RequestRecords>;
  /** Read a small body that holds no records. @throws MdrError MDR_BODY_… */
  small(request: FastifyRequest, maxBytes: number): Promise<Buffer>;
}

export function openReception(parts: DoorParts, limits: BodyLimits): Reception {
  const { store, queues, metrics, intake, clock, log } = parts;
  const quota = quotas(queues, clock);
  let inHand = 0;

  async function admit({ grant, source }: Sender): Promise<void> {
    const wait = await quota.wait(grant);
    if (wait > 0) {
      metrics.throttled(grant.tenant, source, 'quota');
      throw new RetryLater('MDR_QUOTA', 'This token has sent as much as its quota allows.', Math.ceil(wait / 1000));
    }
    if (!(await intake.full())) return;
    metrics.throttled(grant.tenant, source, 'queue');
    throw new RetryLater('MDR_OVERLOADED', 'The queue is full.');
  }

  /** A body refused as a whole is one dead letter. */
  async function keepWhole(origin: Origin, records: RequestRecords, error: MdrError): Promise<void> {
    const refused = new Refusals();
    const { code, message } = error;
    refused.add({ code, message, number: 0, sample: sampleOf(records.head), bytes: records.bytes });
    await intake.take(origin, { batches: [], refused }).catch((cause) => log.error({ err: cause }, 'dead letter lost'));
  }

  /** Refusals go with what has the sender's own source; each other source is stored on its own. */
  async function keep(origin: Origin, records: RequestRecords): Promise<void> {
    const piles = records.batches();
    const own = piles.find(({ source }) => source === origin.source)?.batches ?? [];
    const { refused } = records;
    if (own.length > 0 || refused.count > 0) await intake.take(origin, { batches: own, refused });
    for (const { source, batches } of piles)
      if (source !== origin.source) await intake.take({ ...origin, source }, { batches, refused: new Refusals() });
  }

  return {
    checkToken: tokenChecker(store, clock),

    async take(request, sender, reader, bounds) {
      const { grant, source, format, carrier } = sender;
      const origin: Origin = { tenant: grant.tenant, source, format, carrier, simulated: grant.simulated };
      const encoding = encodingOf(request);
      await admit(sender);
      const records = new RequestRecords(source);
      let held = 0;
      const hold = (bytes: number) => {
        if (inHand + bytes > limits.inHandBytes) {
          metrics.throttled(grant.tenant, source, 'hands');
          throw new RetryLater('MDR_OVERLOADED', 'The engine has its hands full.');
        }
        inHand += bytes;
        held += bytes;
      };
      try {
        const cut = reader(records, hold);
        const push = (chunk: Buffer) => {
          hold(chunk.length);
          records.seen(chunk);
          cut.push(chunk);
        };
        try {
          await readBody(request.raw, encoding, push, { ...limits, ...bounds });
          cut.end();
        } catch (error) {
          const ours = error instanceof MdrError && !(error instanceof RetryLater);
          if (ours && !request.raw.socket.destroyed) {
            await quota.charge(grant, 1, records.bytes);
            await keepWhole(origin, records, error);
          }
          throw error;
        }
        await quota.charge(grant, records.accepted + records.refused.count, records.bytes);
        await keep(origin, records);
        return records;
      } finally {
        inHand -= held;
      }
    },

    async small(request, maxBytes) {
      const chunks: Buffer[] = [];
      const own = { ...limits, wireBytes: maxBytes, plainBytes: maxBytes };
      await readBody(request.raw, encodingOf(request), (chunk) => chunks.push(chunk), own);
      return Buffer.concat(chunks);
    },
  };
}

function encodingOf(request: FastifyRequest): string {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (knowsEncoding(encoding)) return encoding;
  throw new UnknownEncoding();
}

/**
 * The source of records sent with a token: the token's own; with one for all sources, the first of what the sender calls its
 * records that makes a name.
 * @param otherwise the door's name
 */
export function sourceOf(grant: Grant, names: readonly unknown[], otherwise: string): string {
  if (grant.source !== '*') return grant.source;
  for (const name of names) {
    const plain = typeof name === 'string' && name.length <= 128 ? name.toLowerCase().replace(/[: /]+/g, '-') : '';
    if (SOURCE.test(plain)) return plain;
  }
  return otherwise;
}
