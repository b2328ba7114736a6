import { beforeAll, describe, expect, it } from 'vitest';
import { makeAnswer } from '../../bot/answer.js';
import { renderText } from '../../bot/cards/text.js';
import type { Answer } from '../../bot/surfaces/types.js';
import { alertActions } from '../../commands/cards/alert.js';
import type { Action } from '../../commands/cards/card.js';
import { loadCommands } from '../../commands/index.js';
import { log } from '../../engine/log.js';
import type { AlertState } from '../../engine/store/alerts.js';
import type { TenantStore } from '../../engine/store/index.js';
import { acknowledge, assign, close, reopen } from '../../engine/triage/work.js';
import { addPerson, addTenant, alertRecord, NOW } from '../commands/world.js';
import { testQueues, testStore } from '../support/services.js';

const bo = { id: 'bo', name: 'Bo Anders' };
const clock = () => NOW + 60_000;
let tenant: TenantStore;
let answer: Answer;
let number = 0;

beforeAll(async () => {
  const [{ store }, { queues }] = await Promise.all([testStore(), testQueues()]);
  answer = makeAnswer({ store, queues, commands: await loadCommands(), clock, log });
  tenant = await addTenant(store, 'acme', 'Acme', [{ surface: 'slack', channel: 'C1', lane: 'provider' }]);
  await addPerson(store, 'ana', 'Ana Silva', [{ tenant: 'acme', role: 'analyst' }]);
});

/** Every button of the alert's card in every state in which it is shown. */
const BUTTONS: { shownIn: AlertState; action: Action; choice: string | undefined }[] = (
  [{ state: 'new' }, { state: 'acknowledged' }, { state: 'closed', reason: 'benign' }] as const
).flatMap((of) =>
  alertActions({ number: 0, ...of }, 'acme').map((action) => ({
    shownIn: of.state,
    action,
    choice: action.choices?.[1]?.value,
  })),
);

/** What Bo may have done meanwhile. */
const MEANWHILE: Record<string, (of: number) => Promise<unknown>> = {
  'acknowledged it': (of) => acknowledge(tenant, of, bo, clock),
  'took it': (of) => assign(tenant, of, bo, clock, bo),
  'closed it': (of) => close(tenant, of, bo, clock, 'true_positive', 'it was real'),
  'closed and reopened it': async (of) => {
    await close(tenant, of, bo, clock, 'benign').catch(() => {});
    await reopen(tenant, of, bo, clock);
  },
};

describe.each(BUTTONS)('$action.label, from a card that showed it $shownIn', ({ shownIn, action, choice }) => {
  it.each(Object.keys(MEANWHILE))(
    'after Bo has %s, answers with the present state and what can be done now',
    async (what) => {
      number += 1;
      await tenant.alerts.insert(
        alertRecord(number, {
          state: shownIn,
          ...(shownIn === 'closed' && { reason: 'benign', closed: NOW, acknowledged: NOW }),
        }),
      );
      await MEANWHILE[what]!(number).catch(() => {});
      const before = (await tenant.alerts.findOne({ number }))!;
      const card = await answer({
        surface: 'slack',
        user: 'Uana',
        channel: 'C1',
        thread: null,
        tenant: action.tenant,
        text: [action.command, action.record.replace(/\d+$/, String(number)), ...(choice ? [choice] : [])].join(' '),
      });
      const after = (await tenant.alerts.findOne({ number }))!;
      const text = renderText(card, { width: 200 });
      expect(text).not.toContain('MDR_INTERNAL');
      // Nothing is done twice: one entry more at most.
      expect(after.log.length - before.log.length).toBeLessThanOrEqual(1);
      if (action.command === 'tune') return;
      if (action.command === 'form') {
        // It only opens: whoever sends it is answered by the command itself.
        expect([card.form?.alert, after.revision]).toEqual([number, before.revision]);
        return;
      }
      if (action.command === 'case') {
        // An alert in any state can be handed over, once; what is answered is the case.
        expect(after.case).toBeGreaterThan(0);
        expect((await tenant.cases.findOne({ number: after.case! }))?.alerts).toEqual([number]);
        return;
      }
      // The buttons are those of the state as it is now.
      const offered = card.blocks.flatMap((block) => (block.kind === 'actions' ? block.actions : []));
      expect(offered).toEqual(alertActions(after, 'acme'));
      if (after.revision !== before.revision) return;
      // Nothing was changed: it says who was faster, what they did and when.
      expect(text).toMatch(/Bo Anders/);
      expect(JSON.stringify(card.blocks)).toContain(String(NOW + 60_000));
      expect(text).toMatch(/State/);
    },
  );
});
