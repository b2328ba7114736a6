import { loadPieces } from '../../../pieces.js';
import type { Kind } from '../types.js';

/** Correlation types by their name in Sigma. */
export const KINDS: ReadonlyMap<string, Kind> = new Map(
  (await loadPieces<Kind>(import.meta.url)).map((kind) => [kind.type, kind]),
);
