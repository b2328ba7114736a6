import { describe, expect, it } from 'vitest';
import { countOf, hasAll } from '../../bin/setup.mjs';

describe('counting results', () => {
  it('adds up what vitest reports', () => {
    const report = JSON.stringify({ numPassedTests: 5, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 });
    expect(countOf(report, 1)).toEqual({ passed: 5, failed: 2, skipped: 2 });
  });

  it('counts a run that failed without a failed test as one failure', () => {
    expect(countOf(JSON.stringify({ numPassedTests: 5, numFailedTests: 0 }), 1)).toMatchObject({
      passed: 5,
      failed: 1,
    });
  });

  it('a missing or broken report is a failure, whatever the exit code said', () => {
    expect(countOf('', 0)).toMatchObject({ passed: 0, failed: 1 });
    expect(countOf('{"numPassed', 0)).toMatchObject({ passed: 0, failed: 1 });
  });
});

describe('knowing what is installed', () => {
  const lock = (packages: object) => JSON.stringify({ packages });
  const wanted = lock({
    '': { name: 'mdr' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/only-on-another-system': { version: '1.0.0', optional: true },
  });

  it('accepts what npm put there by hand, without the parts for other systems', () => {
    expect(hasAll(wanted, lock({ 'node_modules/a': { version: '1.0.0' } }))).toBe(true);
  });

  it('installs again when a package is missing or of another version', () => {
    expect(hasAll(wanted, '')).toBe(false);
    expect(hasAll(wanted, '{"packages": {"node_mod')).toBe(false);
    expect(hasAll(wanted, lock({}))).toBe(false);
    expect(hasAll(wanted, lock({ 'node_modules/a': { version: '0.9.0' } }))).toBe(false);
  });
});
