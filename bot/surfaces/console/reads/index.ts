import { loadPieces } from '../../../../engine/pieces.js';
import type { Read } from './types.js';

/** Every read of the console's pages. */
export function loadReads(): Promise<readonly Read[]> {
  return loadPieces<Read>(import.meta.url);
}
