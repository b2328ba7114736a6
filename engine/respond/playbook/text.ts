import type { Value } from './expression.js';

const HOLE = /\{([a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)?)\}/g;
const WHOLE = /^\{([a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)?)\}$/;
const MAX_VALUE = 500;
const MAX_LISTED = 20;

/** Names in `{…}` that a text asks for. */
export const holesIn = (text: string): string[] => [...text.matchAll(HOLE)].map((found) => found[1]!);

/** The name when the text is nothing but `{name}`. */
export const wholeHole = (text: string): string | null => WHOLE.exec(text)?.[1] ?? null;

/** A text with its holes filled; one that is nothing but a hole keeps the value's type. */
export function fill(text: string, look: (name: string) => Value): Value {
  const whole = wholeHole(text);
  return whole === null ? fillText(text, look) : look(whole);
}

/** Filled in one go: what a value holds is never looked into for further holes. */
export const fillText = (text: string, look: (name: string) => Value): string =>
  text.replace(HOLE, (_, name: string) => inWords(look(name)));

/** A value as people read it. */
export function inWords(value: Value): string {
  if (value === null || value === '') return '(not known)';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (!Array.isArray(value)) return String(value).slice(0, MAX_VALUE);
  if (value.length === 0) return '(none)';
  const shown = value.slice(0, MAX_LISTED).map(inWords).join(', ');
  return value.length > MAX_LISTED ? `${shown} and ${value.length - MAX_LISTED} more` : shown;
}
