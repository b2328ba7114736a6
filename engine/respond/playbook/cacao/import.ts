import { MdrError } from '../../../errors.js';
import { playbookSchema } from '../schema.js';
import type { Playbook, Step } from '../types.js';
import { checkCacao } from './check.js';
import { EXTENSION, playbookId } from './ids.js';
import { commandOf, withVariables } from './render.js';
import type { CacaoPlaybook, CacaoStep } from './types.js';

export const MAX_CACAO_BYTES = 1 << 20;
const MAX_TEXT = 1900;
const MOST_DEEP = 8;

const bad = (what: string, todo: string) => new MdrError('MDR_PLAYBOOK_CACAO', what, todo);

/**
 * A CACAO 2.0 playbook as one of ours. Steps that we exported are read from their extension; of the rest each command becomes a manual step,
 * whatever its type: nobody's commands run here. Loops and what else has no counterpart becomes a manual step with a note.
 * @param ids our ids of playbooks that it may refer to
 * @throws MdrError MDR_PLAYBOOK_CACAO
 */
export function fromCacao(text: string, ids: readonly string[] = []): { playbook: Playbook; notes: string[] } {
  if (Buffer.byteLength(text) > MAX_CACAO_BYTES)
    throw bad('The file is too large.', `At most ${MAX_CACAO_BYTES >> 10} KiB are read.`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw bad(`It is not JSON: ${(cause as Error).message}.`, 'Give a CACAO 2.0 playbook as JSON.');
  }
  const problems = checkCacao(parsed);
  if (problems.length > 0)
    throw bad(
      `It is no valid CACAO 2.0 playbook: ${problems.slice(0, 3).join('; ')}.`,
      'Correct it, or ask its producer.',
    );
  const source = parsed as CacaoPlaybook;
  const reader = new Importer(source, new Map(ids.map((id) => [playbookId(id), id])));
  const start = source.workflow[source.workflow_start]!;
  const steps = reader.list(start.on_completion ?? start.on_success, 0);
  const own = ownPart(source.playbook_extensions, 'mdr_playbook');
  const head = own ?? {
    id: slug(source.name),
    use: 'part',
    references: (source.external_references ?? []).flatMap(({ url }) => (url && URL.canParse(url) ? [url] : [])),
  };
  const summary = (source.description || source.name).slice(0, MAX_TEXT);
  const read = playbookSchema.safeParse({ ...head, name: source.name.slice(0, 200), summary, steps });
  if (!read.success) {
    const issue = read.error.issues[0]!;
    throw bad(
      `It cannot be said in our language: ${issue.path.join('.')}: ${issue.message}.`,
      'Split it, or write it anew with `mdr playbook new`.',
    );
  }
  return { playbook: read.data, notes: reader.notes };
}

function ownPart(extensions: Record<string, object> | undefined, name: string): Record<string, unknown> | undefined {
  const extension =
    extensions && Object.hasOwn(extensions, EXTENSION) ? (extensions[EXTENSION] as Record<string, unknown>) : undefined;
  const part = extension && Object.hasOwn(extension, name) ? extension[name] : undefined;
  return typeof part === 'object' && part !== null && !Array.isArray(part)
    ? (part as Record<string, unknown>)
    : undefined;
}
const helperOf = ({ step_extensions }: CacaoStep): unknown =>
  (step_extensions?.[EXTENSION] as { mdr_helper?: unknown } | undefined)?.mdr_helper;

const slug = (name: string): string => {
  const id = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replace(/^[-0-9]+|-+$/g, '');
  return id === '' || id === 'constructor' ? 'imported' : id;
};

class Importer {
  readonly notes: string[] = [];
  private readonly taken = new Set<string>();

  constructor(
    private readonly source: CacaoPlaybook,
    private readonly known: ReadonlyMap<string, string>,
  ) {}

