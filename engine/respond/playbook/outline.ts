import { ACTIONS } from '../actions/catalog.js';
import { listsOf, type Playbook, type Step } from './types.js';

/** A playbook as people read it, in Markdown. */
export function outline(playbook: Playbook, version: string): string {
  const { name, id, summary, for: fits, inputs, questions, containment, steps, references } = playbook;
  const lines = [`# ${name}`, '', `\`${id}\`, version ${version.slice(0, 12)}`, '', summary, ''];
  const section = (title: string, list: string[]) => list.length > 0 && lines.push(`## ${title}`, '', ...list, '');
  section(
    'Fits',
    Object.entries(fits ?? {}).map(([key, list]) => `- ${key}: ${list.join(', ')}`),
  );
  section(
    'Needs',
    Object.entries(inputs).map(
      ([key, { kind, about, optional }]) => `- ${key} (${kind}${optional ? ', optional' : ''}): ${about}`,
    ),
  );
  section(
    'Find out first',
    questions.map(({ ask, why }) => `- ${ask} _${why}_`),
  );
  section(
    'Containment',
    containment.map(({ option, effect, choose }) => `- **${option}.** ${effect} _When: ${choose}_`),
  );
  section('Steps', stepLines(steps, 0));
  section(
    'References',
    references.map((each) => `- ${each}`),
  );
  return `${lines.join('\n').trimEnd()}\n`;
}

function stepLines(steps: readonly Step[], depth: number): string[] {
  const indent = '  '.repeat(depth);
  return steps.flatMap((step, i) => {
    const who = step.type === 'manual' || step.type === 'decision' ? ` [${step.role}, ${step.lane}]` : '';
    const when = step.when === undefined ? '' : ` (when ${step.when})`;
    const head = `${indent}${i + 1}. ${step.title}${who}${when}`;
    const more = [bodyOf(step), ...(step.needs ? [`after ${step.needs.join(', ')}`] : [])]
      .filter(Boolean)
      .map((text) => `${indent}   ${text}`);
    const inner = listsOf(step).flatMap(({ steps: list }, at) => [
      ...(step.type === 'decision' ? [`${indent}   - ${step.choices[at]!.label}:`] : []),
      ...(step.type === 'parallel' ? [`${indent}   - ${step.branches[at]!.id}:`] : []),
      ...stepLines(list, depth + 2),
    ]);
    return [head, ...more, ...inner];
  });
}

function bodyOf(step: Step): string {
  switch (step.type) {
    case 'manual':
      return `${step.do} Done when: ${step.doneWhen}`;
    case 'action': {
      const spec = ACTIONS[step.action];
      return `${step.action}${spec?.isDangerous ? `, approved by ${step.approver ?? 'incident-lead'}` : ''}${spec?.undo ? `, undone by ${spec.undo}` : ''}`;
    }
    case 'decision':
    case 'approval':
      return step.ask;
    case 'wait':
      return step.for ? `for ${step.for}` : `until ${step.until}, at most ${step.timeout}`;
    case 'playbook':
      return `see ${step.playbook}`;
    case 'loop':
      return `for each ${step.as} of ${step.over}${step.atOnce ? ', all at once' : ''}`;
    case 'finish':
      return `ends: ${step.outcome}`;
    case 'parallel':
      return 'at the same time';
  }
}
