import type { Profile } from '../store/tenants.js';
import { DAYS } from './policy.js';

const HOURS = /^([a-z]{3})[a-z]*(?:\s*(?:-|–|to)\s*([a-z]{3})[a-z]*)?\s+(\d{1,2})(?::([0-5]\d))?\s*-/i;
const MORNING = { day: 1, time: '09:00' };

/**
 * The first moment of a tenant's working week, from Monday on: `Mon-Fri 08:30-17:00` is Monday 08:30, `Sun-Thu 08:00-16:00` Monday
 * 08:00. Words that are no hours mean Monday 09:00.
 * @returns day of the week, 1 (Monday) to 7, and time of day
 */
export function workBegins({ workingHours }: Pick<Profile, 'workingHours'>): { day: number; time: string } {
  const [, first = '', last = first, hour = '', minute = '00'] = HOURS.exec(workingHours.trim()) ?? [];
  const numberOf = (name: string) => (DAYS as readonly string[]).indexOf(name.toLowerCase()) + 1;
  const [from, to] = [numberOf(first), numberOf(last)];
  if (from === 0 || to === 0 || Number(hour) > 23) return MORNING;
  // Over the end of the week, Monday lies inside.
  const day = from <= to ? from : 1;
  return { day, time: `${hour.padStart(2, '0')}:${minute}` };
}
