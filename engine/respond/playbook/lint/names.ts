import { ACTIONS } from '../../actions/catalog.js';
import { type Expression, ExpressionError, namesIn, parseExpression } from '../expression.js';
import { holesIn, wholeHole } from '../text.js';
import { isListKind, type Kind, type Placed, type Step } from '../types.js';
import type { Order } from './order.js';
import type { Linted } from './types.js';

/** What a name holds, or why it holds nothing. */
type Found = { kind: Kind | 'any' } | { why: string };

/** Guards and `{names}`: each can be read and holds something when its step begins. */
export function lintNames(linted: Linted, order: Order): void {
  const { playbook, placed, report } = linted;
  for (const at of placed) {
    const { step, path } = at;
    const check = (names: Iterable<string>, where: readonly PropertyKey[]) => {
      for (const name of names) {
        const found = find(linted, order, at, name);
        if ('why' in found) report([...path, ...where], `"${step.id}": {${name}} ${found.why}.`, todoFor(linted, at));
      }
    };
    const checkGuard = (source: string, where: readonly PropertyKey[]) => {
      const read = readGuard(source);
      if (typeof read === 'string') {
        report(
          [...path, ...where],
          `"${step.id}": the guard cannot be read: ${read}.`,
          'Write names, "texts", == != in and or not ( ).',
        );
        return;
      }
      const names = namesIn(read);
      if (names.size === 0)
        report(
          [...path, ...where],
          `"${step.id}": the guard is always the same.`,
          'Delete it, or name what it depends on.',
        );
      check(names, where);
    };
    if (step.when !== undefined) checkGuard(step.when, ['when']);
    for (const [where, text] of textsOf(step)) check(holesIn(text), where);
    if (step.type === 'decision') {
      const guarded = step.choices.filter(({ when }) => when !== undefined).length;
      if (guarded > 0 && (guarded < step.choices.length - 1 || step.choices.at(-1)!.when !== undefined))
        report(
          path,
          `"${step.id}" has guards on some choices.`,
          'Put one on each but the last, which is taken otherwise; or on none, and a person decides.',
        );
      for (const [i, { when }] of step.choices.entries())
        if (when !== undefined) checkGuard(when, ['choices', i, 'when']);
      const ids = step.choices.map(({ id }) => id);
      if (new Set(ids).size < ids.length) report(path, `"${step.id}" has two choices of one id.`, 'Give each its own.');
    }
    if (step.type === 'loop') {
      const name = wholeHole(step.over);
      const found = name === null ? { why: '' } : find(linted, order, at, name);
      if (name === null || ('kind' in found && found.kind !== 'any' && !isListKind(found.kind)))
        report(
          [...path, 'over'],
          `"${step.id}" goes over what is no list.`,
          'Write {name} of an input or answer of many, such as hosts.',
        );
      if (own(playbook.inputs, step.as) || at.around.some((outer) => outer.type === 'loop' && outer.as === step.as))
        report([...path, 'as'], `"${step.id}" calls its item "${step.as}", which is taken.`, 'Choose another name.');
    }
  }
  for (const [name, { from }] of Object.entries(playbook.outputs))
    for (const hole of holesIn(from)) {
      const found = find(linted, order, null, hole);
      if ('why' in found)
        report(
          ['outputs', name],
          `The output "${name}": {${hole}} ${found.why}.`,
          'Name an input, or an answer of a step.',
        );
    }
}

/** The guard, or what is wrong with it. */
function readGuard(source: string): Expression | string {
  try {
    return parseExpression(source);
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}

function textsOf(step: Step): [PropertyKey[], string][] {
  const texts: [PropertyKey[], string][] = [[['title'], step.title]];
  if (step.type === 'manual') texts.push([['do'], step.do], [['doneWhen'], step.doneWhen]);
  if (step.type === 'decision' || step.type === 'approval') texts.push([['ask'], step.ask]);
  if (step.type === 'action' || step.type === 'playbook')
    for (const [name, value] of Object.entries(step.with))
      if (typeof value === 'string') texts.push([['with', name], value]);
  if (step.type === 'loop') texts.push([['over'], step.over]);
  if (step.type === 'finish') texts.push([['outcome'], step.outcome]);
  return texts;
}

/** @param at where it is asked for; null: at the end of the playbook */
function find({ playbook, byId, library, broken }: Linted, order: Order, at: Placed | null, name: string): Found {
  const [first, part] = name.split('.') as [string, string | undefined];
  if (part === undefined) {
    const loop = at?.around.find((outer) => outer.type === 'loop' && outer.as === first);
    if (loop) return { kind: 'any' };
    const input = own(playbook.inputs, first);
    return input ? { kind: input.kind } : { why: 'is no input and no item of a loop around it' };
  }
  const other = byId.get(first);
  if (!other) return { why: `names a step that is not there` };
  const isInOwnChoice = other.step.type === 'decision' && at?.around.includes(other.step);
  if (at && !isInOwnChoice && !order.isBefore(first, at.step.id))
    return { why: 'is not known yet when the step begins' };
  if (other.around.some((outer) => outer.type === 'loop' && !at?.around.includes(outer)))
    return { why: 'is inside a loop and has many values' };
  if (other.step.type === 'playbook' && broken.has(other.step.playbook)) return { kind: 'any' };
  const kind = answerOf(other.step, part, library);
  return kind ? { kind } : { why: `is nothing that "${first}" answers` };
}

function answerOf(step: Step, part: string, library: Linted['library']): Kind | 'any' | null {
  if (step.type === 'manual') return own(step.answers, part)?.kind ?? null;
  if (step.type === 'decision') return part === 'choice' ? 'text' : null;
  if (step.type === 'action') return own(own(ACTIONS, step.action)?.gives, part) === undefined ? null : 'text';
  if (step.type === 'playbook') return own(library.get(step.playbook)?.outputs, part) ? 'any' : null;
  return null;
}

function todoFor({ playbook }: Linted, { around }: Placed): string {
  const items = around.flatMap((outer) => (outer.type === 'loop' ? [outer.as] : []));
  const known = [...Object.keys(playbook.inputs), ...items].join(', ');
  return `Known here: ${known || 'no input'}; and <step>.<answer> of steps before it.`;
}

/** What a record itself holds: names come from files. */
const own = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  record && Object.hasOwn(record, name) ? record[name] : undefined;
