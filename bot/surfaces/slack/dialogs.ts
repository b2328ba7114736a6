import type { Card } from '../../../commands/cards/card.js';
import type { Log } from '../../../engine/log.js';
import { type Answer, type Ask, DeliveryError } from '../types.js';
import type { Incoming, ReplyTo } from './asks.js';
import { metaOf } from './asks-views.js';
import type { Gateway } from './gateway.js';
import { reply } from './replies.js';
import { formView, loadingView, type Meta } from './views.js';

/** Whether what somebody did is answered in a dialog: a form's button, `/mdr form …`, a shortcut, a click in a dialog. */
const wantsDialog = ({ ask, dialog }: Incoming): boolean => dialog === true || /^form(\s|$)/.test(ask.text);

/**
 * Before the answer is worked out: open a dialog that says "one moment", because a click opens one within three seconds only, or say so
 * in the one that is open.
 * @returns where the answer goes; where it would go anyway, when the click is too long ago: then the answer says what to type
 */
export async function begin(gateway: Gateway, incoming: Incoming, log: Log): Promise<ReplyTo> {
  const { ask, to, trigger } = incoming;
  try {
    if (to.kind === 'view') {
      await gateway.updateView(to.view, loadingView(to.meta));
      return to;
    }
    if (trigger === null || !wantsDialog(incoming)) return to;
    const meta = metaOf(ask);
    return { kind: 'view', view: await gateway.openView(trigger, loadingView(meta)), meta, otherwise: to };
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    log.info({ error: error.message }, 'slack: no dialog');
    return to.kind === 'view' ? to.otherwise : to;
  }
}

/** Show an answer; in a dialog, the form that comes with it. */
export async function show(gateway: Gateway, to: ReplyTo, card: Card): Promise<void> {
  if (to.kind !== 'view' || !card.form) return reply(gateway, to, card);
  await update(gateway, to, card, formView(card.form, to.meta));
}

/** A form was filled in: run it, and show what came of it; when that is an error, the form again with what was filled in. */
export async function submitted(
  gateway: Gateway,
  answer: Answer,
  incoming: Incoming & { meta: Meta },
  ask: Ask,
): Promise<void> {
  const { meta, to } = incoming;
  const card = await answer(ask);
  if (to.kind !== 'view' || card.tone !== 'error') return reply(gateway, to, card);
  const { values, ...rest } = ask;
  const { form } = await answer({ ...rest, text: `form ${meta.command}${meta.alert ? ` ${meta.alert}` : ''}` });
  if (!form) return reply(gateway, to, card);
  await update(gateway, to, card, formView(form, meta, values, card));
}

/** @param card what is said when the dialog was closed meanwhile */
async function update(
  gateway: Gateway,
  to: Extract<ReplyTo, { kind: 'view' }>,
  card: Card,
  view: ReturnType<typeof formView>,
): Promise<void> {
  try {
    await gateway.updateView(to.view, view);
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    await reply(gateway, error.kind === 'gone' ? to.otherwise : to, card);
  }
}
