import { setTimeout as sleep } from 'node:timers/promises';
import { LEVELS, type Level } from '../engine/detect/types.js';
import type { Detection } from '../engine/store/detections.js';
import { raise as make, type Raised } from '../engine/triage/raise.js';
import { alertActions } from './cards/alert.js';
import type { Card, Inline } from './cards/card.js';
import { LEVEL_NAMES } from './cards/labels.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';

/** How long to wait for triage, which is a matter of milliseconds when a worker is there. */
const WAIT_MS = 1000;
const LOOK_MS = 50;

const raise: Command = {
  name: 'raise',
  summary: 'Make an alert by hand from what you have seen; from a message, with its author and time.',
  usage: 'raise [level] <words…> [on host|user|ip <value>]',
  examples: ['raise high a mail asks for passwords', 'raise low odd window at login on host WS-042'],
  related: ['alert', 'ack'],
  details: [
    `Level: ${LEVELS.join(', ')}; medium without one.`,
    'on host, on user or on ip says what it is about: it joins the open alert on the same, if there is one.',
  ],
  form: {
    title: 'Make this an alert',
    fields: [
      {
        name: 'level',
        label: 'How bad could it be?',
        kind: 'select',
        value: 'medium',
        choices: LEVELS.map((value) => ({ value, label: LEVEL_NAMES[value] })),
      },
      {
        name: 'words',
        label: 'What is it?',
        kind: 'text',
        hint: 'It names the alert: everybody who sees it reads this.',
      },
      {
        name: 'about',
        label: 'On what?',
        kind: 'text',
        optional: true,
        after: 'on',
        hint: 'host WS-042, user jane or ip 10.1.2.3',
      },
    ],
  },
  role: 'responder',
  async run(context, args) {
    const { message = null } = context;
    const { title, level, about } = readRaise(args);
    if (title === '' && !message) throw wrongUsage(raise, 'what have you seen? An alert needs words.');
    return raiseHere(context, { title, level, about, message, internal: message?.internal ?? false });
  },
};
export default raise;

/** Raise something, and say where it went, which takes a moment. */
export async function raiseHere(context: Context, what: Raised): Promise<Card> {
  const { tenant, queues, clock, person } = context;
  const id = await make(tenant, queues, { id: person._id, name: person.name }, clock, what);
  const until = Date.now() + WAIT_MS;
  let detection: Detection | null = null;
  do {
    detection = await tenant.detections.findOne({ _id: id });
    if (detection?.alert) break;
    await sleep(LOOK_MS);
  } while (Date.now() < until);
  return detection?.alert ? placed(context, detection, detection.alert) : waiting(context);
}

const ABOUT = /^(host|user|ip)\s+(\S.{0,250})$/i;

/** The level comes first, `on …` comes last. */
function readRaise(args: readonly string[]): Pick<Raised, 'title' | 'level' | 'about'> {
  let words = [...args];
  let about: Raised['about'] = null;
  const on = words.findLastIndex((word) => word.toLowerCase() === 'on');
  const found = on >= 0 ? ABOUT.exec(words.slice(on + 1).join(' ')) : null;
  if (found) {
    about = { kind: found[1]!.toLowerCase() as 'host' | 'user' | 'ip', value: found[2]!.trim() };
    words = words.slice(0, on);
  }
  const isLevel = (word: string | undefined): word is Level => LEVELS.some((level) => level === word?.toLowerCase());
  let level: Level = 'medium';
  const [first] = words;
  if (isLevel(first)) {
    level = first.toLowerCase() as Level;
    words = words.slice(1);
  }
  return { title: words.join(' ').trim(), level, about };
}

function placed(context: Context, { rule, event }: Detection, number: number): Card {
  const { name, _id } = context.tenant.tenant;
  const next: Inline = context.internal
    ? ['Next: ', { code: `/mdr alert ${number}` }, ' shows it; acknowledge it when you take it.']
    : [
        'Your provider was told. Next: ',
        { code: `/mdr alert ${number}` },
        ' shows it as soon as somebody there has taken it.',
      ];
  return {
    title: `Alert ${number}: “${clip(rule.title, 120)}” is in it`,
    tone: 'ok',
    blocks: [
      {
        kind: 'fields',
        fields: [
          { name: 'Tenant', value: `${name} (${_id})` },
          { name: 'Level', value: LEVEL_NAMES[rule.level] },
          { name: 'When', value: [{ time: event.time }] },
        ],
      },
      ...(context.internal ? [{ kind: 'actions' as const, actions: alertActions({ number, state: 'new' }, _id) }] : []),
      { kind: 'note', text: next },
    ],
  };
}

function waiting({ tenant: { tenant } }: Context): Card {
  return {
    title: `Raised for ${tenant.name} (${tenant._id})`,
    tone: 'medium',
    blocks: [
      { kind: 'text', text: 'It is stored, and becomes an alert as soon as a worker takes it.' },
      {
        kind: 'note',
        text: ['Next: ', { code: '/mdr alerts' }, ' in a moment; ', { code: '/mdr status' }, ' says what is behind.'],
      },
    ],
  };
}
