import type { Seen } from '../../engine/hunt/models/types.js';
import { DAY, START } from './month.js';

const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** Thursday of the fourth week. */
export const PLANTED_DAY = 24;
export const at = (hour: number, minute = 0): number => START + PLANTED_DAY * DAY + hour * HOUR + minute * MINUTE;
export const many = (count: number, make: (i: number) => Seen): Seen[] =>
  Array.from({ length: count }, (_, i) => make(i));

export interface Planted {
  /** The entity that the model must name, and what its words must say. */
  entity: string;
  words: RegExp;
  events: () => Seen[];
}
