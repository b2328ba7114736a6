/** How far is looked to either side within a line; a longer one is no line that somebody wrote. */
const REACH = 500;

/** Where the line of a place begins, at most so far before it. */
export function lineStart(text: string, at: number): number {
  const floor = Math.max(0, at - REACH);
  return floor + text.slice(floor, at).lastIndexOf('\n') + 1;
}

/** Where the line of a place ends, at most so far behind it. */
export function lineEnd(text: string, at: number): number {
  const end = text.slice(at, at + REACH).indexOf('\n');
  return end < 0 ? Math.min(text.length, at + REACH) : at + end;
}

/** A text without those characters at its end. */
export function withoutEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}
