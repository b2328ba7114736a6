import { ACTIONS } from '../../actions/catalog.js';
import { ms } from '../duration.js';
import { parseExpression } from '../expression.js';
import { listsOf, type Phase, type Playbook, type Role, type Step, walk } from '../types.js';
import { CREATOR, EXTENSION, objectId, playbookId } from './ids.js';
import { activity, commandOf, condition, variable, variableType, withVariables } from './render.js';
import type { CacaoPlaybook, CacaoStep } from './types.js';

/** When our playbooks began; it never changes with their versions. */
const CREATED = '2026-11-26T00:00:00.000Z';

/**
 * A playbook as CACAO 2.0. What CACAO has no words for (guards of one step, roles, lanes, retries, loops over things, approvals) is said in
 * manual commands that people can follow, and kept exactly in an extension, from which `fromCacao` reads it again.
 * @param modified the time of this version
 */
export function toCacao(playbook: Playbook, modified: Date): CacaoPlaybook {
  const { id, name, summary, use, for: fits, inputs, outputs, questions, containment, references, steps } = playbook;
  const out = new Exporter(id);
  const begin = out.id('start', 'start');
  out.workflow[begin] = { type: 'start', name: 'Start', on_completion: out.list(steps, out.end('end'), undefined) };
  const own = { id, use, for: fits, inputs, outputs, questions, containment, references };
  const all = [...walk(steps)].map(({ step }) => step);
  const isUsed = (type: string) => Object.values(out.workflow).some((step) => step.type === type);
  return {
    type: 'playbook',
    spec_version: 'cacao-2.0',
    id: playbookId(id),
    name,
    description: summary,
    playbook_types: ['investigation', 'mitigation', 'remediation'],
    playbook_activities: [...out.activities].sort(),
    playbook_processing_summary: {
      manual_playbook: true,
      external_playbooks: isUsed('playbook-action'),
      parallel_processing: isUsed('parallel'),
      if_logic: isUsed('if-condition'),
      while_logic: isUsed('while-condition'),
      switch_logic: isUsed('switch-condition'),
      temporal_logic: all.some((step) => step.timeout !== undefined || step.type === 'wait'),
      extensions: true,
    },
    created_by: CREATOR,
    created: CREATED,
    modified: new Date(Math.max(modified.getTime(), Date.parse(CREATED))).toISOString(),
    labels: ['mdr', use],
    ...(references.length > 0 && {
      external_references: references.map((url) => ({ name: new URL(url).hostname, url })),
    }),
    playbook_variables: variablesOf(playbook, all),
    workflow_start: begin,
    workflow: out.workflow,
    playbook_extensions: { [EXTENSION]: { mdr_playbook: own } },
    agent_definitions: out.agents,
    extension_definitions: {
      [EXTENSION]: {
        type: 'extension-definition',
        name: 'mdr playbook',
        description:
          'What a playbook of mdr says beyond CACAO: roles, lanes, guards, approvals, retries, loops, how to know that a step is done.',
        created_by: CREATOR,
        schema:
          'mdr_playbook: the head of a playbook; mdr_step: a step without those inside it; mdr_helper: a step that only says in CACAO what mdr_step says. playbooks/schema.json of mdr defines them.',
        version: '1.0.0',
      },
    },
  };
}

function variablesOf({ inputs }: Playbook, steps: readonly Step[]): NonNullable<CacaoPlaybook['playbook_variables']> {
  const out: NonNullable<CacaoPlaybook['playbook_variables']> = {};
  for (const [name, { kind, about }] of Object.entries(inputs))
    out[variable(name)] = { type: variableType(kind), description: about, external: true };
  for (const step of steps) {
    if (step.type === 'manual')
      for (const [name, { kind, about }] of Object.entries(step.answers ?? {}))
        out[variable(`${step.id}.${name}`)] = { type: variableType(kind), description: about };
    if (step.type === 'action')
      for (const [name, about] of Object.entries(ACTIONS[step.action]?.gives ?? {}))
        out[variable(`${step.id}.${name}`)] = { type: 'string', description: about };
    if (step.type === 'decision') out[variable(`${step.id}.choice`)] = { type: 'string', description: step.title };
    if (step.type === 'loop') {
      out[variable(step.as)] = { type: 'string', description: `one of ${step.over}` };
      out[variable(`${step.id}.left`)] = { type: 'integer', description: `how many of ${step.over} are left` };
    }
  }
  return out;
}

class Exporter {
  readonly workflow: Record<string, CacaoStep> = {};
  readonly agents: NonNullable<CacaoPlaybook['agent_definitions']> = {};
  readonly activities = new Set<string>();

  constructor(private readonly playbook: string) {}

  id(type: string, name: string): string {
    return objectId(type, this.playbook, name);
  }

  end(name: string): string {
    const id = this.id('end', name);
    this.workflow[id] = { type: 'end', name: 'End' };
    return id;
  }

  private agent(role: Role): string {
    const id = objectId('group', role);
    this.agents[id] = { type: 'group', name: role, description: `The people who are ${role} in this incident` };
    return id;
  }

  /** Steps in order. @returns the id of the first, or of what comes after when there is none */
  list(steps: readonly Step[], after: string, phase: Phase | undefined): string {
    return steps.reduceRight((next, step) => this.step(step, next, step.phase ?? phase), after);
  }

  private branch(steps: readonly Step[], name: string, phase: Phase | undefined): string {
    return this.list(steps, this.end(name), phase);
  }

