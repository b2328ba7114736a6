const DAY_MS = 24 * 3_600_000;
export const WEEK_MS = 7 * DAY_MS;
/** The first Monday of the epoch's calendar, 1970-01-05. */
const MONDAY_MS = 4 * DAY_MS;

/** Epoch ms of the Monday, UTC, of the week that a moment is in. */
export const mondayOf = (at: number): number => Math.floor((at - MONDAY_MS) / WEEK_MS) * WEEK_MS + MONDAY_MS;
