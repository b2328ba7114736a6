import { ACTIONS } from '../../actions/catalog.js';
import type { Expression } from '../expression.js';
import type { Kind, Phase, Step } from '../types.js';

/** The name of a variable: `look.real` is `__look_real__`. */
export const variable = (name: string): string => `__${name.replace('.', '_')}__`;

const TYPES: Partial<Record<Kind, string>> = { 'yes-no': 'bool', number: 'float', url: 'uri' };
export const variableType = (kind: Kind): string => TYPES[kind] ?? 'string';

/** `{host}` in a text is `__host__:value` in a command. */
export const withVariables = (text: string): string =>
  text.replace(/\{([a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)?)\}/g, (_, name: string) => `${variable(name)}:value`);

/** A guard as a comparison of STIX patterning. */
export function condition(expression: Expression): string {
  switch (expression.op) {
    case 'value':
      return `'${expression.value}'`;
    case 'name':
      return `${variable(expression.name)}:value != ''`;
    case 'not':
      return `NOT (${condition(expression.of)})`;
    case 'and':
    case 'or':
      return `(${condition(expression.left)} ${expression.op.toUpperCase()} ${condition(expression.right)})`;
    default: {
      const sign = { '==': '=', '!=': '!=', in: 'IN' }[expression.op];
      return `${operand(expression.left)} ${sign} ${operand(expression.right)}`;
    }
  }
}

const operand = (expression: Expression): string =>
  expression.op === 'name'
    ? `${variable(expression.name)}:value`
    : `(${condition(expression)})`.replace(/^\(('[^']*')\)$/, '$1');

/** What a person reads in the command of a step. */
export function commandOf(step: Step): string {
  switch (step.type) {
    case 'manual':
      return withVariables(`${step.do} Done when: ${step.doneWhen}`);
    case 'action': {
      const args = Object.entries(step.with).map(([name, value]) => `${name}: ${value}`);
      return withVariables(`${ACTIONS[step.action]?.title ?? step.action} (${[step.action, ...args].join(', ')})`);
    }
    case 'approval':
    case 'decision':
      return withVariables(step.ask);
    case 'wait':
      return step.for === undefined ? `Wait until ${step.until}` : `Wait for ${step.for}`;
    case 'finish':
      return withVariables(`End here: ${step.outcome}`);
    default:
      return withVariables(step.title);
  }
}

const ACTIVITY: Record<Phase, string> = {
  triage: 'analyze-collected-data',
  evidence: 'scan-system',
  contain: 'restrict-access',
  eradicate: 'eliminate-risk',
  recover: 'restore-capabilities',
  communicate: 'deliver-content',
  learn: 'analyze-engagement-results',
};
/** Of the specification's vocabulary of activities. */
export const activity = (phase: Phase | undefined): string => ACTIVITY[phase ?? 'triage'];
