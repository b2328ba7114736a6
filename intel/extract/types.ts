import type { IndicatorType } from '../../engine/detect/indicators/types.js';
import type { Plain } from './plain.js';

/** What is taken out of a text: indicators that events are searched for, and what describes the threat. */
export type ExtractType =
  | Exclude<IndicatorType, 'imphash'>
  | 'cve'
  | 'technique'
  | 'registry'
  | 'path'
  | 'crypto'
  | 'yara'
  | 'sigma';

/** Something in a plain text that looks like a value. */
export interface Span {
  type: ExtractType;
  /** In its normal form. */
  value: string;
  from: number;
  to: number;
  /** Known already to be no indicator, and why; it keeps its place, so that nothing else is read into it. */
  not?: Why;
}

/** A kind of value: finds all that look like it. Kinds are asked in order, and what one has taken is not another's. */
export interface Kind {
  name: string;
  find(plain: Plain): Iterable<Span>;
}

/** Why a value in a report is no indicator. */
export const WHYS = {
  version: 'a version or a number with dots',
  file: "a file's name",
  code: 'a name in code',
  reference: 'where to read more, or whom to ask',
  harmless: 'on a warning list, or called legitimate',
  reserved: 'a private, reserved or documentation value',
  placeholder: 'a place to put a value in',
  commit: 'the id of a commit, or of something else that is no file',
  plain: 'written so that it can be clicked, in a text that defangs what is bad',
} as const;
export type Why = keyof typeof WHYS;

export interface Extracted {
  type: ExtractType;
  value: string;
  /** Where it stands first, in the original text. */
  from: number;
  to: number;
  defanged: boolean;
}

export interface LeftOut extends Extracted {
  why: Why;
}
