import {
  type Alert,
  type AlertEntry,
  type AlertRule,
  CLOSE_REASONS,
  type Said,
  type ScoreReason,
} from '../../engine/store/alerts.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { bySeverity, tacticsOf } from '../../engine/triage/order.js';
import { clip } from '../words/arguments.js';
import type { Action, Block, Card, Inline, Tone } from './card.js';
import { counted, LEVEL_NAMES, period, REASON_NAMES, stateName, toneOf } from './labels.js';
import { reminderActions } from './reminder.js';

/** How many reasons and rules the thread's first message shows; `/mdr alert <n>` shows all. */
const TOP = 3;
const MAX_TITLE = 200;
const MAX_VALUE = 300;

/** An alert as the first message of its thread. The same alert gives the same card, whenever and for whomever it is made. */
export function alertCard(alert: Alert, tenant: Tenant): Card {
  const hidden = Math.max(0, alert.rules.length - TOP);
  return {
    title: alertTitle(alert),
    tone: toneOf(alert),
    blocks: [
      ...simulatedBlocks(alert),
      { kind: 'text', text: whyLine(alert) },
      { kind: 'fields', fields: alertFields(alert, tenant) },
      { kind: 'list', items: topReasons(alert).slice(0, TOP).map(reasonLine) },
      { kind: 'list', items: bySeverity(alert.rules).slice(0, TOP).map(ruleLine) },
      ...(hidden
        ? [{ kind: 'note' as const, text: ['and ', counted(hidden, 'more rule'), ': ', see(alert.number)] }]
        : []),
      { kind: 'actions', actions: alertActions(alert, tenant._id) },
      nextBlock(alert),
    ],
  };
}

const ENTRY_TITLES: Record<AlertEntry['kind'], (who: string) => string> = {
  opened: () => 'Opened',
  grew: () => 'More of it was seen',
  merged: () => 'Two alerts are one',
  related: () => 'Part of a campaign',
  investigated: () => 'Investigated',
  acknowledged: (who) => `Acknowledged by ${who}`,
  assigned: (who) => `Assigned by ${who}`,
  closed: (who) => `Closed by ${who}`,
  reopened: (who) => `Reopened by ${who}`,
  note: (who) => `Note by ${who}`,
  pinned: (who) => `Pinned to the timeline by ${who}`,
  unpinned: (who) => `Withdrawn from the timeline by ${who}`,
  evidence: (who) => `File kept for ${who}`,
  examined: () => 'A file was looked into',
  escalated: () => 'Nobody has acknowledged it yet',
  repeated: () => 'It happened again',
  published: (who) => `Published to the customer by ${who}`,
  unpublished: (who) => `Updates to the customer stopped by ${who}`,
  replied: (who) => `Customer: ${who} wrote`,
  reminded: () => 'A reminder',
  asked: (who) => `Question put by ${who}`,
  answered: (who) => `Answer of ${who}`,
  unanswered: () => 'A question without an answer',
  handed: (who) => `Case: by ${who}`,
};
const ENTRY_TONES: Partial<Record<AlertEntry['kind'], Tone>> = {
  closed: 'ok',
  reopened: 'medium',
  escalated: 'high',
  replied: 'medium',
  answered: 'medium',
};
const ENTRY_NEXT: Record<AlertEntry['kind'], string> = {
  opened: 'Next: acknowledge it above, so that others know somebody is on it.',
  grew: 'Next: the alert above shows what is new.',
  merged: 'Next: go on in the alert that is open.',
  related: 'Next: look at both together.',
  investigated: 'Next: read the chain and what to do now, with /mdr investigate.',
  acknowledged: 'Next: find out what it was, then close it with a reason.',
  assigned: 'Next: the assignee finds out what it was, then closes it with a reason.',
  closed: 'Nothing to do. Reopen it above if there is news.',
  reopened: 'Next: look at it again, then close it with a reason.',
  note: 'Next: go on where the alert above says.',
  pinned: 'Next: take the emoji away to withdraw it.',
  unpinned: 'Nothing to do. It stays on the record as withdrawn.',
  evidence: 'Next: go on where the alert above says.',
  examined: 'Next: what is not safe to open stays closed; go on where the alert above says.',
  escalated: 'Next: acknowledge it above; that stops the calls.',
  repeated: 'Next: see whether it is the same thing.',
  published: 'Next: go on as before; the customer reads every change of state, and no note.',
  unpublished: 'Nothing to do. What was said there before still stands there.',
  replied: "Next: answer in the customer's channel.",
  reminded: 'Next: do it, or be called again later.',
  asked: 'Next: give them the code on a telephone number that you know.',
  answered: 'Next: the score above has it; decide what it was.',
  unanswered: 'Next: call them, or decide without an answer.',
  handed: 'Next: go on in the case.',
};

