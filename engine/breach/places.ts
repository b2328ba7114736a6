import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectRoot } from '../root.js';

const file = z.record(z.string(), z.array(z.string()));
const { BODIES = [], ...inside }: Readonly<Record<string, readonly string[]>> = file.parse(
  parse(readFileSync(join(projectRoot, 'engine/breach/places.yaml'), 'utf8')),
);

/** How a country, a part of one, or a union is written: `DE`, `US-CA`, `EU`. */
export const PLACE = /^[A-Z]{2,3}(?:-[A-Z0-9]{1,3})?$/;

const places = new Set([...Object.keys(inside), ...Object.values(inside).flat()].filter((name) => PLACE.test(name)));
const bodies = new Set(BODIES);

/** Whether places.yaml has it: people are counted nowhere else. */
export const isPlace = (name: string): boolean => places.has(name);

/** Whether a law can be its: a place's, or a body's such as `SEC`. */
export const hasLaw = (name: string): boolean => places.has(name) || bodies.has(name);

/** What lies directly within a place. */
export const partsOf = (place: string): readonly string[] => (Object.hasOwn(inside, place) ? inside[place]! : []);

const around = new Map<string, ReadonlySet<string>>();

/** The places in which one lies, itself among them. A part of a country that the table does not list lies within the country. */
export function placesAround(place: string): ReadonlySet<string> {
  const cached = around.get(place);
  if (cached) return cached;
  const found = new Set<string>();
  const add = (name: string) => {
    if (found.has(name)) return;
    found.add(name);
    if (name.includes('-')) add(name.split('-')[0]!);
    for (const [whole, parts] of Object.entries(inside)) if (parts.includes(name)) add(whole);
  };
  add(place);
  if (places.has(place)) around.set(place, found);
  return found;
}

/** Whether a place is the other one or lies within it. */
export const liesIn = (place: string, other: string): boolean => placesAround(place).has(other);

/** Of places, those that lie in none of the others: nobody is counted twice there. */
export function outermost(of: readonly string[]): string[] {
  const all = new Set(of);
  return of.filter((place) => ![...placesAround(place)].some((other) => other !== place && all.has(other)));
}
