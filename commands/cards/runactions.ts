import { waitingFor } from '../../engine/respond/actions/requests.js';
import { handleOf } from '../../engine/respond/playbook/drive/steps.js';
import { asksMore } from '../../engine/respond/playbook/drive/tasks.js';
import type { Effect } from '../../engine/respond/playbook/run/index.js';
import type { RunView } from '../playbook/view.js';
import { clip } from '../words/arguments.js';
import type { Action } from './card.js';

/** Steps with buttons: surfaces have room for few. */
const MAX_STEPS = 8;
/** Of the digest that stands in a button: enough that nobody makes another one. */
export const DIGEST_CHARS = 32;

/** What can be done about a run now. A click carries which try of which step it was shown for. */
export function runActions(view: RunView, open: readonly Effect[], tenant: string, internal: boolean): Action[] {
  const { number, status } = view.record;
  const button = (id: string, label: string, record: string, more: Partial<Action> = {}): Action => ({
    ...{ id, label, command: 'playbook', tenant, record },
    ...more,
  });
  const form = (id: string, label: string, record: string): Action => button(id, label, record, { command: 'form' });
  const steps = status === 'running' ? open.slice(0, MAX_STEPS).flatMap((effect) => ofStep(view, effect)) : [];
  return [
    ...steps,
    ...(internal
      ? [
          status === 'paused'
            ? button('resume', 'Resume', `resume:${number}`, { style: 'primary' })
            : button('pause', 'Pause', `pause:${number}`),
          form('stop', 'Stop…', `playbook:stop:${number}`),
        ]
      : []),
  ];

  function ofStep({ state, actions }: RunView, effect: Effect): Action[] {
    const handle = handleOf(state, effect.step);
    const at = `${number}:${handle}`;
    const label = (words: string) => clip(`${words} ${handle}`, 70);
    if (effect.kind === 'task') {
      if (effect.choices)
        return [
          button(`choose-${handle}`, clip(`${handle} ${effect.title}`, 70), `choose:${at}`, {
            choices: effect.choices.map((choice) => ({ value: choice.id, label: clip(choice.label, 70) })),
          }),
        ];
      if (asksMore(effect)) return [form(`done-${handle}`, label('Answer…'), `playbook:done:${at}`)];
      return [button(`done-${handle}`, label('Done'), `done:${at}`, { style: 'primary' })];
    }
    if (effect.kind === 'stuck') {
      if (!internal) return [];
      return [
        button(`retry-${handle}`, label('Try again'), `retry:${at}:${effect.attempt}`),
        form(`leave-${handle}`, label('Leave…'), `playbook:leave:${at}`),
      ];
    }
    if (effect.kind !== 'approve' && effect.kind !== 'act') return [];
    if (effect.action !== undefined) {
      const found = actions.get(effect.step);
      const waits = found && waitingFor(found);
      if (!found || !waits) return [];
      const of = `${found.number}:${waits.digest}`;
      return [
        button(`approve-${handle}`, label('Approve'), `approve:${of}`, { command: 'actions', style: 'primary' }),
        { ...form(`refuse-${handle}`, label('Refuse…'), `actions:refuse:${of}`), style: 'danger' },
      ];
    }
    if (effect.kind !== 'approve') return [];
    const digest = effect.digest.slice(0, DIGEST_CHARS);
    return [
      button(`agree-${handle}`, label('Agree'), `agree:${at}:${effect.attempt}:${digest}`, { style: 'primary' }),
      { ...form(`disagree-${handle}`, label('Disagree…'), `playbook:disagree:${at}`), style: 'danger' },
    ];
  }
}
