import type { CacaoPlaybook, CacaoStep } from './types.js';

/** Where a step leads inside of itself. */
export const branchesOf = (step: CacaoStep): string[] =>
  [step.on_true, step.on_false, ...(step.next_steps ?? []), ...Object.values(step.cases ?? {})].filter(
    (id) => id !== undefined,
  );
const nextOf = (step: CacaoStep): string[] =>
  [step.on_completion, step.on_success, step.on_failure].filter((id) => id !== undefined);

/** What the specification asks of a playbook beyond the form of its parts: what refers to what. */
export function graphProblems(playbook: CacaoPlaybook): string[] {
  const out: string[] = [];
  const { workflow, workflow_start: start } = playbook;
  const types = Object.values(workflow).map(({ type }) => type);
  if (Date.parse(playbook.modified) < Date.parse(playbook.created)) out.push('modified is before created');
  if (!Object.hasOwn(workflow, start)) out.push('workflow_start is no step of the workflow');
  if (types.filter((type) => type === 'start').length !== 1) out.push('there must be one start step');
  if (!types.includes('end')) out.push('there is no end step');
  if (!types.some((type) => type === 'action' || type === 'playbook-action')) out.push('there is no action step');
  if (playbook.playbook_types?.length && !playbook.playbook_activities?.length)
    out.push('playbook_types without playbook_activities');
  const done = new Set(
    Object.values(workflow).flatMap(({ commands }) => (commands ?? []).map((command) => command.playbook_activity)),
  );
  for (const activity of playbook.playbook_activities ?? [])
    if (!done.has(activity)) out.push(`no step has the activity ${activity}`);
  const uuids = new Map<string, string>();
  const everywhere = [
    playbook.id,
    ...Object.keys(workflow),
    ...Object.keys(playbook.agent_definitions ?? {}),
    ...Object.keys(playbook.extension_definitions ?? {}),
  ];
  for (const id of everywhere) {
    const uuid = id.slice(id.lastIndexOf('--') + 2).toLowerCase();
    if (uuids.has(uuid)) out.push(`${id} and ${uuids.get(uuid)} share a UUID`);
    uuids.set(uuid, id);
  }
  const used = [playbook.playbook_extensions, ...Object.values(workflow).map((step) => step.step_extensions)].flatMap(
    (each) => Object.keys(each ?? {}),
  );
  for (const id of new Set(used)) if (!playbook.extension_definitions?.[id]) out.push(`${id} is not defined`);
  for (const [id, step] of Object.entries(workflow)) {
    if (!id.startsWith(`${step.type}--`)) out.push(`${id} is a ${step.type}`);
    if (step.type !== 'end' && step.type !== 'start' && !step.on_completion && !step.on_success)
      out.push(`${id} leads nowhere`);
    if (step.type === 'start' && !step.on_completion) out.push(`${id} leads nowhere`);
    if (step.on_completion && (step.on_success || step.on_failure))
      out.push(`${id} has on_completion beside on_success or on_failure`);
    if (step.type === 'action' && !playbook.agent_definitions?.[step.agent!])
      out.push(`${id}: its agent is not defined`);
    for (const to of [...nextOf(step), ...branchesOf(step)]) {
      if (!Object.hasOwn(workflow, to)) out.push(`${id} leads to ${to}, which is not there`);
      else if (workflow[to]!.type === 'start') out.push(`${id} leads back to the start`);
    }
    for (const name of [...(step.in_args ?? []), ...(step.out_args ?? [])])
      if (!playbook.playbook_variables?.[name]) out.push(`${id}: ${name} is no variable`);
  }
  return out.length > 0 ? out : branchProblems(workflow, start);
}

/** Every branch ends in an end step of its own, every step is reached, and none comes back to itself. */
function branchProblems(workflow: Record<string, CacaoStep>, start: string): string[] {
  const out: string[] = [];
  const reached = new Set<string>();
  const ends = new Map<string, string>();
  const todo = [{ from: start, name: 'the playbook' }];
  while (todo.length > 0) {
    const { from, name } = todo.pop()!;
    const seen = new Set<string>();
    const line = [from];
    while (line.length > 0) {
      const id = line.pop()!;
      if (seen.has(id)) continue;
      seen.add(id);
      reached.add(id);
      const step = workflow[id]!;
      if (step.type === 'end') {
        const other = ends.get(id);
        if (other !== undefined && other !== name)
          out.push(`${id} ends ${other} and ${name}: each branch has an end step of its own`);
        ends.set(id, name);
      }
      for (const next of branchesOf(step))
        if (!reached.has(next) || workflow[next]!.type === 'end') todo.push({ from: next, name: `${id} > ${next}` });
      line.push(...nextOf(step));
    }
    if (todo.length > 10_000) return ['its branches lead back into each other'];
  }
  for (const id of Object.keys(workflow)) if (!reached.has(id)) out.push(`${id} is never reached`);
  return out;
}
