/**
 * Case folding of single UTF-16 units as `toLowerCase` does it, made once; the two characters that RE2 folds onto ASCII
 * from outside (Kelvin sign, long s) are taken along.
 */
export const FOLD: Uint16Array = (() => {
  const table = new Uint16Array(65_536);
  for (let code = 0; code < table.length; code++) {
    const lower = String.fromCharCode(code).toLowerCase();
    table[code] = lower.length === 1 ? lower.charCodeAt(0) : code;
  }
  table[0x212a] = 0x6b;
  table[0x17f] = 0x73;
  return table;
})();

/** Finds which of many literals stand in a text, in any case; it may tell of one too many, never of one too few. */
export interface Scanner {
  /** Call `seen` with the numbers of each literal found; the same numbers may come more than once. */
  scan(text: string, seen: (numbers: Int32Array) => void): void;
}
