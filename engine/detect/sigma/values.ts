import { literalPattern, type Piece, readPattern } from './pattern.js';
import { unsupported } from './problem.js';

/** A value on its way through modifiers: text with wildcards still unread, or bytes that an encoding made. */
export type Draft = { text: string } | { bytes: Buffer };

export const ENCODINGS: Record<string, (draft: Draft) => Draft[]> = {
  wide: (draft) => [{ bytes: utf16(draft, false) }],
  utf16le: (draft) => [{ bytes: utf16(draft, false) }],
  utf16be: (draft) => [{ bytes: utf16(draft, true) }],
  utf16: (draft) => [{ bytes: Buffer.concat([Buffer.from([0xff, 0xfe]), utf16(draft, false)]) }],
  base64: (draft) => [{ text: escapeText(bytesOf(draft).toString('base64')) }],
  base64offset: (draft) => base64Offsets(bytesOf(draft)).map((text) => ({ text: escapeText(text) })),
  windash: dashes,
};

/** The pattern that a draft has become. */
export function patternOf(draft: Draft): Piece[] {
  return 'text' in draft ? readPattern(draft.text) : literalPattern(draft.bytes.toString('latin1'));
}

const escapeText = (text: string): string => text.replace(/[*?\\]/g, '\\$&');

function bytesOf(draft: Draft): Buffer {
  if ('bytes' in draft) return draft.bytes;
  const pieces = readPattern(draft.text);
  if (pieces.some((piece) => typeof piece !== 'string')) throw unsupported('an encoding of a value with wildcards');
  return Buffer.from(pieces.join(''), 'utf8');
}

function utf16(draft: Draft, bigEndian: boolean): Buffer {
  const bytes = Buffer.from(bytesOf(draft).toString('utf8'), 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
}

/**
 * Base64 of a value at each of its three alignments inside a longer text, without the characters that depend on what
 * stands before and after it (Sigma specification, `base64offset`).
 */
function base64Offsets(bytes: Buffer): string[] {
  const skip = [0, 2, 3];
  const cut = [0, 3, 2];
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset, 0x20), bytes]).toString('base64');
    return encoded.slice(skip[offset], encoded.length - cut[(bytes.length + offset) % 3]!);
  });
}

/** Dashes that Windows programs take for the one of an option. */
const DASHES = ['-', '/', '\u2013', '\u2014', '\u2015'];
const MAX_DASHES = 4;

/** Every way to write the option dashes of a value (`windash`). */
function dashes(draft: Draft): Draft[] {
  const text = 'text' in draft ? draft.text : draft.bytes.toString('latin1');
  const parts = text.split(/\B[-/]\b/);
  if (parts.length - 1 > MAX_DASHES) throw unsupported(`windash on a value with more than ${MAX_DASHES} dashes`);
  let made = [parts[0]!];
  for (const part of parts.slice(1)) made = made.flatMap((start) => DASHES.map((dash) => start + dash + part));
  return made.map((each) => ({ text: each }));
}
