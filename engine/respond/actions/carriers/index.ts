import { loadPieces } from '../../../pieces.js';
import { carrierOf } from '../http/carrier.js';
import { loadDeclarations } from '../http/declaration.js';
import type { Carriers } from '../registry.js';
import type { Carrier } from '../types.js';

let loaded: Promise<Carriers> | undefined;

/** Every connector: the files of this folder, and the products that are declared in `http/`. */
export function loadCarriers(): Promise<Carriers> {
  loaded ??= loadPieces<Carrier>(import.meta.url).then((pieces) => [...pieces, ...loadDeclarations().map(carrierOf)]);
  return loaded;
}
