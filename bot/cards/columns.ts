/** Characters that take two columns of a terminal: East Asian wide forms and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const COMBINING = /\p{M}/u;
/** Plain ASCII needs no look at each character. */
const ASCII = /^[\x20-\x7e]*$/;
const GAP = 2;
const MIN_COLUMN = 4;

function charWidth(char: string): number {
  if (COMBINING.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}

/**
 * Lines of at most `width` columns, broken at spaces where that is possible.
 * @param exactly keep every space and break anywhere, for text to be read letter by letter
 */
export function wrapped(text: string, width: number, exactly = false): string[] {
  const room = Math.max(2, width);
  if (exactly) return chopped(text, room);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer) <= room) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = chopped(word, room);
    line = pieces.pop() ?? '';
    for (const piece of pieces) lines.push(piece);
  }
  lines.push(line);
  return lines;
}

function chopped(text: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  for (const char of text) {
    const needed = charWidth(char);
    if (used + needed > width) {
      pieces.push(piece);
      piece = '';
      used = 0;
    }
    piece += char;
    used += needed;
  }
  return [...pieces, piece];
}

/** Exactly `width` columns: cut with an ellipsis, or filled with spaces. */
export function padded(text: string, width: number): string {
  const [first = '', second] = chopped(text, width);
  if (second === undefined) return first + ' '.repeat(Math.max(0, width - widthOf(first)));
  const [cut = ''] = chopped(text, width - 1);
  return `${cut}…${' '.repeat(Math.max(0, width - 1 - widthOf(cut)))}`;
}

/**
 * Aligned columns that fit into `width`: the widest give way first, and cells that do not fit are wrapped.
 * When there are more columns than room, each row becomes lines of `name: value`.
 * @param rows the first is the heading
 */
export function table(rows: readonly (readonly string[])[], width: number): string[] {
  const [heading = [], ...body] = rows;
  const count = heading.length;
  if (count === 0) return [];
  const room = width - GAP * (count - 1);
  if (room < count * MIN_COLUMN)
    return body.flatMap((row) => heading.flatMap((name, i) => wrapped(`${name}: ${row[i] ?? ''}`, width)));
  const widths = fitted(
    heading.map((_, i) => Math.max(MIN_COLUMN, ...rows.map((row) => widthOf(row[i] ?? '')))),
    room,
  );
  const lines = (row: readonly string[]): string[] => {
    const cells = widths.map((columns, i) => wrapped(row[i] ?? '', columns));
    const height = Math.max(...cells.map((cell) => cell.length));
    return Array.from({ length: height }, (_, y) =>
      cells
        .map((cell, i) => padded(cell[y] ?? '', widths[i]!))
        .join(' '.repeat(GAP))
        .trimEnd(),
    );
  };
  const rule = widths.map((columns) => '-'.repeat(columns)).join(' '.repeat(GAP));
  return [...lines(heading), rule, ...body.flatMap(lines)];
}

/** Take from the widest column until all fit. */
function fitted(wanted: readonly number[], room: number): number[] {
  const widths = [...wanted];
  let over = widths.reduce((sum, columns) => sum + columns, 0) - room;
  while (over > 0) {
    const widest = Math.max(...widths);
    const at = widths.indexOf(widest);
    const next = Math.max(MIN_COLUMN, ...widths.filter((columns) => columns < widest));
    const step = Math.max(1, Math.min(over, widest - next));
    widths[at] = widest - step;
    over -= step;
  }
  return widths;
}
