import type { Readable } from 'node:stream';
import { MdrError } from '../../errors.js';
import { clip, list } from '../../say.js';
import type { Evidence, Examined } from '../../store/evidence.js';
import { type ExamineParts, type Finding, HEAD_BYTES, type Sample, type UploadKind } from './types.js';
import type { Yara } from './yara/index.js';

const TIME_MS = 10 * 60_000;
const MOST_LINES = 40;
const MAX_LINE = 500;
const MOST_YARA = 12;
/** Most bytes that are scanned of one file and what is in it. */
const MOST_SCANNED = 64 * 1024 * 1024;

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

/** @returns what the rules say of a file, and of what is in it; nothing when there are no rules */
async function byYara(
  yara: Yara,
  sample: Sample,
  inside: Finding['inside'] = [],
): Promise<{ lines: string[]; isBad: boolean }> {
  if (sample.size > MOST_SCANNED) return { lines: ['Too large to be scanned with YARA.'], isBad: false };
  const chunks: Buffer[] = [];
  for await (const chunk of await sample.open()) chunks.push(chunk as Buffer);
  let left = MOST_SCANNED - sample.size;
  const items = [{ name: sample.name, data: Buffer.concat(chunks) as Uint8Array }];
  for (const item of inside) {
    left -= item.data.length;
    if (left >= 0) items.push(item);
  }
  try {
    const { matches, failed } = await yara.scan(items, AbortSignal.timeout(TIME_MS));
    return {
      lines: [
        ...matches
          .slice(0, MOST_YARA)
          .map(({ rule, about, item }) => `YARA: ${rule}${about ? `, ${about}` : ''} · ${clip(item, 100)}`),
        ...(matches.length > MOST_YARA ? [`and ${matches.length - MOST_YARA} more YARA rules`] : []),
        ...(matches.length === 0 ? [`No YARA rule matched ${items.length === 1 ? 'it' : `it or what is in it`}.`] : []),
        ...(failed.length > 0 ? [`Not used for YARA: ${list(failed, 3)}`] : []),
      ],
      isBad: matches.length > 0,
    };
  } catch (error) {
    return { lines: [`YARA: ${(error as Error).message}`], isBad: false };
  }
}

/**
 * Look into a file: by its kind, and by the operator's YARA rules, whatever kind it is of.
 * @throws what is not the file's fault, so that it is tried again
 */
export async function examine(
  kinds: readonly UploadKind[],
  evidence: Evidence,
  { yara, ...parts }: Omit<ExamineParts, 'signal'> & { yara: Yara | null },
): Promise<{ examined: Examined; finding: Finding | null }> {
  const { examined, finding } = await byKind(kinds, evidence, parts);
  if (!yara) return { examined, finding };
  try {
    const scanned = await byYara(yara, await sampleOf(parts, evidence), finding?.inside);
    const tidy = scanned.lines.map((line) => clip(line.replace(/\s+/g, ' '), MAX_LINE));
    // What matched comes first; that nothing did is said last.
    const lines = scanned.isBad ? [...tidy, ...examined.lines] : [...examined.lines, ...tidy];
    return { finding, examined: { ...examined, lines, isBad: examined.isBad || scanned.isBad } };
  } catch (error) {
    if (!(error instanceof MdrError)) throw error;
    return { examined, finding };
  }
}

/**
 * Look into a file by its kind: find out its kind, and let that read it. What cannot be read is refused with a code, and that is the result.
 * @throws what is not the file's fault, so that it is tried again
 */
async function byKind(
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
