import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { projectRoot } from '../../root.js';
import { marginOf } from '../trees.js';
import { FEATURES, features } from './features.js';
import type { DgaParts } from './train.js';

/** A trained model as one gzip'd file: a line of JSON with the lengths, then the arrays one after another. */
export function packDga({ language, words, trees }: DgaParts): Buffer {
  const arrays = [language.three, language.four, words.bits, trees.feature, trees.above, trees.leaf].map(
    (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  );
  const head = {
    longest: words.longest,
    bias: trees.bias,
    depth: trees.depth,
    lengths: arrays.map((each) => each.length),
  };
  return gzipSync(Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...arrays]), { level: 9 });
}

export function unpackDga(packed: Uint8Array): DgaParts {
  const all = gunzipSync(packed);
  const end = all.indexOf(10);
  const head = JSON.parse(all.toString('utf8', 0, end)) as {
    longest: number;
    bias: number;
    depth: number;
    lengths: number[];
  };
  let at = end + 1;
  const parts = head.lengths.map((length) => {
    // A copy, so that numbers of four bytes begin where they must.
    const bytes = Uint8Array.from(all.subarray(at, at + length));
    at += length;
    return bytes;
  });
  const [three, four, bits, feature, above, leaf] = parts as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  return {
    language: { three, four },
    words: { bits, longest: head.longest },
    trees: {
      bias: head.bias,
      depth: head.depth,
      feature,
      above: new Float32Array(above.buffer),
      leaf: new Float32Array(leaf.buffer),
    },
  };
}

let shipped: DgaParts | null = null;

/** The model in this folder, trained by `engine/hunt/train/dga.ts`. */
export function shippedDga(): DgaParts {
  shipped ??= unpackDga(readFileSync(join(projectRoot, 'engine/hunt/dga/weights.bin.gz')));
  return shipped;
}

/** Log odds at which a name counts against the source that asked for it. */
export const COUNTS = 2;

const row = new Float64Array(FEATURES.length);

/** Log odds that a machine made a name; the more above 0, the surer. */
export function dgaMargin({ language, words, trees }: DgaParts, domain: string): number {
  features(domain, language, words, row);
  return marginOf(trees, row);
}
