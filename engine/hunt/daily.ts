import { remember } from './table.js';

/** A sum for each day: today's, and those of earlier days, newest last. Days without anything count as nothing. */
export interface Daily {
  /** Days since the epoch. */
  day: number;
  first: number;
  today: number;
  days: number[];
}

const DAY = 86_400_000;
const KEPT = 30;

export const daily = (time: number): Daily => ({
  day: Math.floor(time / DAY),
  first: Math.floor(time / DAY),
  today: 0,
  days: [],
});

/** Add to the day of a time; what comes late for an earlier day is added to today. */
export function addDaily(series: Daily, time: number, amount: number): void {
  const day = Math.floor(time / DAY);
  if (day > series.day) {
    remember(series.days, series.today, KEPT);
    for (let gap = series.day + 1; gap < day && gap - series.day < KEPT; gap++) remember(series.days, 0, KEPT);
    series.day = day;
    series.today = 0;
  }
  series.today += amount;
}

export const dayText = (series: Daily): string => new Date(series.day * DAY).toISOString().slice(0, 10);
export const dayStart = (series: Daily): number => series.day * DAY;
