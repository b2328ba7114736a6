import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MdrError } from '../../../errors.js';
import { answerErrors, type Wording } from '../answers.js';
import { type BodyReader, type Reception, sourceOf } from '../reception.js';
import type { RequestRecords } from '../request.js';
import type { DoorParts } from '../types.js';
import { logsFromJson } from './json.js';
import type { LogsRequest } from './message.js';
import { delimited, logsFromProtobuf, numeric } from './protobuf.js';
import { addRecords } from './records.js';

/** A request is decoded as a whole, so it may hold less than one of lines; the collector's own door has the same bound. */
const MAX_BYTES = 20 * 1024 * 1024;
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

/** OTLP over HTTP, logs: `POST /v1/logs` as protobuf or JSON. A 200 means that every record not said to be rejected is stored. */
export function addOtlp(app: FastifyInstance, reception: Reception, { log }: DoorParts): void {
  answerErrors(app, log, wording);
  app.post('/v1/logs', { config: { door: 'otlp' } }, async (request, reply) => {
    const grant = await reception.checkToken(request.headers.authorization);
    const type = typeOf(request);
    if (type !== PROTOBUF && type !== JSON_TYPE) {
      reply.code(415);
      throw new MdrError('MDR_BODY_ENCODING', 'This Content-Type is not known.', `Send ${PROTOBUF} or ${JSON_TYPE}.`);
    }
    const decode = type === PROTOBUF ? logsFromProtobuf : logsFromJson;
    const sender = { grant, source: sourceOf(grant, [], 'otlp'), format: null, carrier: 'envelope' as const };
    const bounds = { wireBytes: MAX_BYTES, plainBytes: MAX_BYTES };
    const reader = (records: RequestRecords, hold: (bytes: number) => void) =>
      wholeReader(decode, (logs) => addRecords(logs, { records, grant, hold }));
    const { refused } = await reception.take(request, sender, reader, bounds);
    return reply.type(type).send(answerOf(type, refused.count, refused.kept[0]?.message ?? ''));
  });
}

const typeOf = (request: FastifyRequest): string =>
  (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();

/** Collects the body and decodes it at its end. */
function wholeReader(decode: (body: Buffer) => LogsRequest, take: (logs: LogsRequest) => void): BodyReader {
  const chunks: Buffer[] = [];
  return {
    push: (chunk) => chunks.push(chunk),
    end: () => take(decode(Buffer.concat(chunks))),
  };
}

/** ExportLogsServiceResponse: what was rejected, when something was. */
function answerOf(type: string, rejected: number, why: string): string | Buffer {
  if (type === JSON_TYPE) {
    const partial = rejected === 0 ? {} : { rejectedLogRecords: String(rejected), errorMessage: why };
    return JSON.stringify({ partialSuccess: partial });
  }
  return rejected === 0 ? Buffer.alloc(0) : delimited(1, Buffer.concat([numeric(1, rejected), delimited(2, why)]));
}

/** google.rpc.Status, in the encoding of the request. */
const wording: Wording = (error, reply) => {
  const code = CODES[reply.statusCode] ?? (reply.statusCode < 500 ? 3 : 13);
  const message = error.toLine();
  if (typeOf(reply.request) !== PROTOBUF) {
    reply.type(JSON_TYPE);
    return JSON.stringify({ code, message });
  }
  reply.type(PROTOBUF);
  return Buffer.concat([numeric(1, code), delimited(2, message)]);
};

/** Codes of gRPC: UNAUTHENTICATED, RESOURCE_EXHAUSTED, UNAVAILABLE. */
const CODES: Record<number, number> = { 401: 16, 429: 8, 503: 14 };
