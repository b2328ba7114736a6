import { MdrError } from '../../engine/errors.js';
import { zoneOf } from '../../engine/notify/policy.js';
import { taskOf } from '../../engine/respond/case/changes/tasks.js';
import type { Change } from '../../engine/respond/case/types.js';
import type { Case, CaseTask, Lane } from '../../engine/store/cases.js';
import { isAtLeast } from '../../engine/store/people.js';
import type { Card } from '../cards/card.js';
import { taskLine } from '../cards/case.js';
import { counted } from '../cards/labels.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { takeWhen } from '../words/when.js';
import { caseFor, done, nameOf, someone, takeCase, type Verb, wrongCase } from './words.js';

const MAX_LISTED = 60;
const KEYWORD = /^(owner|due|after|lane|items?):(.*)$/is;
const VERBS = ['done', 'drop', 'open', 'owner', 'due', 'after', 'check', 'uncheck', 'item'] as const;

export const task: Verb = {
  name: 'task',
  usage: '[n] <what is to be done…> [owner: name] [due: 4h] [after: T1] [lane: customer] [items: a; b]',
  example: 'case task 4 take an image of ws01 owner: me due: 4h',
  says: `adds a task; or changes one: ${VERBS.join(', ')} and its name, as in case task 4 done T1; alone, lists them`,
  role: 'viewer',
  both: true,
  async run(context, args) {
    const { number, rest } = takeCase(task, context, args, false);
    const record = await caseFor(context, number);
    const [word, id, ...more] = rest;
    if (word === undefined) return listed(context, record);
    const verb = VERBS.find((each) => each === word.toLowerCase());
    if (verb && /^t\d{1,3}$/i.test(id ?? '')) return change(context, record, verb, id!, more);
    checkProvider(context);
    return done(context, number, await added(context, rest));
  },
};

/** The customer's people do their own tasks; everything else is the provider's. @throws MdrError MDR_FORBIDDEN */
function checkProvider({ internal, role }: Context): void {
  if (internal && role !== 'viewer') return;
  throw new MdrError(
    'MDR_FORBIDDEN',
    internal
      ? 'tasks need the role responder.'
      : "tasks are given by the provider's people, in the provider's own channels.",
    internal
      ? 'Ask an administrator of this service.'
      : 'What is yours to do you can set to done: /mdr case task <n> done T1.',
  );
}

/** Whoever sees a task of the customer's lane may say that it is done. @throws MdrError MDR_FORBIDDEN */
export function checkTask(context: Context, verb: string): void {
  const isTheirs = !context.internal && ['done', 'open', 'check', 'uncheck'].includes(verb);
  if (!isTheirs) checkProvider(context);
}

/** A task that is a step of a playbook is for responders and whoever has it. @throws MdrError MDR_FORBIDDEN */
export function checkStep({ role, person }: Context, { id, how, owner }: CaseTask): void {
  if (!how || isAtLeast(role, 'responder') || owner?.id === person._id) return;
  throw new MdrError(
    'MDR_FORBIDDEN',
    `${id} is a step of a playbook, which needs the role responder.`,
    'Ask somebody who has that role, or whose task it is.',
  );
}

async function change(
  context: Context,
  record: Case,
  verb: (typeof VERBS)[number],
  id: string,
  words: readonly string[],
): Promise<Card> {
  checkTask(context, verb);
  const found = taskOf(record, id);
  checkStep(context, found);
  const { id: name } = found;
  const reason = words.join(' ');
  const make = async (): Promise<Change> => {
    switch (verb) {
      case 'done':
      case 'drop':
      case 'open':
        return { kind: 'task-state', task: name, to: verb === 'drop' ? 'dropped' : verb, reason };
      case 'owner':
        return { kind: 'task-owner', task: name, owner: await ownerIn(context, reason), reason: '' };
      case 'due':
        return { kind: 'task-due', task: name, due: dueIn(context, words), reason: '' };
      case 'after':
        return { kind: 'task-after', task: name, after: idsIn(reason), reason: '' };
      case 'item':
        return { kind: 'task-check', task: name, item: 0, done: false, text: reason };
      default:
        return {
          kind: 'task-check',
          task: name,
          item: Number(/^\d{1,3}$/.exec(words[0] ?? '')?.[0] ?? 0),
          done: verb === 'check',
        };
    }
  };
  return done(context, record.number, await make());
}

