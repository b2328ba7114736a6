import { MdrError } from '../../engine/errors.js';

const CURSOR = /^([0-9a-z]{1,11})\.([0-9a-z]{1,6})$/;

/** Where a page ended: for the provider, what comes next changed before, or at the same time and has a smaller number. */
export interface Place {
  updated: number;
  number: number;
}

export const cursorOf = ({ updated, number }: Place): string => `${updated.toString(36)}.${number.toString(36)}`;

/** @throws MdrError MDR_REQUEST_BAD */
export function placeIn(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null;
  const [, updated, number] = CURSOR.exec(cursor) ?? [];
  if (!updated || !number)
    throw new MdrError('MDR_REQUEST_BAD', 'The cursor is none of ours.', 'Send next of a page as it was.');
  return { updated: Number.parseInt(updated, 36), number: Number.parseInt(number, 36) };
}

/** Last changed first; customers, whom internal work is not told, by number. */
export const orderFor = (internal: boolean): Record<string, -1> =>
  internal ? { updated: -1, number: -1 } : { number: -1 };

/** What comes after a place, as a condition for the order of `orderFor`. */
export const after = (place: Place | null, internal: boolean): object => {
  if (place === null) return {};
  if (!internal) return { number: { $lt: place.number } };
  return { $or: [{ updated: { $lt: place.updated } }, { updated: place.updated, number: { $lt: place.number } }] };
};

/** A page of records that were asked for with one more than it holds. */
export function paged<T extends Place, V>(
  found: readonly T[],
  limit: number,
  view: (record: T) => V,
  internal: boolean,
) {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const next = last && cursorOf(internal ? last : { updated: 0, number: last.number });
  return { items: items.map(view), next: found.length > limit && next ? next : null };
}
