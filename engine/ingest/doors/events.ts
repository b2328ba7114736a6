import type { FastifyInstance } from 'fastify';
import { MdrError } from '../../errors.js';
import type { Format } from '../formats/types.js';
import { type RecordKind, RecordReader } from '../reader.js';
import { sampleOf } from '../records.js';
import { checkSource } from '../tokens.js';
import { answerErrors } from './answers.js';
import type { BodyReader, Reception } from './reception.js';
import type { RequestRecords } from './request.js';
import { type DoorParts, SOURCE } from './types.js';

const SHOWN_ERRORS = 20;

/** What a sender is told about its records. */
export interface EventsAnswer {
  accepted: number;
  refused: number;
  /** The first twenty refused. */
  errors: { line: number; code: string; message: string }[];
  batches: number;
}

/**
 * Our own door, `POST /v1/events/:source`: lines, NDJSON or JSON documents. A 202 means that every accepted record is stored in the
 * queue; a 4xx or 5xx that none is.
 */
export function addEvents(app: FastifyInstance, reception: Reception, { formats, log }: DoorParts): void {
  answerErrors(app, log);
  app.post('/v1/events/:source', { config: { door: 'events' } }, async (request, reply) => {
    const { source } = request.params as { source: string };
    if (!SOURCE.test(source)) {
      const hint = 'Use 1 to 64 of a-z, 0-9, ".", "_" and "-", beginning with a letter or digit.';
      throw new MdrError('MDR_SOURCE_BAD', 'The source in the address is malformed.', hint);
    }
    const grant = await reception.checkToken(request.headers.authorization);
    checkSource(grant, source);
    const { format: name } = request.query as { format?: unknown };
    const format = name === undefined || name === '' ? null : formats.byName(String(name));
    const kind = kindOf(request.headers['content-type'] ?? '', format);
    const sender = { grant, source, format: format?.name ?? null };
    const records = await reception.take(request, sender, (into) => recordsReader(into, kind));
    const { accepted, refused } = records;
    const errors = refused.kept
      .slice(0, SHOWN_ERRORS)
      .map(({ number, code, message }) => ({ line: number, code, message }));
    const answer: EventsAnswer = { accepted, refused: refused.count, errors, batches: records.stored };
    return reply.code(accepted === 0 && refused.count > 0 ? 400 : 202).send(answer);
  });
}

/** How to read a body, by the format asked for and its Content-Type; when neither tells, by its first bytes. */
function kindOf(contentType: string, format: Format | null): RecordKind {
  if (format) return format.kind === 'json' ? 'json' : 'text';
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
  if (type === 'text/plain') return 'text';
  return /^application\/(?:[a-z.-]+\+)?(?:json|x-json|ndjson|x-ndjson|jsonl|x-jsonlines|jsonlines)$/.test(type)
    ? 'json'
    : 'auto';
}

function recordsReader(records: RequestRecords, kind: RecordKind): BodyReader {
  const reader: RecordReader = new RecordReader(
    {
      line(text, number, bytes) {
        const fault = reader.kind === 'json' ? faultOf(text) : null;
        if (fault) records.refuse({ code: 'MDR_LINE_JSON', message: fault, number, sample: sampleOf(text), bytes });
        else records.accept(text, bytes, number);
      },
      refuse: (refused) => records.refuse(refused),
    },
    kind,
  );
  return reader;
}

/** What is wrong with a line that should be a JSON object, or null. */
function faultOf(line: string): string | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return null;
    return `A record must be a JSON object, not ${Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`}.`;
  } catch (error) {
    return `Not valid JSON: ${(error as Error).message.slice(0, 200)}.`;
  }
}
