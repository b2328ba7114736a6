import { readArgs } from '../engine/respond/actions/args.js';
import { ableTo } from '../engine/respond/actions/reach.js';
import { propose } from '../engine/respond/actions/requests.js';
import { caseOf } from '../engine/respond/case/join.js';
import { changeCase } from '../engine/respond/case/save.js';
import { INSTRUCTIONS, type Step, SYSTEM_NAMES, SYSTEMS, type System } from '../engine/respond/collect/instructions.js';
import { actionCard, stateWords } from './actions/cards.js';
import { by, mayAsk, partsOf, requestOf } from './actions/words.js';
import type { Block, Card, Inline } from './cards/card.js';
import { asking, told } from './case/words.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';

const ACTION = 'collect-triage-package';

const collect: Command = {
  name: 'collect',
  summary: 'Take what says what happens on a host: by itself where it can be reached, else a task with what to type.',
  usage: 'collect <host> [windows | linux | macos] [customer] [parts=…] [via=…] [case <n>] [reason …]',
  examples: ['collect web01', 'collect ws-042 windows case 4', 'collect web01 parts=processes,logs reason beacons'],
  details: [
    'Hosts that the operator has named for SSH, and those of a connected product, are collected from by themselves; nobody has to agree.',
    'For all others it puts a task into the case, for the provider or, with the word customer, for the customer.',
    'The package becomes evidence of the case, with its SHA-256. In a thread of the case its number can be left out.',
  ],
  related: ['case', 'actions'],
  role: 'responder',
  async run(context, args) {
    mayAsk(context, 'responder');
    const said = await read(context, args);
    const { host, parts, reason, number } = said;
    if (number !== null) await caseOf(context.tenant, number);
    const what = {
      ...{ action: ACTION, args: { host, ...(parts !== undefined && { parts }) }, reason, case: number },
      ...(said.via !== undefined && { via: said.via }),
    };
    const { args: checked } = readArgs(what.action, what.args);
    const request = await partsOf(context);
    const able = said.system || said.isTheirs ? [] : await ableTo(request, what);
    if (able.length === 0 && said.via === undefined) return byHand(context, { ...said, host: checked.host! });
    const { record } = await propose(request, by(context), requestOf(context), {
      ...what,
      ...(said.via === undefined && able.length === 1 && { via: able[0]! }),
    });
    if (number !== null) await told(context, number);
    return actionCard(
      context,
      record,
      `Collecting from ${clip(host, 80)}: action ${record.number} ${stateWords(record)}`,
    );
  },
};
export default collect;

interface Said {
  host: string;
  system: System | null;
  /** A task for the customer's people. */
  isTheirs: boolean;
  parts: string | undefined;
  via: string | undefined;
  number: number | null;
  reason: string;
}

/** @throws MdrError MDR_COMMAND_USAGE */
async function read(context: Context, [host, ...words]: readonly string[]): Promise<Said> {
  if (!host) throw wrongUsage(collect, 'which host?');
  const said: Said = {
    ...{ host, system: null, isTheirs: false, parts: undefined, via: undefined, number: null, reason: '' },
  };
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const lower = word.toLowerCase();
    const system = SYSTEMS.find((each) => each === (lower === 'mac' ? 'macos' : lower));
    const [, name, value] = /^(parts|via)=(.+)$/is.exec(word) ?? [];
    if (lower === 'reason' || lower === 'because') {
      said.reason = words.slice(i + 1).join(' ');
      break;
    } else if (lower === 'case') {
      const digits = /^#?([1-9]\d{0,8})$/.exec(words[++i] ?? '')?.[1];
      if (!digits) throw wrongUsage(collect, 'which case? It is called by its number, as in case 4.');
      said.number = Number(digits);
    } else if (system) said.system = system;
    else if (lower === 'customer') said.isTheirs = true;
    else if (name?.toLowerCase() === 'parts') said.parts = value!.replaceAll(',', ' ');
    else if (name) said.via = value!;
    else throw wrongUsage(collect, `"${clip(word, 40)}" is not understood here.`);
  }
  said.number ??= await hereIn(context);
  return said;
}

/** The case of the thread, or of the alert in whose thread it is said. */
async function hereIn({ case: own, alert, tenant }: Context): Promise<number | null> {
  if (own != null) return own;
  return alert === null ? null : ((await tenant.alerts.findOne({ number: alert }))?.case ?? null);
}

const stepText = ({ does, type }: Step): string => (type ? `${does} ${type}` : does);

/** Nothing of ours reaches it: somebody does, and is told exactly how. */
async function byHand(context: Context, { host, system, isTheirs, number, reason }: Said): Promise<Card> {
  if (number === null)
    throw wrongUsage(
      collect,
      `nothing of ours reaches ${clip(host, 80)}, so it is a task for somebody; of which case?`,
    );
  const systems = system ? [system] : SYSTEMS;
  const title = `Collect a triage package from ${host}${system ? ` (${SYSTEM_NAMES[system]})` : ''}${reason ? `: ${reason}` : ''}`;
  const applied = await changeCase(context.tenant, number, asking(context), {
    ...{ kind: 'task-add', title, lane: isTheirs ? 'customer' : 'provider', owner: null, due: null, after: [] },
    // With one system known its steps can be ticked off one by one.
    checklist: system
      ? INSTRUCTIONS[system].map(stepText)
      : [
          'Take the steps for its system, as they stand under the task',
          'Give the archive and its SHA-256 into this thread',
        ],
  });
  await told(context, number);
  const task = applied.record.tasks.findLast((one) => one.title.startsWith(`Collect a triage package from ${host}`));
  return {
    title: `${task?.id ?? 'A task'} of case ${number}: collect from ${clip(host, 80)} by hand`,
    tone: 'medium',
    blocks: [
      { kind: 'text', text: 'Nothing of ours reaches it. Whoever sits before it does this, in this order:' },
      ...systems.flatMap((each) => stepBlocks(each)),
      {
        kind: 'note',
        text: ['Next: ', { code: `/mdr case task ${number} done ${task?.id ?? 'T1'}` }, ' when the file is here.'],
      },
    ],
  };
}

const stepBlocks = (system: System): Block[] => [
  { kind: 'text', text: [{ bold: SYSTEM_NAMES[system] }] },
  {
    kind: 'list',
    items: INSTRUCTIONS[system].map(({ does, type }): Inline => (type ? [`${does} `, { code: type }] : does)),
  },
];
