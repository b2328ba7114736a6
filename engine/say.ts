/** Numbers, lists and times as people read them. */

export function duration(seconds: number): string {
  if (seconds < 120) return `${round(seconds)} s`;
  if (seconds < 7200) return `${round(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${round(seconds / 3600)} h`;
  return `${round(seconds / 86_400)} days`;
}

export function bytes(count: number): string {
  for (const [unit, size] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const)
    if (count >= size) return `${round(count / size)} ${unit}`;
  return `${round(count)} bytes`;
}

export const percent = (share: number): string => `${round(share * 100)} %`;

/** Two digits that matter, more where the number is large. */
export const round = (value: number): string =>
  Math.abs(value) >= 10 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));

export const times = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** The first few of a list, and how many more there are. */
export function list(items: readonly string[], most = 5): string {
  const shown = items.slice(0, most).join(', ');
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}

/** `Tue 03:20 UTC`. */
export function moment(time: number): string {
  const text = new Date(time).toUTCString();
  return `${text.slice(0, 3)} ${text.slice(17, 22)} UTC`;
}

/** `2026-11-24 09:15 UTC`. */
export const minute = (time: number): string => `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** At most so many characters, with an ellipsis where something was cut; never half a character. */
export function clip(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
