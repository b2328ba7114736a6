import { type Case, type CaseClock, type CaseState, CLOCKS, type Severity } from '../../store/cases.js';
import type { Contract } from './contract.js';
import { isReached } from './states.js';

const MINUTE_MS = 60_000;
/** When the reminder comes, as a share of the time there is. */
const REMIND_AT = 0.75;

/** The clocks of a case that begins at `now`. */
export function startClocks(contract: Contract, severity: Severity, now: number): CaseClock[] {
  return CLOCKS.map((kind) => ({
    kind,
    run: 1,
    started: now,
    due: now + contract[severity][kind] * MINUTE_MS,
    met: null,
    told: 0,
  }));
}

/** Stops the clocks whose end is reached in this state, and lets those run on that were stopped too early. */
export function clocksIn(clocks: readonly CaseClock[], state: CaseState, now: number): CaseClock[] {
  return clocks.map((clock) => {
    const isMet = isReached(clock.kind, state);
    if (isMet === (clock.met !== null)) return clock;
    return { ...clock, met: isMet ? now : null };
  });
}

/** Begins again what is to be reached again. */
export function restartClocks(
  clocks: readonly CaseClock[],
  contract: Contract,
  { severity, state }: Pick<Case, 'severity' | 'state'>,
  now: number,
): CaseClock[] {
  return clocks.map((clock) =>
    isReached(clock.kind, state)
      ? clock
      : {
          ...clock,
          run: clock.run + 1,
          started: now,
          due: now + contract[severity][clock.kind] * MINUTE_MS,
          met: null,
          told: 0,
        },
  );
}

/** Another severity has other times, from the same beginning; what is over stays as it was. */
export function clocksOf(clocks: readonly CaseClock[], contract: Contract, severity: Severity): CaseClock[] {
  return clocks.map((clock) => {
    const due = clock.started + contract[severity][clock.kind] * MINUTE_MS;
    return clock.met !== null || due === clock.due ? clock : { ...clock, due, told: 0 };
  });
}

/** Epoch ms at which people are reminded that a clock runs out. */
export const remindAt = ({ started, due }: CaseClock): number => started + Math.floor((due - started) * REMIND_AT);

/** What a clock says at `now`. */
export function clockState({ met, due }: CaseClock, now: number): 'met' | 'missed' | 'running' | 'over' {
  if (met !== null) return met <= due ? 'met' : 'missed';
  return now <= due ? 'running' : 'over';
}
