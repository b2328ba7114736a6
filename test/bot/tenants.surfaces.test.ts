import { describe, expect, it } from 'vitest';
import { terminalChat } from '../../bot/surfaces/terminal/index.js';
import type { Card } from '../../commands/cards/card.js';
import { idOf } from '../../engine/ids.js';
import { consoleHarness } from './surfaces/console.harness.js';
import { harness } from './surfaces/slack.harness.js';
import { CASES, SECRET } from './tenants.cases.js';
import { inBatches, shows, tenantTries, typedBy } from './tenants.tries.js';
import { fill, zetaNow } from './tenants.world.js';

const { world, lines, buttons } = await tenantTries();

describe('in each surface', () => {
  it('terminal', { timeout: 60_000 }, async () => {
    const before = await zetaNow(world);
    const all = [...Object.keys(CASES).flatMap(lines), ...buttons.flatMap(typedBy)];
    await inBatches(all, async (line) => {
      const { text: shown, ok } = await terminalChat({
        answer: world.answer,
        user: 'ana',
        tenant: 'zeta',
        text: line,
        colour: false,
        width: 200,
      });
      expect({ line, ok, leaks: shows(shown, line) }).toEqual({ line, ok: false, leaks: false });
      const flagged = await terminalChat({
        answer: world.answer,
        user: 'ana',
        tenant: null,
        text: `/mdr ${line} --tenant zeta`,
        colour: false,
      });
      expect({ line, ok: flagged.ok }).toEqual({ line, ok: false });
    });
    expect(await zetaNow(world)).toBe(before);
  });

  it('console', { timeout: 90_000 }, async () => {
    const at = await consoleHarness();
    try {
      await at.store.tenants.deleteMany({});
      await at.store.people.deleteMany({});
      const there = await fill(at.store, at.queues);
      await at.store.people.updateOne({ _id: 'ana' }, { $push: { identities: 'console:operator' } });
      at.answerWith(there.answer);
      const before = await zetaNow(there);
      const key = (line: string) => idOf(line);
      for (const line of [...Object.keys(CASES).map((name) => CASES[name]![0]!), ...buttons.flatMap(typedBy)]) {
        const theirs = await at.ask('/api/channels/zeta/alerts/messages', {
          text: `/mdr ${line}`,
          key: key(`a${line}`),
        });
        expect({ line, status: theirs.status, leaks: theirs.body.includes(SECRET) }).toEqual({
          line,
          status: 403,
          leaks: false,
        });
        const own = await at.ask('/api/channels/acme/alerts/messages', {
          text: `/mdr ${line} --tenant zeta`,
          key: key(`b${line}`),
        });
        expect({ line, tone: own.json.answer.card.tone }).toEqual({ line, tone: 'error' });
        expect(own.json.answer.card.blocks.length && JSON.stringify(own.json.answer)).not.toContain(SECRET);
      }
      for (const { command, record, choices } of buttons) {
        const click = {
          channel: 'zeta/alerts',
          thread: 'x',
          command,
          record,
          ...(choices && { choice: choices[0]!.value }),
        };
        const theirs = await at.ask('/api/actions', { ...click, tenant: 'zeta', key: key(`c${command}${record}`) });
        expect({ command, status: theirs.status }).toEqual({ command, status: 403 });
      }
      for (const path of ['messages', 'unread?after=0'])
        expect((await at.ask(`/api/channels/zeta/alerts/${path}`)).status).toBe(403);
      expect(await zetaNow(there)).toBe(before);
    } finally {
      await at.stop();
    }
  });

  it('Slack', { timeout: 90_000 }, async () => {
    const at = await harness('HTTP');
    try {
      at.answerWith(world.answer);
      const before = await zetaNow(world);
      const { slack } = at;
      let answers = 0;
      const answered = async (command: string) => {
        // Answered in a dialog.
        if (command === 'form') {
          const shown = () => JSON.stringify([...slack.workspace.views.values()].at(-1) ?? '');
          return slack.until(() => (shown().includes('MDR_') ? shown() : undefined), 10_000);
        }
        answers++;
        const found = await slack.until(() => slack.ephemerals[answers - 1], 10_000);
        return JSON.stringify(found);
      };
      for (const name of Object.keys(CASES)) {
        await slack.slash(`${lines(name)[0]} --tenant zeta`, { user: 'Uana' });
        expect({ name, refused: /MDR_FORBIDDEN/.test(await answered(name)) }).toEqual({ name, refused: true });
      }
      // A message with zeta's buttons, as if it had been forwarded or forged into acme's channel.
      const card: Card = {
        title: 'Buttons',
        tone: 'neutral',
        blocks: [{ kind: 'actions', actions: buttons.map((action, i) => ({ ...action, id: `b${i}` })).slice(0, 20) }],
      };
      const ref = await at.surface.post('C0ALERTS', card, 'k', null);
      const message = slack.workspace.message(ref.channel, ref.message)!;
      for (const [i, action] of buttons.slice(0, 20).entries()) {
        await slack.click(message, `mdr:${action.command}:b${i}`, {
          user: 'Uana',
          ...(action.choices && { choice: action.choices[0]!.value }),
        });
        const shown = await answered(action.command);
        expect({ action: action.command, refused: /MDR_FORBIDDEN/.test(shown), leaks: shown.includes(SECRET) }).toEqual(
          { action: action.command, refused: true, leaks: false },
        );
      }
      expect(await zetaNow(world)).toBe(before);
    } finally {
      await at.stop();
    }
  });
});
