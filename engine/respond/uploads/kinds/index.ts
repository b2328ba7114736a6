import { loadPieces } from '../../../pieces.js';
import type { UploadKind } from '../types.js';

let loaded: Promise<UploadKind[]> | undefined;

/** Every kind of upload, in the order in which they are asked. */
export function loadUploadKinds(): Promise<UploadKind[]> {
  loaded ??= loadPieces<UploadKind>(import.meta.url).then((kinds) => kinds.sort((a, b) => a.rank - b.rank));
  return loaded;
}
