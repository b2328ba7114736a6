import { times } from '../../say.js';
import { BINS, type DayFigures } from './types.js';

/** The last week, against up to four weeks before it; of those there must be at least one. */
const RECENT = 7;
const BEFORE = 28;
const FEWEST_DAYS = 4;
const LEAST = 50;
/** Population stability index: from here on a distribution is another one; between, it is moving. */
const DRIFTED = 0.25;
const MOVING = 0.1;
/** A model that says so many times as much as before says too much. */
const JUMP = 3;
const MANY = 5;

/** Whether a model sees and says what it used to. */
export interface Drift {
  state: 'unknown' | 'steady' | 'moving' | 'drifted';
  /** Population stability index of its scores; null: too little to compare. */
  psi: number | null;
  words: string;
}

/** Population stability index of two histograms; empty bins count as half a thing. */
export function stability(before: readonly number[], now: readonly number[]): number {
  const share = (bins: readonly number[]) => {
    const sum = bins.reduce((all, n) => all + Math.max(n, 0.5), 0);
    return bins.map((n) => Math.max(n, 0.5) / sum);
  };
  const [was, is] = [share(before), share(now)];
  return was.reduce((sum, share, i) => sum + (is[i]! - share) * Math.log(is[i]! / share), 0);
}

/** @param today days since the epoch; the day itself is not over and is left out */
export function driftOf(days: readonly DayFigures[], today: number): Drift {
  const recent = days.filter(({ day }) => day < today && day >= today - RECENT);
  const before = days.filter(({ day }) => day < today - RECENT && day >= today - RECENT - BEFORE);
  if (recent.length < FEWEST_DAYS || before.length < RECENT)
    return { state: 'unknown', psi: null, words: 'not known before two weeks of data' };
  const findings = (of: readonly DayFigures[]) => of.reduce((sum, day) => sum + day.findings, 0);
  const events = (of: readonly DayFigures[]) => of.reduce((sum, day) => sum + day.events, 0) / of.length;
  const weekly = (findings(before) / before.length) * RECENT;
  const psi = scoresPsi(before, recent);
  const signs: string[] = [];
  const [was, is] = [events(before), events(recent)];
  if (is < was / 3 || recent.length < RECENT / 2) signs.push(`it sees ${shown(is)} events a day, before ${shown(was)}`);
  else if (is > was * 3) signs.push(`it sees ${shown(is)} events a day, before ${shown(was)}`);
  if (findings(recent) >= MANY && findings(recent) > JUMP * weekly)
    signs.push(`${times(findings(recent), 'finding')} in the last week, before about ${shown(weekly)} a week`);
  if (psi !== null && psi > DRIFTED)
    signs.push(`its scores are spread otherwise than before (stability index ${psi.toFixed(2)}, more than ${DRIFTED})`);
  if (signs.length > 0) return { state: 'drifted', psi, words: signs.join('; ') };
  if (psi !== null && psi > MOVING)
    return { state: 'moving', psi, words: `its scores are moving (stability index ${psi.toFixed(2)})` };
  return {
    state: 'steady',
    psi,
    words: psi === null ? 'data and findings as before' : `as before (stability index ${psi.toFixed(2)})`,
  };
}

function scoresPsi(before: readonly DayFigures[], recent: readonly DayFigures[]): number | null {
  const sum = (of: readonly DayFigures[]) => {
    const bins = new Array<number>(BINS).fill(0);
    for (const { scores } of of) for (const [i, n] of (scores ?? []).entries()) bins[i]! += n;
    return bins;
  };
  const [was, is] = [sum(before), sum(recent)];
  const total = (bins: number[]) => bins.reduce((a, b) => a + b, 0);
  return total(was) < LEAST || total(is) < LEAST ? null : stability(was, is);
}

const shown = (value: number): string => (value >= 10 ? Math.round(value).toLocaleString('en-US') : value.toFixed(1));
