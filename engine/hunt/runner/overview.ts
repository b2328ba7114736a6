import type { Redis } from 'ioredis';
import { round, times } from '../../say.js';
import type { TenantStore } from '../../store/index.js';
import type { RuleTuning } from '../../store/ruletunings.js';
import { type Verdicts, verdictsOf } from '../../triage/trust.js';
import type { Model } from '../models/types.js';
import { type Drift, driftOf } from './drift.js';
import { ruleIdOf } from './found.js';
import { kept } from './keep.js';
import { type Threshold, tuned } from './threshold.js';
import type { ModelRecord, TenantRecord } from './types.js';

const DAY = 86_400_000;
/** A model that has not run for so long is not running. */
const STALE_MS = 3_600_000;
/** Further behind than this, it is behind. */
const BEHIND_MS = 2 * 3_600_000;
const SILENT_DAYS = 7;

export type Health = 'off' | 'failing' | 'waiting' | 'no data' | 'behind' | 'learning' | 'ready';

/** How one model stands at one tenant. */
export interface Standing {
  model: Model;
  /** null: it never ran here. */
  record: ModelRecord | null;
  health: Health;
  /** Why it is in that state, in words. */
  why: string;
  /** Days that its baseline reaches back. */
  days: number;
  threshold: Threshold;
  drift: Drift;
  verdicts: Verdicts | null;
  tuning: RuleTuning | null;
}

/** How the models stand at a tenant, for people. */
export async function standings(
  scope: TenantStore,
  { redis, prefix }: { redis: Redis; prefix: string },
  models: readonly Model[],
  now: number,
): Promise<{ standings: Standing[]; about: TenantRecord }> {
  const rules = models.map(({ name }) => ruleIdOf(name));
  const [{ models: records, tenant: about }, tunings, verdicts] = await Promise.all([
    kept(redis, prefix, scope.id).records(),
    scope.ruleTunings.find({ rule: { $in: rules } }, { limit: rules.length }),
    verdictsOf(scope),
  ]);
  return {
    about,
    standings: models.map((model) => {
      const rule = ruleIdOf(model.name);
      const record = records.get(model.name) ?? null;
      const tuning = tunings.find((each) => each.rule === rule) ?? null;
      const days = record && record.last > 0 ? (record.last - record.first) / DAY : 0;
      return {
        model,
        record,
        days,
        tuning,
        ...healthOf(model, record, days, tuning, now),
        threshold: record?.threshold ?? tuned(model.speaks, undefined, null),
        drift: driftOf(record?.days ?? [], Math.floor((record?.position ?? 0) / DAY)),
        verdicts: verdicts.get(rule) ?? null,
      };
    }),
  };
}

function healthOf(
  { needs, baseline }: Model,
  record: ModelRecord | null,
  days: number,
  tuning: RuleTuning | null,
  now: number,
): { health: Health; why: string } {
  if (tuning?.disabled) return { health: 'off', why: 'switched off here; it goes on learning' };
  if (!record)
    return { health: 'waiting', why: 'it has not run here yet: there are no events in the lake, or no worker runs' };
  if (record.failed && record.failed.at === record.at)
    return {
      health: 'failing',
      why: `it failed ${times(record.failed.times, 'time')} in a row, the last time with: ${record.failed.why}`,
    };
  if (record.events === 0)
    return {
      health: 'no data',
      why: `no event with ${missing(needs, record)} has come: it needs ${needs.data}`,
    };
  if (record.position - record.last > SILENT_DAYS * DAY)
    return {
      health: 'no data',
      why: `nothing for it has come for ${round((record.position - record.last) / DAY)} days: it needs ${needs.data}`,
    };
  const behind = now - record.position;
  if (behind > BEHIND_MS)
    return {
      health: 'behind',
      why: `${round(behind / 3_600_000)} hours behind${now - record.at > STALE_MS ? '; it has not run for an hour: does a worker run?' : ', and catching up'}`,
    };
  if (days < baseline.days)
    return { health: 'learning', why: `${Math.floor(days)} of ${baseline.days} days of baseline` };
  return { health: 'ready', why: baseline.days > 0 ? `baseline of ${Math.floor(days)} days` : 'it needs no baseline' };
}

/** What a model needs, in names of fields. */
export const neededText = ({ fields, oneOf }: Model['needs']): string =>
  [...fields, ...(oneOf ? [`one of ${oneOf.join(' / ')}`] : [])].join(', ');

/** The fields that never came, or all of them where each came but never together. */
function missing(needs: Model['needs'], record: ModelRecord): string {
  const never = needs.fields.filter((field) => !record.fields[field]);
  return never.length > 0 ? never.join(', ') : `${neededText(needs)} together`;
}
