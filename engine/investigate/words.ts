/** What an investigation and its report are worded with. */

const MOST_NAMED = 6;

/** `a, b and c`, or `a, b, c and 4 more`. */
export function listText(values: readonly string[], most = MOST_NAMED): string {
  const shown = values.slice(0, most);
  const rest = values.length - shown.length;
  const parts = rest > 0 ? [...shown, `${rest} more`] : shown;
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** `46 minutes`, `3 hours 5 minutes`, `2 days 4 hours`. */
export function spanText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return plural(seconds, 'second');
  const minutes = Math.round(ms / 60_000);
  const parts = [
    [Math.floor(minutes / 1440), 'day'],
    [Math.floor((minutes % 1440) / 60), 'hour'],
    [minutes % 60, 'minute'],
  ] as const;
  return parts
    .filter(([n]) => n > 0)
    .slice(0, 2)
    .map(([n, unit]) => plural(n, unit))
    .join(' ');
}

const plural = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? '' : 's'}`;

/** `2026-11-24 09:15:31`, UTC; a number that is no time is said to be none. */
export function moment(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? 'unknown time' : date.toISOString().slice(0, 19).replace('T', ' ');
}
