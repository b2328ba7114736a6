import { loadPieces } from '../../../pieces.js';
import type { Carriers } from '../registry.js';
import type { Carrier } from '../types.js';

let loaded: Promise<Carriers> | undefined;

/** Every connector: the files of this folder. */
export function loadCarriers(): Promise<Carriers> {
  loaded ??= loadPieces<Carrier>(import.meta.url);
  return loaded;
}
