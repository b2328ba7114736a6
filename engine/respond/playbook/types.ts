/** The phases of a response, in order. `learn` is what NIST SP 800-61r3 calls improvement. */
export const PHASES = ['triage', 'evidence', 'contain', 'eradicate', 'recover', 'communicate', 'learn'] as const;
export type Phase = (typeof PHASES)[number];

export const ROLES = ['incident-lead', 'analyst', 'customer-lead', 'communications', 'legal'] as const;
export type Role = (typeof ROLES)[number];

export type Lane = 'provider' | 'customer';

/** What an input, an output or an answer holds. The plural of each is a list of it. */
export const KINDS = [
  'text',
  'yes-no',
  'number',
  'host',
  'hosts',
  'user',
  'users',
  'ip',
  'ips',
  'domain',
  'domains',
  'url',
  'urls',
  'mail',
  'mails',
  'observable',
  'observables',
] as const;
export type Kind = (typeof KINDS)[number];
export const isListKind = (kind: Kind): boolean => kind.endsWith('s');

/** What a step does when it fails: a person decides; go on; end the run; take back what was done and end the run. */
export const ON_FAIL = ['ask', 'continue', 'stop', 'rollback'] as const;
export type OnFail = (typeof ON_FAIL)[number];

export interface Input {
  kind: Kind;
  about: string;
  optional?: boolean;
}

export interface Output {
  /** `{name}` of something that is known at the end. */
  from: string;
  about: string;
}

interface Base {
  /** Unique in the playbook; other steps and guards name it. */
  id: string;
  title: string;
  /** That of the step around it when it is not given. */
  phase?: Phase;
  role: Role;
  lane: Lane;
  /** A guard: the step is skipped when it is false. */
  when?: string;
  /** Steps elsewhere in the playbook that must be over before this one begins. */
  needs?: string[];
  /** After this time it has failed. `30m`. */
  timeout?: string;
  /** How often it is tried again after a failure, and after what time. */
  retries?: { times: number; every: string };
  onFail: OnFail;
  /** CSF 2.0 category `RS.MI`, RE&CT action `RA3101`, D3FEND technique `D3-NI`. */
  tags: string[];
  note?: string;
}

export type ManualStep = Base & {
  type: 'manual';
  do: string;
  /** How to know that it is done. */
  doneWhen: string;
  /** What the person answers: `<step>.<name>` later on. */
  answers?: Record<string, { kind: Kind; about: string }>;
};
export type ActionStep = Base & {
  type: 'action';
  /** Of `engine/respond/actions/catalog.ts`. */
  action: string;
  with: Record<string, string | number | boolean>;
  /** Who approves; a dangerous action always needs somebody, the incident lead unless it says otherwise. */
  approver?: Role;
};
export interface Choice {
  id: string;
  label: string;
  /** With guards on all but the last choice nobody is asked: the first that is true is taken. */
  when?: string;
  steps: Step[];
}
export type DecisionStep = Base & { type: 'decision'; ask: string; choices: Choice[] };
export type ParallelStep = Base & { type: 'parallel'; branches: { id: string; steps: Step[] }[] };
/** For a time, or until something happens (`until`, the name of a signal). */
export type WaitStep = Base & { type: 'wait'; for?: string; until?: string };
export type ApprovalStep = Base & { type: 'approval'; ask: string; approver: Role };
export type SubStep = Base & { type: 'playbook'; playbook: string; with: Record<string, string | number | boolean> };
export type LoopStep = Base & { type: 'loop'; over: string; as: string; atOnce: boolean; steps: Step[] };
/** Ends the playbook: what stands after it in the same list is never reached. */
export type FinishStep = Base & { type: 'finish'; outcome: string };

export type Step =
  | ManualStep
  | ActionStep
  | DecisionStep
  | ParallelStep
  | WaitStep
  | ApprovalStep
  | SubStep
  | LoopStep
  | FinishStep;

/** Which alerts a playbook fits. */
export interface Fits {
  /** ATT&CK technique ids; a technique stands for its sub-techniques. */
  techniques?: string[];
  /** `mdr.response` of rules. */
  responses?: string[];
  /** Further tags of rules, or kinds of alert, such as `cve` or `model:dns-tunnel`. */
  tags?: string[];
}

export interface Playbook {
  id: string;
  name: string;
  /** One of an incident, or a part that others use. */
  use: 'incident' | 'part';
  summary: string;
  for?: Fits;
  inputs: Record<string, Input>;
  outputs: Record<string, Output>;
  /** What to find out first, and why it matters. */
  questions: { ask: string; why: string }[];
  /** Ways to contain it, and what each of them costs. */
  containment: { option: string; effect: string; choose: string }[];
  references: string[];
  steps: Step[];
}

/** The lists of steps directly inside a step, each with where it stands in it. */
export function listsOf(step: Step): { steps: Step[]; at: PropertyKey[] }[] {
  if (step.type === 'decision') return step.choices.map(({ steps }, i) => ({ steps, at: ['choices', i, 'steps'] }));
  if (step.type === 'parallel') return step.branches.map(({ steps }, i) => ({ steps, at: ['branches', i, 'steps'] }));
  return step.type === 'loop' ? [{ steps: step.steps, at: ['steps'] }] : [];
}

export interface Placed {
  step: Step;
  /** Where it stands in the file: `['steps', 2]`. */
  path: PropertyKey[];
  /** The steps around it, outermost first. */
  around: readonly Step[];
}

/** Every step, each before those inside it. */
export function* walk(
  steps: readonly Step[],
  path: PropertyKey[] = ['steps'],
  around: readonly Step[] = [],
): Generator<Placed> {
  for (const [i, step] of steps.entries()) {
    yield { step, path: [...path, i], around };
    for (const { steps: inner, at } of listsOf(step)) yield* walk(inner, [...path, i, ...at], [...around, step]);
  }
}
