import { type Finding, MAX_EVIDENCE, MAX_RELATED, type Model } from './models/types.js';

type Named = Pick<Model, 'name' | 'techniques' | 'tactic'>;

/** A finding of a model, its lists cut to what a finding may hold. @param key what it is about; the model's name is put before it */
export const findingOf = (
  model: Named,
  key: string,
  {
    related = [],
    score,
    ...rest
  }: Omit<Finding, 'model' | 'key' | 'techniques' | 'tactic' | 'related'> & {
    related?: readonly string[];
    techniques?: readonly string[];
    tactic?: string;
  },
): Finding => ({
  techniques: model.techniques,
  tactic: model.tactic,
  ...rest,
  model: model.name,
  key: `${model.name}:${key}`,
  related: related.slice(0, MAX_RELATED),
  evidence: rest.evidence.slice(-MAX_EVIDENCE),
  score: Math.max(0, Math.min(1, score)),
});
