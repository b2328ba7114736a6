import { describe, expect, it } from 'vitest';
import { advance, dueAt } from '../../engine/notify/chain.js';
import type { Chain } from '../../engine/notify/policy.js';

const chain: Chain = {
  steps: [
    { after: 5, people: ['ana'], page: [] },
    { after: 15, people: ['bo'], page: [] },
    { after: 30, people: [], page: ['pd'] },
  ],
  repeat: { times: 2, every: 60 },
};

function minutes(of: Chain): number[] {
  const found: number[] = [];
  let place = { start: 0, round: 0, step: 0 };
  for (let due = dueAt(of, place); due !== null && found.length < 100; due = dueAt(of, place)) {
    found.push(due / 60_000);
    place = advance(of, place);
  }
  return found;
}

describe('a chain', () => {
  it('takes its steps in order, the whole of it again, and ends', () => {
    expect(minutes(chain)).toEqual([5, 15, 30, 65, 75, 90, 125, 135, 150]);
    expect(minutes({ steps: chain.steps })).toEqual([5, 15, 30]);
  });

  it('ends when the policy has become shorter than the place it was at', () => {
    expect(dueAt({ steps: chain.steps.slice(0, 1) }, { start: 0, round: 0, step: 2 })).toBeNull();
  });
});
