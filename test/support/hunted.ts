import type { Finding, Model, Seen } from '../../engine/hunt/models/types.js';
import { DAY, START } from './month.js';

/** What a model says over days, asked at the end of each; its state is written down and read back every night, as a runner does. */
export function hunted(model: Model, days: Iterable<readonly Seen[]>, start = START): Finding[] {
  let state = model.start();
  const said = new Map<string, Finding>();
  let day = 0;
  for (const events of days) {
    state = JSON.parse(JSON.stringify(model.fold(state, events))) as unknown;
    for (const finding of model.judge(state, start + ++day * DAY - 1))
      if (!said.has(finding.key)) said.set(finding.key, finding);
  }
  return [...said.values()];
}