  /** The steps from one id to the end of its branch. */
  list(from: string | undefined, depth: number): unknown[] {
    if (depth > MOST_DEEP)
      throw bad('Its branches are nested too deep.', `At most ${MOST_DEEP} levels can be taken over.`);
    const out: unknown[] = [];
    const seen = new Set<string>();
    let guard: CacaoStep | undefined;
    for (let id = from; id !== undefined; ) {
      const step: CacaoStep = this.source.workflow[id]!;
      if (step.type === 'end') break;
      if (seen.has(id))
        throw bad(`Its steps come back to "${step.name ?? id}".`, 'Loops are written as while-condition.');
      seen.add(id);
      if (step.on_failure !== undefined)
        this.notes.push(`"${step.name ?? id}": what happens on failure is not taken over; a person decides.`);
      const helper = helperOf(step);
      guard = helper === 'guard' ? step : undefined;
      if (guard) out.push(...this.list(guard.on_true, depth + 1));
      else if (helper !== 'approval' && helper !== 'ask') out.push(this.step(id, step, depth));
      id = step.on_completion ?? step.on_success;
    }
    return out;
  }

  private step(id: string, step: CacaoStep, depth: number): unknown {
    const own = ownPart(step.step_extensions, 'mdr_step');
    return own ? this.ours(own as unknown as Step, step, depth) : this.foreign(id, step, depth);
  }

  /** A step of ours: what CACAO can say is taken from there, so that what others changed in it holds. */
  private ours(own: Step, step: CacaoStep, depth: number): unknown {
    const out: Record<string, unknown> = { ...own };
    if (step.name !== undefined && step.name !== withVariables(own.title)) out.title = step.name.slice(0, 200);
    if (step.timeout === undefined) delete out.timeout;
    else if (own.timeout === undefined || durationOf(step.timeout) !== durationOf(msOf(own.timeout)))
      out.timeout = durationOf(step.timeout);
    const command = step.commands?.[0]?.command;
    if (own.type === 'manual' && command !== undefined && command !== commandOf(own)) {
      out.do = command.slice(0, MAX_TEXT);
      this.notes.push(`"${own.id}": its command was changed elsewhere; see whether its done when still fits.`);
    }
    if (own.type === 'loop') out.steps = this.list(step.on_true, depth + 1);
    if (own.type === 'parallel')
      out.branches = (step.next_steps ?? []).map((next, i) => ({
        id: own.branches[i]?.id ?? `branch-${i + 1}`,
        steps: this.list(next, depth + 1),
      }));
    if (own.type === 'decision' && step.cases)
      out.choices = Object.entries(step.cases).map(([id, next]) => ({
        ...(own.choices.find((choice) => choice.id === id) ?? { id, label: id }),
        steps: this.list(next, depth + 1),
      }));
    if (own.type === 'decision' && step.type === 'if-condition') {
      const branches = this.elses(step);
      out.choices = own.choices.map((choice, i) => ({ ...choice, steps: this.list(branches[i], depth + 1) }));
    }
    return out;
  }

  /** The branches of an if with an if in its else, and so on. */
  private elses(step: CacaoStep): (string | undefined)[] {
    const next = step.on_false === undefined ? undefined : this.source.workflow[step.on_false];
    return next && helperOf(next) === 'choice' ? [step.on_true, ...this.elses(next)] : [step.on_true, step.on_false];
  }

