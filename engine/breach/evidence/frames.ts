import { createCipheriv, createDecipheriv } from 'node:crypto';
import { MdrError } from '../../errors.js';

/**
 * Encryption in frames: AES-256-GCM under a key of the file's own, with the number of the frame and whether it is the last one in the
 * nonce (STREAM: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015), and
 * the file's id as authenticated data. So a frame that was changed, moved, taken out, put in, or brought from another file does not open,
 * and neither does a file whose end was cut off.
 */
export const FRAME_BYTES = 1024 * 1024;
export const KEY_BYTES = 32;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

function nonceOf(at: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(at, 7);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}

/** @param at 0, 1, 2 …; each once under a key */
export function sealFrame(key: Uint8Array, id: string, at: number, isLast: boolean, bytes: Uint8Array): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonceOf(at, isLast)).setAAD(Buffer.from(id));
  return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

/** @throws MdrError MDR_EVIDENCE_DAMAGED naming the frame and its bytes */
export function openFrame(key: Uint8Array, id: string, at: number, isLast: boolean, sealed: Uint8Array): Buffer {
  const end = sealed.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv(CIPHER, key, nonceOf(at, isLast))
      .setAAD(Buffer.from(id))
      .setAuthTag(sealed.subarray(Math.max(0, end)));
    return Buffer.concat([decipher.update(sealed.subarray(0, Math.max(0, end))), decipher.final()]);
  } catch (cause) {
    throw damaged(
      `frame ${at} (from byte ${at * FRAME_BYTES} on) is not what was kept: it was changed or moved.`,
      cause,
    );
  }
}

export const damaged = (text: string, cause?: unknown): MdrError =>
  new MdrError(
    'MDR_EVIDENCE_DAMAGED',
    text,
    'Keep the database as it is, say so to whoever leads the case, and compare with backups and exports.',
    { cause },
  );

/** Bytes of any sizes as frames, each full but the last one; one empty frame of nothing. */
export async function* framed(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ at: number; isLast: boolean; bytes: Buffer }> {
  let at = 0;
  let filled = 0;
  let frame = Buffer.allocUnsafe(FRAME_BYTES);
  for await (const chunk of bytes)
    for (let from = 0; from < chunk.length; ) {
      // A full frame waits for the next byte: only then it is known not to be the last.
      if (filled === FRAME_BYTES) {
        yield { at: at++, isLast: false, bytes: frame };
        frame = Buffer.allocUnsafe(FRAME_BYTES);
        filled = 0;
      }
      const part = chunk.subarray(from, from + FRAME_BYTES - filled);
      frame.set(part, filled);
      filled += part.length;
      from += part.length;
    }
  yield { at, isLast: true, bytes: frame.subarray(0, filled) };
}
