import type { Readable } from 'node:stream';
import { MdrError } from '../../errors.js';
import { clip } from '../../say.js';
import type { Evidence, Examined } from '../../store/evidence.js';
import { type ExamineParts, type Finding, HEAD_BYTES, type Sample, type UploadKind } from './types.js';

const TIME_MS = 10 * 60_000;
const MOST_LINES = 40;
const MAX_LINE = 500;

/** A kept file as a sample. @throws MdrError MDR_UPLOAD_BAD when its bytes are gone */
async function sampleOf({ store }: Pick<ExamineParts, 'store'>, evidence: Evidence): Promise<Sample> {
  const open = async (): Promise<Readable> => {
    const bytes = await store.blobs.read(evidence._id);
    if (bytes) return bytes;
    throw new MdrError('MDR_UPLOAD_BAD', 'its bytes are not there any more.', 'Give it again.');
  };
  const chunks: Buffer[] = [];
  let size = 0;
  const stream = await open();
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= HEAD_BYTES) break;
  }
  stream.destroy();
  const head = Buffer.concat(chunks).subarray(0, HEAD_BYTES);
  return { name: evidence.name, size: evidence.size, sha256: evidence.sha256, head, open };
}

/**
 * Look into a file: find out its kind, and let that read it. What cannot be read is refused with a code, and that is the result.
 * @throws what is not the file's fault, so that it is tried again
 */
export async function examine(
  kinds: readonly UploadKind[],
  evidence: Evidence,
  parts: Omit<ExamineParts, 'signal'>,
): Promise<{ examined: Examined; finding: Finding | null }> {
  const at = parts.clock();
  const none = (kind: string, refused: string, says: string) => ({
    examined: { at, kind, lines: [clip(says, MAX_LINE)], isBad: false, refused },
    finding: null,
  });
  let kind: UploadKind | undefined;
  try {
    const sample = await sampleOf(parts, evidence);
    kind = kinds.find((one) => one.is(sample));
    if (!kind) return none('', 'MDR_UPLOAD_BAD', 'It is kept, and of no kind that is looked into.');
    if (sample.size > kind.most)
      return none(kind.name, 'MDR_BODY_TOO_LARGE', `${kind.title}: too large to be looked into (${kind.most} bytes).`);
    const finding = await kind.examine(sample, { ...parts, signal: AbortSignal.timeout(TIME_MS) });
    const lines = finding.lines.slice(0, MOST_LINES).map((line) => clip(line.replace(/\s+/g, ' '), MAX_LINE));
    return { examined: { at, kind: kind.name, lines, isBad: finding.isBad, refused: null }, finding };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError')
      return none(kind?.name ?? '', 'MDR_UPLOAD_BAD', 'Looking into it took too long, and was given up.');
    if (!(error instanceof MdrError)) throw error;
    return none(kind?.name ?? '', error.code, `${kind?.title ?? 'File'}: ${error.message} ${error.hint}`);
  }
}
