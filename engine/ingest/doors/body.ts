import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { MdrError } from '../../errors.js';

const CHUNK = { chunkSize: 256 * 1024 };
const DECODERS: Record<string, () => Transform> = {
  gzip: () => createGunzip(CHUNK),
  'x-gzip': () => createGunzip(CHUNK),
  deflate: () => createInflate(CHUNK),
  br: () => createBrotliDecompress(CHUNK),
};
export const ENCODINGS = ['identity', 'gzip', 'deflate', 'br'] as const;

/** The error for a Content-Encoding that cannot be read. */
export class UnknownEncoding extends MdrError {
  constructor() {
    super('MDR_BODY_ENCODING', 'This Content-Encoding is not known.', `Use one of ${ENCODINGS.join(', ')}.`);
  }
}

export interface BodyLimits {
  /** Bytes as sent. */
  wireBytes: number;
  /** Bytes once decompressed. */
  plainBytes: number;
  /** Decompressed bytes for each byte sent, once more than `ratioFrom` bytes have come out. */
  ratio: number;
  ratioFrom: number;
  /** From the first to the last byte, in ms. */
  time: number;
  /** Decompressed bytes of all requests in hand together: beyond this, further ones are sent away. */
  inHandBytes: number;
}

export const BODY_LIMITS: BodyLimits = {
  wireBytes: 32 * 1024 * 1024,
  plainBytes: 64 * 1024 * 1024,
  // Real logs shrink 5 to 100 times; deflate's limit, which only bombs reach, is 1,032.
  ratio: 250,
  ratioFrom: 4 * 1024 * 1024,
  time: 30_000,
  inHandBytes: 256 * 1024 * 1024,
};

/** @returns whether a body with this Content-Encoding can be read */
export function knowsEncoding(encoding: string): boolean {
  return encoding === 'identity' || encoding in DECODERS;
}

/**
 * Read a request's body, decompressed, chunk by chunk. When it fails, the rest of the body is thrown away as it comes, so that the
 * sender gets to read the answer.
 * @param take gets each chunk; what it throws ends the reading
 * @throws MdrError MDR_BODY_TOO_LARGE, MDR_BODY_ENCODING (corrupt or cut short), MDR_BODY_TIMEOUT
 */
export function readBody(
  body: Readable,
  encoding: string,
  take: (chunk: Buffer) => void,
  limits: BodyLimits = BODY_LIMITS,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const decoder = DECODERS[encoding]?.();
    const plain: Readable = decoder ?? body;
    let wireBytes = 0;
    let plainBytes = 0;
    let settled = false;
    const timer = setTimeout(
      () =>
        fail(
          new MdrError(
            'MDR_BODY_TIMEOUT',
            `The body did not arrive within ${limits.time / 1000} s.`,
            'Send less at a time.',
          ),
        ),
      limits.time,
    );

    function settle(): boolean {
      if (settled) return false;
      settled = true;
      clearTimeout(timer);
      return true;
    }
    function fail(error: unknown): void {
      if (!settle()) return;
      body.removeListener('data', count);
      plain.removeListener('data', hand);
      if (decoder) {
        body.unpipe(decoder);
        decoder.destroy();
      }
      body.resume();
      reject(error);
    }
    function count(chunk: Buffer): void {
      wireBytes += chunk.length;
      if (wireBytes > limits.wireBytes) fail(tooLarge(`more than ${limits.wireBytes} bytes`));
    }
    function hand(chunk: Buffer): void {
      if (settled) return;
      plainBytes += chunk.length;
      try {
        if (plainBytes > limits.plainBytes) throw tooLarge(`more than ${limits.plainBytes} bytes once decompressed`);
        if (decoder && plainBytes > limits.ratioFrom && plainBytes > wireBytes * limits.ratio)
          throw tooLarge(`decompressed to more than ${limits.ratio} times its size`);
        take(chunk);
      } catch (error) {
        fail(error);
      }
    }

    body.on('data', count);
    body.on('error', (cause) => fail(cutShort(cause)));
    body.on('close', () => {
      if (!body.readableEnded) fail(cutShort());
    });
    plain.on('data', hand);
    plain.on('end', () => settle() && resolve());
    decoder?.on('error', (cause) => fail(badEncoding(encoding, cause)));
    if (decoder) body.pipe(decoder);
  });
}

function tooLarge(why: string): MdrError {
  return new MdrError('MDR_BODY_TOO_LARGE', `The body is too large: ${why}.`, 'Send it in several requests.');
}

function badEncoding(encoding: string, cause: Error): MdrError {
  const message = `The body is not whole, valid ${encoding}: ${cause.message}.`;
  return new MdrError('MDR_BODY_ENCODING', message, 'Nothing of it was taken: send it again.', { cause });
}

function cutShort(cause?: Error): MdrError {
  return new MdrError('MDR_BODY_ENCODING', 'The body ended before its time.', 'Send it again.', { cause });
}