  private foreign(id: string, step: CacaoStep, depth: number): unknown {
    const title = (step.name ?? step.type).slice(0, 200);
    const base = { id: this.unique(title), title, ...(step.timeout ? { timeout: durationOf(step.timeout) } : {}) };
    const note = step.description ? { note: step.description.slice(0, MAX_TEXT) } : {};
    if (step.type === 'parallel')
      return {
        ...base,
        timeout: undefined,
        ...note,
        type: 'parallel',
        branches: step.next_steps!.map((next, i) => ({
          id: `branch-${i + 1}`,
          steps: this.atLeastOne(this.list(next, depth + 1)),
        })),
      };
    if (step.type === 'if-condition')
      return {
        ...base,
        ...note,
        type: 'decision',
        ask: `Does this hold? ${step.condition}`.slice(0, MAX_TEXT),
        choices: [
          { id: 'holds', label: 'It holds', steps: this.list(step.on_true, depth + 1) },
          { id: 'otherwise', label: 'It does not', steps: this.list(step.on_false, depth + 1) },
        ],
      };
    if (step.type === 'switch-condition') {
      const cases = Object.entries(step.cases!);
      const choices = cases.map(([label, next], i) => ({
        id: `case-${i + 1}`,
        label: label.slice(0, 200),
        steps: this.list(next, depth + 1),
      }));
      if (choices.length < 2) choices.push({ id: 'other', label: 'None of these', steps: [] });
      return { ...base, ...note, type: 'decision', ask: `What is ${step.switch}?`.slice(0, MAX_TEXT), choices };
    }
    if (step.type === 'playbook-action' && this.known.has(step.playbook_id!))
      return { ...base, timeout: undefined, ...note, type: 'playbook', playbook: this.known.get(step.playbook_id!) };
    if (step.type === 'while-condition' || step.type === 'playbook-action')
      this.notes.push(`"${title}" (${step.type}) became a task for a person.`);
    return {
      ...base,
      ...note,
      type: 'manual',
      do: this.textOf(id, step),
      doneWhen: 'It was carried out, and its outcome is in the case.',
    };
  }

  private textOf(id: string, step: CacaoStep): string {
    const inside =
      step.type === 'while-condition'
        ? [`As long as this holds: ${step.condition}. Do:`, ...this.titles(step.on_true)]
        : [];
    const commands = (step.commands ?? []).map(({ type, command, command_b64, description }) => {
      const text = command ?? (command_b64 ? Buffer.from(command_b64, 'base64').toString('utf8') : (description ?? ''));
      return type === 'manual' ? text : `${type}: ${text}`;
    });
    const other = step.type === 'playbook-action' ? [`Carry out the playbook ${step.playbook_id}.`] : [];
    // Names in braces would be ours: theirs are only text.
    const text = [...inside, ...commands, ...other]
      .join('\n')
      .replace(/\{(?=[a-z])/g, '{ ')
      .trim();
    return (text || step.description || step.name || id).slice(0, MAX_TEXT);
  }

  private titles(from: string | undefined): string[] {
    const out: string[] = [];
    for (let id = from; id !== undefined && out.length < 30; ) {
      const step: CacaoStep = this.source.workflow[id]!;
      if (step.type === 'end') break;
      out.push(`- ${step.name ?? step.type}`);
      id = step.on_completion ?? step.on_success;
    }
    return out;
  }

  private atLeastOne(steps: unknown[]): unknown[] {
    return steps.length > 0
      ? steps
      : [{ id: this.unique('nothing'), title: 'Nothing to do', type: 'manual', do: 'Nothing.', doneWhen: 'At once.' }];
  }

  private unique(title: string): string {
    const wanted = slug(title).slice(0, 40);
    let id = wanted;
    for (let i = 2; this.taken.has(id); i++) id = `${wanted}-${i}`;
    this.taken.add(id);
    return id;
  }
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;
const msOf = (duration: string): number =>
  Number(duration.slice(0, -1)) * UNITS.find(([unit]) => duration.endsWith(unit))![1];

/** Milliseconds as a duration: in the largest unit that is exact and has at most five digits, else rounded up. */
function durationOf(milliseconds: number): string {
  for (const [unit, size] of UNITS)
    if (milliseconds % size === 0 && milliseconds / size <= 99_999 && milliseconds > 0)
      return `${milliseconds / size}${unit}`;
  const [unit, size] = UNITS.find((each) => milliseconds / each[1] >= 1) ?? UNITS[3];
  return `${Math.min(99_999, Math.ceil(milliseconds / size))}${unit}`;
}
