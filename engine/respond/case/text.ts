export const MAX_TITLE = 200;
export const MAX_TEXT = 2000;
export const MAX_REASON = 500;
/** Of names and other single words. */
export const MAX_WORD = 300;

/**
 * Text from anywhere as a record keeps it: well formed, without spaces around it, bounded. What it hides is shown by the surfaces.
 * @param most longest result in UTF-16 units
 */
export function bounded(text: string, most = MAX_TEXT): string {
  // Cut first: looking through ten megabytes costs what nobody reads.
  const start = wellFormed(text.trimStart().slice(0, most + 1)).trim();
  return start.length <= most ? start : `${wellFormed(start.slice(0, most - 1))}…`;
}

/** The same on one line. */
export const line = (text: string, most = MAX_TITLE): string =>
  bounded(text.slice(0, 4 * most).replace(/[\r\n\t\v\f\u0085\u2028\u2029]+/g, ' '), most);

/** Half a character cannot be stored. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');
