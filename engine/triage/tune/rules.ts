import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../clock.js';
import type { Level } from '../../detect/types.js';
import { MdrError } from '../../errors.js';
import { idOf } from '../../ids.js';
import type { TenantStore } from '../../store/index.js';
import type { RuleTuning, RuleTuningEntry } from '../../store/ruletunings.js';
import type { By } from '../work.js';

const ATTEMPTS = 8;
const MAX_LOG = 300;
const MAX_REASON = 1000;

/** How a tenant is to run a rule. */
export interface Wanted {
  disabled: boolean;
  /** null: the rule's own. */
  level: Level | null;
}

export interface RuleOutcome {
  tuning: RuleTuning;
  /** `done`; `already`: nothing to do; `asked`: a second person has to say the same. */
  outcome: 'done' | 'already' | 'asked';
}

/** @returns how the tenant runs the rule; null when it never was tuned */
export const tuningOf = (scope: TenantStore, rule: string): Promise<RuleTuning | null> =>
  scope.ruleTunings.findOne({ rule });

/**
 * Change how a tenant runs a rule. What quietens a critical rule needs two people: the first one's wish is written down, and takes
 * effect when somebody else says the same.
 * @param wish given how it is now, how it shall be
 * @throws MdrError MDR_CONFLICT
 */
export async function tuneRule(
  scope: TenantStore,
  rule: { id: string; title: string; level: Level },
  by: By,
  clock: Clock,
  reason: string,
  wish: (now: Wanted) => Wanted,
): Promise<RuleOutcome> {
  const _id = idOf('rule', scope.id, rule.id);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const found = await scope.ruleTunings.findOne({ _id });
    const before: RuleTuning = found ?? {
      _id,
      tenant: scope.id,
      rule: rule.id,
      title: rule.title,
      disabled: false,
      level: null,
      asked: null,
      log: [],
      revision: 0,
    };
    const wanted = wish({ disabled: before.disabled, level: before.level });
    if (wanted.level === rule.level) wanted.level = null;
    if (wanted.disabled === before.disabled && wanted.level === before.level)
      return { tuning: before, outcome: 'already' };
    const now = clock();
    const waits = rule.level === 'critical' && quieter(before, wanted) && !secondOf(before, wanted, by);
    const what = wordsOf(before, wanted, rule.level);
    const entry: RuleTuningEntry = {
      at: now,
      actor: by.id,
      actorName: by.name,
      kind: waits ? 'asked' : kindOf(before, wanted),
      text: `${waits ? 'Asked for: ' : ''}${what}: ${reason.slice(0, MAX_REASON)}`,
    };
    const set = waits
      ? { asked: { ...wanted, at: now, actor: by.id, actorName: by.name } }
      : { disabled: wanted.disabled, level: wanted.level, asked: null };
    const after: RuleTuning = {
      ...before,
      ...set,
      title: rule.title,
      log: [...before.log, entry].slice(-MAX_LOG),
      revision: before.revision + 1,
    };
    const { _id: id, tenant, ...content } = after;
    const written = found
      ? await scope.ruleTunings.update({ _id: id, revision: before.revision }, { $set: content })
      : await scope.ruleTunings.insert(after);
    if (written) return { tuning: after, outcome: waits ? 'asked' : 'done' };
    await sleep(Math.random() * 15 * attempt);
  }
  throw new MdrError(
    'MDR_CONFLICT',
    'the rule was tuned by others meanwhile.',
    'Nothing was changed by you: try again in a moment.',
  );
}

/** Whether less would be heard of the rule than now. Any other level than `critical` is quieter for a critical rule. */
function quieter(before: Wanted, wanted: Wanted): boolean {
  return (wanted.disabled && !before.disabled) || (wanted.level !== null && wanted.level !== before.level);
}

function secondOf({ asked }: RuleTuning, wanted: Wanted, by: By): boolean {
  return asked !== null && asked.actor !== by.id && asked.disabled === wanted.disabled && asked.level === wanted.level;
}

function kindOf(before: Wanted, wanted: Wanted): RuleTuningEntry['kind'] {
  if (wanted.disabled !== before.disabled) return wanted.disabled ? 'disabled' : 'enabled';
  return 'level';
}

function wordsOf(before: Wanted, wanted: Wanted, own: Level): string {
  if (wanted.disabled !== before.disabled) return wanted.disabled ? 'Disabled' : 'Enabled';
  return `Level ${before.level ?? own} → ${wanted.level ?? own}`;
}
