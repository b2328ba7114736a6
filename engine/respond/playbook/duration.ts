const UNIT = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `30m` in milliseconds; the schema has checked its form. */
export const ms = (duration: string): number =>
  Number(duration.slice(0, -1)) * UNIT[duration.slice(-1) as keyof typeof UNIT];