/** One thing that happened to an alert, as a reply in its thread. @param tenant for the buttons of those that have some */
export function entryCard(entry: AlertEntry, tenant = ''): Card {
  return {
    title: ENTRY_TITLES[entry.kind](clip(entry.actorName, 80)),
    tone: ENTRY_TONES[entry.kind] ?? 'neutral',
    blocks: [
      ...(entry.text ? [{ kind: 'text' as const, text: entry.text }] : []),
      ...(entry.said ? [{ kind: 'text' as const, text: saidLine(entry.said) }] : []),
      ...(entry.calls?.length ? [{ kind: 'text' as const, text: callLine(entry.calls) }] : []),
      ...(entry.reminder ? [{ kind: 'actions' as const, actions: reminderActions(entry.reminder, tenant) }] : []),
      { kind: 'note', text: [{ time: entry.at }, ` · ${ENTRY_NEXT[entry.kind]}`] },
    ],
  };
}

/** Who said it, when, and where to find it. */
export const saidLine = ({ authorName, at, link }: Said): Exclude<Inline, string> => [
  `Said by ${clip(authorName, 80)}, `,
  { time: at },
  ...(link ? [', ', { link: 'see the message', href: link }] : []),
];

const callLine = (calls: NonNullable<AlertEntry['calls']>): Inline =>
  calls.flatMap(({ name, identities }, i) => [...(i > 0 ? [', '] : []), { call: clip(name, 80), identities }]);

export function alertTitle(alert: Alert): string {
  const title = `Alert ${alert.number} · ${LEVEL_NAMES[alert.level]} · ${clip(alert.title, MAX_TITLE)}`;
  return alert.simulated ? `Simulated · ${title}` : title;
}

/** Nobody may take an exercise for the real thing, or the real thing for an exercise. */
export function simulatedBlocks(alert: Alert): Block[] {
  if (!alert.simulated) return [];
  return [
    { kind: 'text', text: [{ bold: 'Simulated.' }, ' Its events come from a simulation, not from a real network.'] },
  ];
}

/** One line that says why this alert is here. */
export function whyLine(alert: Alert): Inline {
  const [top] = bySeverity(alert.rules);
  return [
    `${counted(alert.rules.length, 'rule')} fired, ${counted(alert.detections, 'detection')} in all, on ${alert.entity.kind} `,
    { code: clip(alert.entity.value, MAX_VALUE) },
    ' ',
    ...period(alert.first, alert.last),
    ...(top ? [`; the gravest: ${clip(top.title, MAX_TITLE)}.`] : ['.']),
  ];
}

export function alertFields(alert: Alert, tenant: Tenant): { name: string; value: Inline }[] {
  const tactics = tacticsOf(alert.rules);
  return [
    { name: 'Tenant', value: `${tenant.name} (${tenant._id})` },
    { name: 'Score', value: [{ bold: String(alert.score) }, ' of 100'] },
    { name: 'State', value: stateName(alert) },
    { name: 'Assignee', value: alert.assignee?.name ?? 'nobody' },
    { name: capital(alert.entity.kind), value: [{ code: clip(alert.entity.value, MAX_VALUE) }] },
    { name: 'First seen', value: [{ time: alert.first }] },
    { name: 'Last seen', value: [{ time: alert.last }] },
    ...(alert.case === undefined ? [] : [{ name: 'Case', value: [{ code: `/mdr case ${alert.case}` }] as Inline }]),
    ...(tactics.length ? [{ name: 'ATT&CK tactics', value: clip(tactics.join(', '), MAX_VALUE) }] : []),
  ];
}

