import type { Chain } from '../../notify/policy.js';
import type { Case, CaseClock, CaseTask } from '../../store/cases.js';
import { remindAt } from './clocks.js';

const MINUTE_MS = 60_000;

/** A call that is due: `step` is that of the chain which the policy names for this severity; null before it begins. */
export interface DueCall {
  clock: CaseClock;
  stage: 'remind' | 'over' | 'escalate';
  step: number | null;
  /** What the clock's count of calls is after it. */
  told: number;
}

/**
 * The calls that are due about a case's clocks: one when three quarters of the time are gone, one when it is over, and then the steps
 * of the chain, counted from there. Of several that are due for a clock, the first that is still worth something.
 */
export function dueCalls({ clocks }: Pick<Case, 'clocks'>, chain: Chain | null, now: number): DueCall[] {
  return clocks.flatMap((clock): DueCall[] => {
    if (clock.met !== null) return [];
    // A reminder that time runs out is no use once it is over.
    const from = clock.told === 0 && now > clock.due ? 1 : clock.told;
    if (from === 0) return now >= remindAt(clock) ? [{ clock, stage: 'remind', step: null, told: 1 }] : [];
    if (from === 1) return now > clock.due ? [{ clock, stage: 'over', step: null, told: 2 }] : [];
    const step = chain?.steps[from - 2];
    if (!step || now < clock.due + step.after * MINUTE_MS) return [];
    return [{ clock, stage: 'escalate', step: from - 2, told: from + 1 }];
  });
}

/** Open tasks whose time is over and whose people have not been called about that. */
export const dueTasks = ({ tasks }: Pick<Case, 'tasks'>, now: number): CaseTask[] =>
  tasks.filter(({ state, due, told }) => state === 'open' && due !== null && due <= now && told !== due);