  private command(
    name: string,
    title: string,
    text: string,
    next: string,
    role: Role,
    phase: Phase | undefined,
    rest: Partial<CacaoStep>,
  ): string {
    const id = this.id('action', name);
    this.activities.add(activity(phase));
    this.workflow[id] = {
      type: 'action',
      name: title,
      on_completion: next,
      commands: [{ type: 'manual', command: text, playbook_activity: activity(phase) }],
      agent: this.agent(role),
      ...rest,
    };
    return id;
  }

  /** @returns the id of the step, or of what stands before it */
  private step(step: Step, next: string, phase: Phase | undefined): string {
    if (step.when === undefined) return this.body(step, next, phase);
    const id = this.id('if-condition', `${step.id} guard`);
    this.workflow[id] = {
      type: 'if-condition',
      name: `Only if: ${step.title}`,
      on_completion: next,
      condition: condition(parseExpression(step.when)),
      on_true: this.body(step, this.end(`${step.id} guard`), phase),
      on_false: this.end(`${step.id} no`),
      step_extensions: { [EXTENSION]: { mdr_helper: 'guard' } },
    };
    return id;
  }

  private body(step: Step, next: string, phase: Phase | undefined): string {
    const extension = { step_extensions: { [EXTENSION]: { mdr_step: bare(step) } } };
    const rest: Partial<CacaoStep> = { ...(step.timeout !== undefined && { timeout: ms(step.timeout) }), ...extension };
    const role = step.type === 'approval' ? step.approver : step.role;
    if (step.type === 'decision') return this.decision(step, next, phase, rest);
    if (step.type === 'parallel')
      return this.put('parallel', step, next, rest, {
        next_steps: step.branches.map((each) => this.branch(each.steps, `${step.id} ${each.id}`, phase)),
      });
    if (step.type === 'loop')
      return this.put('while-condition', step, next, rest, {
        condition: `${variable(`${step.id}.left`)}:value > 0`,
        on_true: this.branch(step.steps, `${step.id} round`, phase),
      });
    if (step.type === 'playbook')
      return this.put('playbook-action', step, next, rest, {
        playbook_id: playbookId(step.playbook),
        description:
          withVariables(
            Object.entries(step.with)
              .map(([name, value]) => `${name}: ${value}`)
              .join('; '),
          ) || undefined,
      });
    if (step.type === 'wait' && step.for !== undefined) rest.delay = ms(step.for);
    const id = this.command(step.id, withVariables(step.title), commandOf(step), next, role, phase, rest);
    if (step.type === 'manual' && step.answers)
      this.workflow[id]!.out_args = Object.keys(step.answers).map((name) => variable(`${step.id}.${name}`));
    if (step.type !== 'action' || !ACTIONS[step.action]?.isDangerous) return id;
    const { title, effect } = ACTIONS[step.action]!;
    const ask = `Approve as a second person, not the one who asks for it: ${withVariables(step.title)} (${title}). Side effect: ${effect}`;
    return this.command(
      `${step.id} approval`,
      `Approve: ${withVariables(step.title)}`,
      ask,
      id,
      step.approver ?? 'incident-lead',
      phase,
      {
        step_extensions: { [EXTENSION]: { mdr_helper: 'approval' } },
      },
    );
  }

  private put(type: string, step: Step, next: string, rest: Partial<CacaoStep>, more: Partial<CacaoStep>): string {
    const id = this.id(type, step.id);
    this.workflow[id] = JSON.parse(
      JSON.stringify({ type, name: withVariables(step.title), on_completion: next, ...more, ...rest }),
    );
    return id;
  }

  private decision(
    step: Extract<Step, { type: 'decision' }>,
    next: string,
    phase: Phase | undefined,
    rest: Partial<CacaoStep>,
  ): string {
    const branches = step.choices.map((choice) => this.branch(choice.steps, `${step.id} ${choice.id}`, phase));
    if (step.choices.some(({ when }) => when !== undefined)) {
      // The first that holds: an if within the other's else.
      let otherwise = branches.at(-1)!;
      for (let i = step.choices.length - 2; i >= 0; i--) {
        const id = this.id('if-condition', i === 0 ? step.id : `${step.id} ${i}`);
        this.workflow[id] = {
          type: 'if-condition',
          name: i === 0 ? withVariables(step.title) : step.choices[i]!.label,
          on_completion: i === 0 ? next : this.end(`${step.id} else ${i}`),
          condition: condition(parseExpression(step.choices[i]!.when!)),
          on_true: branches[i]!,
          on_false: otherwise,
          ...(i === 0 ? rest : { step_extensions: { [EXTENSION]: { mdr_helper: 'choice' } } }),
        };
        otherwise = id;
      }
      return otherwise;
    }
    const id = this.put('switch-condition', step, next, rest, {
      switch: `${variable(`${step.id}.choice`)}:value`,
      cases: Object.fromEntries(step.choices.map((choice, i) => [choice.id, branches[i]!])),
    });
    const ask = `${commandOf(step)} Choose: ${step.choices.map((choice) => `${choice.id} (${choice.label})`).join(', ')}`;
    return this.command(`${step.id} ask`, `Decide: ${withVariables(step.title)}`, ask, id, step.role, phase, {
      out_args: [variable(`${step.id}.choice`)],
      step_extensions: { [EXTENSION]: { mdr_helper: 'ask' } },
    });
  }
}

/** A step without those inside it. */
function bare(step: Step): object {
  if (listsOf(step).length === 0) return step;
  const { steps: _, ...rest } = step as Step & { steps?: unknown };
  if (step.type === 'decision') return { ...rest, choices: step.choices.map(({ steps: __, ...choice }) => choice) };
  if (step.type === 'parallel') return { ...rest, branches: step.branches.map(({ id }) => ({ id })) };
  return rest;
}