/** What was said of a new task: words, then what follows `owner:`, `due:`, `after:`, `lane:` and `items:`. */
async function added(context: Context, words: readonly string[]): Promise<Change> {
  const parts: Record<string, string[]> = { title: [] };
  let at = 'title';
  for (const word of words) {
    const [, key, value] = KEYWORD.exec(word) ?? [];
    if (key) {
      at = key.toLowerCase().replace(/s$/, '');
      parts[at] = [];
    }
    const said = key ? value!.trim() : word;
    if (said !== '') parts[at]!.push(said);
  }
  const { title = [], owner, due, after, lane, item } = parts;
  if (title.length === 0) throw wrongCase(task, 'what is to be done?');
  const side = lane?.join(' ').toLowerCase() ?? 'provider';
  if (side !== 'provider' && side !== 'customer')
    throw wrongCase(task, `"${clip(side, 40)}" is no lane: provider or customer.`);
  return {
    ...{ kind: 'task-add', title: title.join(' '), lane: side satisfies Lane, after: idsIn(after?.join(' ') ?? '') },
    owner: owner ? await ownerIn(context, owner.join(' ')) : null,
    due: due ? dueIn(context, due.join(' ').split(/\s+/)) : null,
    checklist: (item ?? [])
      .join(' ')
      .split(/[;\n]/)
      .map((line) => line.trim())
      .filter(Boolean),
  };
}

const ownerIn = async (context: Context, word: string): Promise<{ id: string; name: string } | null> =>
  /^(nobody|none|-)?$/i.test(word) ? null : nameOf(await someone(task, context, word));

const idsIn = (text: string): string[] => text.split(/[\s,]+/).filter((id) => /^t\d{1,3}$/i.test(id));

/** @throws MdrError MDR_COMMAND_USAGE */
function dueIn({ tenant, clock }: Context, words: readonly string[]): number | null {
  if (/^(never|none|-)?$/i.test(words.join(' '))) return null;
  const when = takeWhen(words, zoneOf(tenant.tenant), clock());
  if (when && when.rest.length === 0) return when.due;
  throw wrongCase(task, `"${clip(words.join(' '), 40)}" is no time: write 4h, tomorrow 08:30 or friday.`);
}

function listed({ tenant: { tenant }, internal }: Context, record: Case): Card {
  const left = record.tasks.length - MAX_LISTED;
  const items = record.tasks
    .slice(-MAX_LISTED)
    .flatMap((one) => [
      taskLine(record, one),
      ...(one.how && one.state === 'open'
        ? [`${one.id}: ${clip(one.how.do, 400)} Done when: ${clip(one.how.doneWhen, 200)}`]
        : []),
      ...one.checklist.map(
        ({ text, done: isDone }, i) => `${one.id}, ${i + 1}. [${isDone ? 'x' : ' '}] ${clip(text, 200)}`,
      ),
    ]);
  return {
    title: `Tasks of case ${record.number} of ${tenant.name} (${tenant._id}): ${counted(record.tasks.length, 'task')}`,
    tone: 'neutral',
    blocks: [
      ...(left > 0 ? [{ kind: 'note' as const, text: `and ${left} earlier ones` }] : []),
      ...(items.length > 0 ? [{ kind: 'list' as const, items }] : []),
      {
        kind: 'note',
        text: record.tasks.some(({ state }) => state === 'open')
          ? ['Next: ', { code: `/mdr case task ${record.number} done T1` }, ' when it is done.']
          : internal
            ? ['Next: ', { code: `/mdr case task ${record.number} <what is to be done>` }, ' adds one.']
            : 'Nothing to do.',
      },
    ],
  };
}
