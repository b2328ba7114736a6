import { round } from '../../say.js';
import type { TenantStore } from '../../store/index.js';
import { confidence, type Verdicts } from '../../triage/trust.js';
import { WEIGHTS } from '../../triage/weights.js';

/** Fewer verdicts than this move nothing. */
const FEWEST = 3;
/** The most that verdicts raise or lower a threshold by, and the highest it may be. */
const RAISE = 0.2;
const LOWER = 0.05;
const HIGHEST = 0.97;
/** So far below the lowest score that was real here it stays. */
const MARGIN = 0.01;
const MAX_REAL = 200;

/** From which score a model speaks at a tenant. */
export interface Threshold {
  floor: number;
  /** In words, with numbers. */
  why: string;
}

/**
 * A model's threshold, from what became of its alerts here: it rises where they were false or harmless, as far as nothing that was real
 * is lost by that, and falls a little where they were real. It moves by the same confidence that triage trusts rules by.
 * @param speaks the model's own
 * @param lowestReal score of the lowest finding in an alert that was closed as real; null: there is none
 */
export function tuned(speaks: number, verdicts: Verdicts | undefined, lowestReal: number | null): Threshold {
  const { real = 0, benign = 0, false: wrong = 0 } = verdicts ?? {};
  const judged = real + benign + wrong;
  if (!verdicts || judged < FEWEST)
    return {
      floor: speaks,
      why: `its own; ${judged || 'none'} of its alerts here were judged, from ${FEWEST} on it moves`,
    };
  const begins = confidence(undefined, WEIGHTS);
  const now = confidence(verdicts, WEIGHTS);
  const said = `${real} of ${judged} judged alerts with it were real here`;
  if (now >= begins) {
    const floor = speaks - (LOWER * (now - begins)) / (1 - begins);
    return { floor, why: `its own is ${round(speaks)}; ${said}, so it speaks a little sooner` };
  }
  const raised = Math.min(HIGHEST, speaks + RAISE * (1 - now / begins));
  const most = lowestReal === null ? raised : Math.max(speaks, lowestReal - MARGIN);
  return {
    floor: Math.min(raised, most),
    why: `its own is ${round(speaks)}; ${said}, so it speaks later${most < raised ? `, but not above ${round(most)}: a score of ${round(lowestReal!)} was real` : ''}`,
  };
}

/** The lowest score that a model gave to what was closed as real. */
export async function lowestReal(scope: TenantStore, rule: string): Promise<number | null> {
  const alerts = await scope.alerts.find(
    { 'rules.id': rule, state: 'closed', reason: 'true_positive' },
    { sort: { updated: -1 }, limit: MAX_REAL, fields: { number: 1 } },
  );
  if (alerts.length === 0) return null;
  const found = await scope.detections.find(
    { 'rule.id': rule, alert: { $in: alerts.map(({ number }) => number) } },
    { limit: 1000, fields: { finding: 1 } },
  );
  const scores = found.flatMap(({ finding }) => finding?.score ?? []);
  return scores.length > 0 ? Math.min(...scores) : null;
}
