import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectRoot } from '../root.js';

const file = z.record(z.string(), z.array(z.string()));
const inside: Readonly<Record<string, readonly string[]>> = file.parse(
  parse(readFileSync(join(projectRoot, 'engine/breach/places.yaml'), 'utf8')),
);

/** A country, a part of one, or a union: `DE`, `US-CA`, `EU`. */
export const PLACE = /^[A-Z]{2,3}(?:-[A-Z0-9]{1,3})?$/;

/** What lies directly within a place. */
export const partsOf = (place: string): readonly string[] => inside[place] ?? [];

/** Whether a place is the other one or lies within it. A part of a country that the table does not list lies within the country. */
export function liesIn(place: string, other: string): boolean {
  if (place === other) return true;
  if (!place.startsWith('US-') && place.includes('-')) return liesIn(place.split('-')[0]!, other);
  if (place.startsWith(`${other}-`)) return true;
  return partsOf(other).some((part) => liesIn(place, part));
}
