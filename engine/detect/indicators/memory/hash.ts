/**
 * A hash of two 32-bit lanes, fed byte by byte from a value's end: the hashes of a name's parents are met on the way, so a name
 * with all its parents is hashed in one pass. Seeded at random where a table is built, so that a feed cannot be written to collide;
 * what collides all the same is told apart by its bytes.
 */
export const first = (seed: number, kind: number): number => (seed ^ Math.imul(kind, 0x9e3779b1)) | 0;
export const second = (seed: number, kind: number): number => (Math.imul(seed, 0x85ebca6b) + kind) | 0;
export const feedFirst = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193);
export const feedSecond = (hash: number, byte: number): number => {
  const h = Math.imul(hash + byte, 0x5bd1e995);
  return h ^ (h >>> 15);
};
/** Mix a lane so that all its bits depend on all of its input. */
export function finish(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
