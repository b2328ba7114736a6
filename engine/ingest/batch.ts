import { isAscii } from 'node:buffer';
import { promisify } from 'node:util';
import { deflate, inflateSync } from 'node:zlib';
import type { JobsOptions } from 'bullmq';
import { MdrError } from '../errors.js';
import { idOf } from '../ids.js';
import type { Payloads } from '../queues.js';
import type { Carrier } from './envelope.js';

/** Bounds of one batch: records, and bytes of their text. */
const MAX_BATCH_LINES = 1000;
const MAX_BATCH_BYTES = 1024 * 1024;

const deflating = promisify(deflate);

/** Where records come from, as each batch carries it. */
export interface Origin {
  tenant: string;
  source: string;
  /** Format named by the sender; null: each record is recognised. */
  format: string | null;
  simulated: boolean;
  /** How lines carry records; nothing: they are the records. */
  carrier?: Carrier;
}

/**
 * @param text the `lines` of a job's data
 * @throws MdrError MDR_BODY_ENCODING when it is not that, or holds more than a batch may
 */
export function decodeLines(text: string): string[] {
  return inflateLines(Buffer.from(text, 'base64'));
}

/** The same from the bytes that the text stands for. */
export function inflateLines(deflated: Uint8Array): string[] {
  try {
    const bound = MAX_BATCH_BYTES + MAX_BATCH_LINES;
    const bytes = inflateSync(deflated, { maxOutputLength: bound });
    // Nearly always, and several times as fast.
    return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8').split('\n');
  } catch (cause) {
    throw new MdrError('MDR_BODY_ENCODING', 'A stored batch cannot be decompressed.', 'Send its events again.', {
      cause,
    });
  }
}

/** A batch as a job. The same content from the same origin and place is the same job, so that a retry stores it once. */
export interface EventsJob {
  data: Payloads['events'];
  options: JobsOptions & { jobId: string };
}

/**
 * @param lines none contains a line feed
 * @param received epoch ms at the door
 * @param place where the batch stands in what its sender sent: keeps equal batches apart
 */
export async function eventsJob(
  origin: Origin,
  lines: readonly string[],
  received: number,
  place: string,
): Promise<EventsJob> {
  const { tenant, source, format, simulated, carrier } = origin;
  const content = Buffer.from(lines.join('\n'));
  const jobId = idOf(tenant, source, format ?? '', place, content, ...(carrier ? [carrier] : []));
  const encoded = (await deflating(content, { level: 1 })).toString('base64');
  const data = { tenant, source, format, received, count: lines.length, simulated, carrier, lines: encoded };
  return { data, options: { jobId } };
}

/** Cuts records into batches: at most 1,000 records (or fewer, if told so) and 1 MiB of text. */
export class Batcher {
  #lines: string[] = [];
  #bytes = 0;

  constructor(private readonly maxLines = MAX_BATCH_LINES) {}

  get size(): number {
    return this.#lines.length;
  }

  /** @param bytes size of the line in UTF-8. @returns a batch, when this line makes one full or finds it full */
  add(line: string, bytes: number): string[] | null {
    const full = this.#bytes + bytes > MAX_BATCH_BYTES ? this.take() : null;
    this.#lines.push(line);
    this.#bytes += bytes;
    return full ?? (this.#lines.length >= this.maxLines ? this.take() : null);
  }

  /** What is left, as a batch; null when there is nothing. */
  take(): string[] | null {
    if (this.#lines.length === 0) return null;
    const batch = this.#lines;
    this.#lines = [];
    this.#bytes = 0;
    return batch;
  }
}
