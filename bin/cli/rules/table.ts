/** Rows as lines with aligned columns; the last column is not padded. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [columns, ...rows];
  const widths = columns.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all.map((row) => row.map((cell, i) => (i === columns.length - 1 ? cell : cell.padEnd(widths[i]!))).join('  '));
}

/** Text from a rule file or an address for a terminal: one line, without control characters, bounded. */
export function shown(text: string, most = 100): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the very characters to be left out
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ');
  return plain.length > most ? `${plain.slice(0, most - 1)}…` : plain;
}
