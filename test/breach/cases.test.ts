import { describe, expect, it } from 'vitest';
import { theLaw } from '../../engine/breach/index.js';
import { dutyCases, faultsOfCase } from '../support/breach-cases.js';

const cases = dutyCases();

describe('duties worked out by hand', () => {
  it('are at least 150, and touch every rule', () => {
    expect(cases.length).toBeGreaterThanOrEqual(150);
    const touched = new Set(cases.map(({ duty }) => duty.replace(/[#/].*$/, '')));
    // Not touched yet would be a rule that nobody has worked out.
    const untouched = theLaw().regimes.filter(({ id }) => !touched.has(id));
    expect(untouched.map(({ id }) => id)).toEqual([]);
  });

  it.each(cases.map((each, i) => [`${i + 1}: ${each.duty}: ${each.why}`, each] as const))('%s', (_, each) => {
    expect(faultsOfCase(each)).toEqual([]);
  });
});
