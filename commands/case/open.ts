import { priorityOf } from '../../engine/respond/case/create.js';
import { type Opened, openCase, openFromAlert } from '../../engine/respond/case/open.js';
import { CASE_TYPES, SEVERITIES, type Severity } from '../../engine/store/cases.js';
import type { Card } from '../cards/card.js';
import { caseActions, caseFields, caseTitle, caseTone, nextCaseBlock } from '../cards/case.js';
import { fittingBlocks } from '../playbook/show.js';
import type { Context } from '../types.js';
import { alertOf, changed } from '../words/record.js';
import { asking, told, type Verb, wrongCase } from './words.js';

const NUMBER = /^#?([1-9]\d{0,8})$/;

/** Of an alert with one click: title, severity, type, observables and timeline come with it. */
export const open: Verb = {
  name: 'open',
  usage: '<alert> | <severity> [type] <title…>',
  example: 'case open 12',
  says: 'makes a case of an alert, or of what you say: case open high phishing Mails from a stolen account',
  role: 'responder',
  async run(context, args) {
    const [first, ...rest] = args;
    const digits = NUMBER.exec(first ?? '')?.[1];
    const number = digits ? Number(digits) : first === undefined ? context.alert : null;
    if (number !== null) return ofAlert(context, number, rest.join(' '));
    const severity = SEVERITIES.find((each) => each === first?.toLowerCase());
    if (!severity) throw wrongCase(open, `of what? An alert's number, or ${SEVERITIES.join(', ')} and a title.`);
    return byHand(context, severity, rest);
  },
};

async function ofAlert(context: Context, number: number, reason: string): Promise<Card> {
  // Whether the alert may be seen at all comes before everything.
  await alertOf(context, number);
  const opened = await openFromAlert(context.tenant, asking(context), number, reason);
  await changed(context, number);
  await told(context, opened.record.number);
  return openedCard(context, opened, `Alert ${number} is part of case ${opened.record.number} already`);
}

async function byHand(context: Context, severity: Severity, words: readonly string[]): Promise<Card> {
  const type = CASE_TYPES.find((each) => each === words[0]?.toLowerCase());
  const title = (type ? words.slice(1) : words).join(' ').trim();
  if (title === '') throw wrongCase(open, 'what is it called? A few words are enough.');
  const ask = asking(context);
  const opened = await openCase(context.tenant, ask, {
    ...{ title, severity, type: type ?? 'other', priority: priorityOf(severity), lead: ask.by, reason: '' },
  });
  await told(context, opened.record.number);
  return openedCard(context, opened, `Case ${opened.record.number} is open already`);
}

async function openedCard({ tenant: store }: Context, { record, isNew }: Opened, already: string): Promise<Card> {
  const { tenant } = store;
  return {
    title: isNew ? `Opened: ${caseTitle(record)}` : already,
    tone: caseTone(record),
    blocks: [
      ...(isNew ? [] : [{ kind: 'text' as const, text: [{ bold: caseTitle(record) }, '. Nothing was changed.'] }]),
      { kind: 'fields', fields: caseFields(record, tenant) },
      { kind: 'actions', actions: caseActions(record, tenant._id) },
      ...(isNew && record.alerts.length > 0 ? await fittingBlocks(store, record) : []),
      nextCaseBlock(record),
    ],
  };
}
