import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { projectRoot } from '../../engine/root.js';
import { PLACES } from './features.js';
import type { TechniqueModel } from './model.js';

export const WEIGHTS = join(projectRoot, 'intel/techniques/weights.bin.gz');

/** A trained model as one gzip'd file: a line of JSON, then `rarity` and `table`, mostly zeros. */
export function packTechniques({ labels, rarity, table, scale, bias, sure }: TechniqueModel): Buffer {
  const head = JSON.stringify({ labels, scale: [...scale], bias: [...bias], sure });
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array | Int8Array) =>
    new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  return gzipSync(Buffer.concat([Buffer.from(`${head}\n`), bytes(rarity), bytes(table)]), { level: 9 });
}

/** @throws Error when the file is not such a model */
export function unpackTechniques(packed: Uint8Array): TechniqueModel {
  const all = gunzipSync(packed);
  const end = all.indexOf(10);
  const head = JSON.parse(all.toString('utf8', 0, end)) as Pick<TechniqueModel, 'labels' | 'sure'> & {
    scale: number[];
    bias: number[];
  };
  const rest = Uint8Array.from(all.subarray(end + 1));
  if (rest.length !== PLACES * (4 + head.labels.length)) throw new Error('this is no model of techniques');
  return {
    labels: head.labels,
    sure: head.sure,
    scale: Float32Array.from(head.scale),
    bias: Float32Array.from(head.bias),
    rarity: new Float32Array(rest.buffer, 0, PLACES),
    table: new Int8Array(rest.buffer, PLACES * 4),
  };
}

let shipped: TechniqueModel | null = null;

/** The model in this folder, trained by `intel/train/techniques.ts`. */
export function shippedTechniques(): TechniqueModel {
  shipped ??= unpackTechniques(readFileSync(WEIGHTS));
  return shipped;
}
