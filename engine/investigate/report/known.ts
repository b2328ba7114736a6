import type { Investigation } from '../types.js';

/** A detection by an indicator has its value in the rule's id. */
const INDICATOR = /^indicator:([a-z0-9-]+):(.+)$/s;

/**
 * Which observables are known to be bad, and why: those that an indicator matched.
 * Being part of an attack makes nothing bad by itself: the victim's host is too.
 * @returns reason by lower-case value
 */
export function knownBad(of: Pick<Investigation, 'chain'>): Map<string, string> {
  const known = new Map<string, string>();
  for (const { rule, title } of of.chain) {
    const value = INDICATOR.exec(rule ?? '')?.[2]?.toLowerCase();
    if (value !== undefined && !known.has(value)) known.set(value, title);
  }
  return known;
}
