import { stringify } from 'yaml';
import type { Playbook, Step } from './types.js';

/** A playbook as a file: what has its default is left out, so that people write and read the same. */
export const toYaml = (playbook: Playbook): string =>
  `# yaml-language-server: $schema=schema.json\n${stringify({ ...withoutEmpty({ ...playbook }), steps: playbook.steps.map(plain) }, { lineWidth: 120, aliasDuplicateObjects: false })}`;

function plain(step: Step): object {
  const { role, lane, onFail, tags, ...rest } = step;
  const out: Record<string, unknown> = { ...rest };
  if (role !== 'analyst') out.role = role;
  if (lane !== 'provider') out.lane = lane;
  if (onFail !== 'ask') out.onFail = onFail;
  if (tags.length > 0) out.tags = tags;
  if ((step.type === 'action' || step.type === 'playbook') && Object.keys(step.with).length === 0) delete out.with;
  if (step.type === 'loop' && !step.atOnce) delete out.atOnce;
  if (step.type === 'loop') out.steps = step.steps.map(plain);
  if (step.type === 'decision')
    out.choices = step.choices.map((choice) => ({ ...choice, steps: choice.steps.map(plain) }));
  if (step.type === 'parallel')
    out.branches = step.branches.map((branch) => ({ ...branch, steps: branch.steps.map(plain) }));
  return out;
}

const withoutEmpty = (record: object): object =>
  Object.fromEntries(
    Object.entries(record).filter(
      ([, value]) => value !== undefined && Object.keys(Object(value)).length + (typeof value === 'string' ? 1 : 0) > 0,
    ),
  );
