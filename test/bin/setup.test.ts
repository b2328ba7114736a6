import { describe, expect, it } from 'vitest';
import { countOf } from '../../bin/setup.mjs';

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
