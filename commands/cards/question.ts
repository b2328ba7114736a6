import type { AskedQuestion } from '../../engine/store/dispatches.js';
import type { Question } from '../../engine/store/questions.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { stateWord } from '../../engine/triage/ask/questions.js';
import { clip } from '../words/arguments.js';
import type { Action, Block, Card, Inline } from './card.js';

const LABELS = { yes: 'Yes, that was me', no: 'No, not me', unsure: 'Not sure' } as const;

/** What one can say to a question. */
export const answerActions = (number: number, tenant: string): Action[] =>
  (Object.keys(LABELS) as (keyof typeof LABELS)[]).map((said) => ({
    ...{ id: said, label: LABELS[said], command: 'answer', tenant, record: `Q${number}`, choice: said },
    ...(said === 'no' && { style: 'danger' as const }),
  }));

/** A question as its person sees it: who asks, what, and until when. Nothing else of the alert. */
export function questionCard({ number, text, by, expires }: AskedQuestion, tenant: Tenant): Card {
  return {
    title: `A question from the security team of ${tenant.name}`,
    tone: 'medium',
    blocks: [
      { kind: 'text', text: [{ bold: clip(text, 600) }] },
      { kind: 'actions', actions: answerActions(number, tenant._id) },
      {
        kind: 'text',
        text: [
          `${clip(by, 80)} asks. You will be given a code of six digits by another way, such as a call: `,
          { code: `/mdr answer Q${number} no 123456` },
          ' confirms your answer with it. Never give it to anybody.',
        ],
      },
      { kind: 'note', text: [`Q${number}, until `, { time: expires }, '. Next: press what is true.'] },
    ],
  };
}

/** After an answer: what counts now, and how to confirm it. */
export function answeredCard({ number, answer, tenant }: Question, changed: boolean): Card {
  const isFinal = answer?.confirmed === true;
  const what = answer?.said ?? '';
  return {
    title: `Q${number}: ${changed ? 'your answer is noted' : 'you said that already'}: ${what}`,
    tone: 'ok',
    blocks: [
      {
        kind: 'text',
        text: isFinal
          ? 'It is confirmed with your code.'
          : 'It is not confirmed yet, and counts for little until it is.',
      },
      ...(isFinal
        ? []
        : [
            {
              kind: 'actions' as const,
              actions: [{ id: 'code', label: 'Enter the code', command: 'form', tenant, record: 'answer' }],
            },
          ]),
      {
        kind: 'note',
        text: isFinal
          ? 'Nothing to do. If you remember something, tell your provider.'
          : ['Next: ', { code: `/mdr answer Q${number} ${what} <code>` }, ' when you have the code.'],
      },
    ],
  };
}

/** What one is asked at present. */
export function openQuestionsCard(questions: readonly Question[], tenant: Tenant): Card {
  return {
    title: `Questions to you about ${tenant.name}: ${questions.length || 'none'}`,
    tone: questions.length > 0 ? 'medium' : 'ok',
    blocks: [
      ...questions.flatMap(({ number, text, by, expires }): Block[] => [
        { kind: 'text', text: [{ bold: `Q${number}: ${clip(text, 600)}` }] },
        { kind: 'text', text: [`${clip(by.name, 80)} asks, until `, { time: expires }, '.'] },
        {
          kind: 'actions',
          actions: answerActions(number, tenant._id).map((action) => ({ ...action, id: `${action.id}-${number}` })),
        },
      ]),
      { kind: 'note', text: questions.length > 0 ? 'Next: press what is true.' : 'Nothing to do.' },
    ],
  };
}

/** A question that is not sent yet, exactly as it will be read. */
export function draftCard({ number, person, text, by, expires, alert, to }: Question, tenant: Tenant): Card {
  const shown = questionCard({ number, text, by: by.name, expires }, tenant);
  return {
    title: `Not sent: alert ${alert} is not published, and this goes to ${clip(person.name, 80)} of ${tenant.name}`,
    tone: 'medium',
    blocks: [
      { kind: 'text', text: ['They will read exactly this', ...way(to), ':'] },
      { kind: 'text', text: [{ bold: clip(text, 600) }] },
      { kind: 'note', text: `Title: ${String(shown.title)}. Buttons: ${Object.values(LABELS).join(', ')}.` },
      {
        kind: 'actions',
        actions: [
          ...([['send', 'Send exactly this', 'primary'] as const, ['withdraw', 'Do not send', 'danger'] as const].map(
            ([choice, label, style]) => ({
              ...{ id: choice, label, style, command: 'ask', tenant: tenant._id, record: `Q${number}`, choice },
            }),
          ) satisfies Action[]),
        ],
      },
      { kind: 'note', text: 'Next: press to send it; otherwise nothing is sent.' },
    ],
  };
}

const way = (to: string | null): Exclude<Inline, string> =>
  to === null ? [', in the console or with ', { code: '/mdr answer' }] : [', as ', { code: clip(to, 80) }];

/** After sending: the code, once, for whoever asked. */
export function sentCard({ number, person, to, alert }: Question, code: string | null, tenant: Tenant): Card {
  return {
    title: `Q${number} is on its way to ${clip(person.name, 80)}`,
    tone: 'ok',
    blocks: [
      {
        kind: 'text',
        text:
          to === null
            ? [
                'They have no chat identity that mdr can write to. Tell them to open the console, or to type ',
                { code: '/mdr answer' },
                '.',
              ]
            : ['It goes to ', { code: clip(to, 80) }, ' alone.'],
      },
      ...(code === null ? [{ kind: 'text' as const, text: 'Its code was shown when it was sent.' }] : []),
      {
        kind: 'note',
        text: [
          `Alert ${alert} of ${tenant.name}. Next: call them on a number that you know, and give them the code. `,
          { code: `/mdr ask Q${number} code` },
          ' makes another one.',
        ],
      },
    ],
    ...(code !== null && { once: codeBlocks(person.name, code) }),
  };
}

const codeBlocks = (name: string, code: string): Block[] => [
  { kind: 'text', text: [`The code for ${clip(name, 80)}, shown only here and now: `, { code }] },
];

export function newCodeCard({ number, person }: Question, code: string): Card {
  return {
    title: `Q${number} has another code`,
    tone: 'ok',
    blocks: [{ kind: 'note', text: 'The one before counts no more. Next: give it to them on a number that you know.' }],
    once: codeBlocks(person.name, code),
  };
}

/** Questions of an alert. @param now epoch ms */
export function questionsCard(alert: number, questions: readonly Question[], tenant: Tenant, now: number): Card {
  return {
    title: `Questions of alert ${alert} of ${tenant.name}: ${questions.length || 'none'}`,
    tone: 'neutral',
    blocks: [
      ...(questions.length > 0
        ? [
            {
              kind: 'table' as const,
              columns: ['Question', 'To', 'State', 'Answer', 'What'],
              rows: questions.map((question): Inline[] => [
                `Q${question.number}`,
                clip(question.person.name, 60),
                stateWord(question, now),
                question.answer
                  ? `${question.answer.said}, ${question.answer.confirmed ? 'confirmed' : 'not confirmed'}`
                  : '—',
                clip(question.text, 120),
              ]),
            },
          ]
        : []),
      { kind: 'note', text: ['Next: ', { code: `/mdr ask ${alert} <person>` }, ' asks whether it was them.'] },
    ],
  };
}
