import type { Health, Standing } from '../../engine/hunt/runner/overview.js';
import type { Tone } from '../cards/card.js';
import { counted } from '../cards/labels.js';

/** Graver first. */
export const HEALTHS: readonly Health[] = ['failing', 'behind', 'waiting', 'no data', 'learning', 'off', 'ready'];

/** `3 of 4 right`; a dash before any verdict. */
export function precisionText({ verdicts }: Pick<Standing, 'verdicts'>): string {
  if (!verdicts) return '—';
  const judged = verdicts.real + verdicts.benign + verdicts.false;
  return judged === 0 ? '—' : `${verdicts.real} of ${judged} right (${Math.round((verdicts.real / judged) * 100)} %)`;
}

export const toneFor = (all: readonly Pick<Standing, 'health' | 'drift'>[]): Tone =>
  all.some(({ health }) => health === 'failing' || health === 'behind') ||
  all.some(({ drift }) => drift.state === 'drifted')
    ? 'medium'
    : 'neutral';

/** `12 ready, 3 without data`. */
export function countsOf(all: readonly Pick<Standing, 'health'>[]): string {
  const parts = HEALTHS.flatMap((health) => {
    const count = all.filter((each) => each.health === health).length;
    return count > 0 ? [`${count} ${health === 'no data' ? 'without data' : health}`] : [];
  });
  return `${counted(all.length, 'model')}: ${parts.reverse().join(', ')}`;
}