export const topReasons = (alert: Alert): ScoreReason[] => [...alert.reasons].sort((a, b) => b.points - a.points);

export function reasonLine(reason: ScoreReason): Inline {
  return `${reason.points < 0 ? '−' : '+'}${Math.abs(reason.points)} ${clip(reason.text, MAX_VALUE)}`;
}

function ruleLine(rule: AlertRule): Inline {
  const techniques = rule.techniques.length ? `, ${clip(rule.techniques.join(' '), 100)}` : '';
  return [
    { bold: clip(rule.title, MAX_TITLE) },
    ` (${rule.level}${techniques}) × ${rule.count.toLocaleString('en-US')}`,
    ...(rule.text ? [`: ${clip(rule.text, MAX_VALUE)}`] : []),
  ];
}

/** Only what the present state allows. */
export function alertActions(
  alert: Pick<Alert, 'number' | 'state'> & Partial<Pick<Alert, 'reason' | 'case' | 'mergedInto'>>,
  tenant: string,
  /** Without them: what is the provider's to press. */
  internal = true,
): Action[] {
  const action = (rest: Pick<Action, 'id' | 'label' | 'command'> & Partial<Action>): Action => ({
    tenant,
    record: String(alert.number),
    ...rest,
  });
  /** Asks for what the command needs. */
  const form = (command: string, label: string): Action =>
    action({ id: `form-${command}`, label, command: 'form', record: `${command}:${alert.number}` });
  /** Once handed over, an alert leads to its case; it is never handed over again. */
  const caseAction: Action[] = !internal
    ? []
    : alert.case === undefined
      ? [action({ id: 'open-case', label: 'Open a case', command: 'case', record: `open:${alert.number}` })]
      : [action({ id: 'show-case', label: `Case ${alert.case}`, command: 'case', record: `show:${alert.case}` })];
  if (alert.state === 'closed') {
    const harmless = alert.reason === 'false_positive' || alert.reason === 'benign';
    return [
      action({ id: 'reopen', label: 'Reopen', command: 'reopen' }),
      // What was harmless once comes again: this is the moment when somebody knows why.
      ...(harmless && internal ? [action({ id: 'tune', label: 'Propose an exception', command: 'tune' })] : []),
      ...(alert.case === undefined ? [] : caseAction),
    ];
  }
  return [
    ...(alert.state === 'new'
      ? [action({ id: 'ack', label: 'Acknowledge', command: 'ack', style: 'primary' as const })]
      : []),
    action({ id: 'assign', label: 'Assign to me', command: 'assign' }),
    form('assign', 'Assign to…'),
    action({
      id: 'close',
      label: 'Close as…',
      command: 'close',
      choices: CLOSE_REASONS.map((value) => ({ value, label: REASON_NAMES[value] })),
    }),
    form('close', 'Close with words…'),
    form('note', 'Note…'),
    ...caseAction,
  ];
}

/** The one obvious next step. */
export function nextBlock(alert: Pick<Alert, 'number' | 'state' | 'assignee'>): Block {
  const type = (command: string): Inline => [{ code: `/mdr ${command} ${alert.number}` }];
  if (alert.state === 'closed')
    return { kind: 'note', text: ['Nothing to do. If there is news: ', ...type('reopen'), '.'] };
  if (alert.state === 'new')
    return {
      kind: 'note',
      text: ['Next: acknowledge it, so that others know somebody is on it (', ...type('ack'), ').'],
    };
  if (!alert.assignee)
    return { kind: 'note', text: ['Next: take it, so that it has one owner (', ...type('assign'), ').'] };
  return {
    kind: 'note',
    text: ['Next: find out what it was (', ...type('alert'), '), then close it with a reason.'],
  };
}

const see = (number: number) => ({ code: `/mdr alert ${number}` });
const capital = (word: string): string => (word === 'ip' ? 'IP' : word.charAt(0).toUpperCase() + word.slice(1));
