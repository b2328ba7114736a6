import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Outbox, startOutbox } from '../../bot/outbox.js';
import { idOf } from '../../engine/ids.js';
import { faultsOf } from '../../engine/respond/case/check.js';
import { caseOf } from '../../engine/respond/case/join.js';
import { changeCase } from '../../engine/respond/case/save.js';
import type { Change } from '../../engine/respond/case/types.js';
import { NOW } from '../commands/world.js';
import { words } from './surfaces/slack.harness.js';
import { CUSTOMER, PROVIDER, slackWorld, type World } from './surfaces/slack.world.js';

let world: World;
let outbox: Outbox;
beforeAll(async () => {
  world = await slackWorld('Socket Mode');
  const { store, queues, surface } = world;
  outbox = startOutbox({
    ...{ store, queues, surfaces: [surface], clock: () => NOW, debounceMs: 0, sweepMs: 60_000 },
    log: pino({ level: 'silent' }),
  });
});
afterAll(async () => {
  await outbox.stop();
  await world.stop();
});

const until = <T>(look: () => T | null | undefined | false): Promise<NonNullable<T>> =>
  vi.waitFor(
    () => {
      const found = look();
      if (!found) throw new Error('not yet');
      return found as NonNullable<T>;
    },
    { timeout: 15_000, interval: 50 },
  );
const root = (text: string, channel = PROVIDER) =>
  until(() => world.slack.workspace.roots(channel).find(({ blocks }) => words(blocks).includes(text)));
const replies = (ts: string, channel = PROVIDER) =>
  world.slack.workspace.replies(channel, ts).map(({ blocks }) => words(blocks));
/** The newest dialog, once it shows `text`. */
const dialog = (text: string) =>
  world.slack.until(() => {
    const id = [...world.slack.workspace.views.keys()].filter((key) => key.startsWith('V')).at(-1);
    const view = id ? world.slack.view(id) : null;
    return view && words([view.title, view.blocks]).includes(text) ? view : null;
  });
const change = async (made: Change) => {
  const asking = { by: { id: 'ana', name: 'Ana Silva' }, clock: () => NOW, request: JSON.stringify(made) };
  await changeCase(world.acme, 1, asking, made);
  await world.queues.add('changes', { tenant: 'acme', kind: 'case', number: 1 });
};

describe('a case in Slack', { timeout: 60_000 }, () => {
  it('is opened by a click on an alert, worked on in a thread of its own by clicks, and closed', async () => {
    const { slack, acme, queues } = world;
    await queues.add('changes', { tenant: 'acme', kind: 'alert', number: 1 });
    const alert = await root('Alert 1 ·');
    // Delivered twice, and by two people.
    await Promise.all([
      slack.click(alert, 'mdr:case:open-case', { user: 'U0ANA' }),
      slack.click(alert, 'mdr:case:open-case', { user: 'U0SOC' }),
    ]);
    const card = await root('Case 1 ·');
    expect(await acme.cases.count()).toBe(1);
    expect(words(card.blocks)).toContain('acme thing 1');
    await until(() => replies(card.ts).some((text) => text.includes('Alert 1: acme thing 1')));
    await until(() => words(alert.blocks).includes('/mdr case 1') && !words(alert.blocks).includes('Open a case'));
    await until(() => replies(alert.ts).some((text) => text.includes('Part of case 1')));

    await slack.click(card, 'mdr:form:form-task');
    const form = await dialog('Add a task · 1');
    await slack.submit(form.id, { words: 'take an image of ws01', owner: 'soc', due: '4h', items: 'memory\ndisk' });
    await until(() => words(card.blocks).includes('T1'));
    expect((await caseOf(acme, 1)).tasks[0]).toMatchObject({
      ...{ title: 'take an image of ws01', owner: { id: 'soc' }, due: NOW + 4 * 3_600_000, lane: 'provider' },
      checklist: [{ text: 'memory' }, { text: 'disk' }],
    });

    const ask = world.slack.ephemerals.length;
    await slack.click(card, 'mdr:form:form-close');
    const early = await dialog('Close the case · 1');
    await slack.submit(early.id, { reason: 'benign', why: 'nothing' });
    await dialog('open task');
    expect(world.slack.ephemerals).toHaveLength(ask);

    await slack.click(card, 'mdr:case:task-done', { choice: 'T1' });
    await until(() => replies(card.ts).some((text) => text.includes('T1 done')));
    await slack.click(card, 'mdr:form:form-state');
    const state = await dialog('Move the case on · 1');
    await slack.submit(state.id, { state: 'triage', why: 'looking at <!channel> ws01' });
    await until(() => words(card.blocks).includes('Triage'));
    await slack.click(card, 'mdr:form:form-close');
    const close = await dialog('Close the case · 1');
    await slack.submit(close.id, { reason: 'true_positive', why: 'the account was disabled' });
    await until(() => words(card.blocks).includes('Closed as true_positive'));
    await until(() => replies(card.ts).some((text) => text.includes('the account was disabled')));
    const record = await caseOf(acme, 1);
    expect(faultsOf(record)).toEqual([]);
    expect(record.log.at(-1)).toMatchObject({ kind: 'closed', actor: 'ana', reason: 'the account was disabled' });
    // One card, edited in place; one reply for each entry.
    expect(slack.workspace.roots(PROVIDER).filter(({ blocks }) => words(blocks).includes('Case 1 ·'))).toHaveLength(1);
    await until(() => replies(card.ts).length === record.log.length);
    // As text that is text to Slack, and nowhere else.
    const literal = JSON.stringify({ type: 'text', text: 'looking at <!channel> ws01' });
    expect(JSON.stringify(slack.workspace.replies(PROVIDER, card.ts)).replace(literal, '')).not.toContain('<!channel>');
  });

  it('has a thread for the customer once it is published, with their lane only', async () => {
    await change({ kind: 'reopen', reason: 'internal-why' });
    await change({ kind: 'note', text: 'internal-note', lane: 'provider' });
    await root('Case 1 ·');
    const theirs = () =>
      world.slack.workspace.roots(CUSTOMER).filter(({ blocks }) => words(blocks).includes('Case 1 ·'));
    expect(theirs()).toHaveLength(0);
    await change({ kind: 'publish' });
    const card = await root('Case 1 ·', CUSTOMER);
    await change({ kind: 'note', text: 'for your eyes', lane: 'customer' });
    await change({ kind: 'state', to: 'contain', reason: 'internal-why' });
    await until(() => replies(card.ts, CUSTOMER).some((text) => text.includes('triage → contain')));
    expect(replies(card.ts, CUSTOMER)).toHaveLength(2);
    expect(JSON.stringify([card, world.slack.workspace.replies(CUSTOMER, card.ts)])).not.toMatch(/internal-|ws01/);
    await change({ kind: 'unpublish' });
    await until(() => replies(card.ts, CUSTOMER).some((text) => text.includes('No further updates')));
    await change({ kind: 'state', to: 'eradicate', reason: 'internal-why' });
    await until(() =>
      replies(world.slack.workspace.roots(PROVIDER).find(({ blocks }) => words(blocks).includes('Case 1 ·'))!.ts).some(
        (text) => text.includes('contain → eradicate'),
      ),
    );
    expect(replies(card.ts, CUSTOMER)).toHaveLength(3);
    expect(words(card.blocks)).toContain('Contain');
  });

  it('has a room of its own: its people, a topic, the live card pinned; closed with a summary', async () => {
    const { slack, acme, queues } = world;
    await change({ kind: 'person', role: 'legal', person: { id: 'cus', name: 'Cus Tomer' }, reason: '' });
    await change({ kind: 'title', to: 'a <!channel> title', reason: '' });
    const name = `case-acme-1-${idOf('room', 'acme', '1', '1').slice(0, 8)}`;
    // An answer that is lost after the channel was made, and one that fails half-way.
    slack.fault('conversations.create', { kind: 'status', status: 500, stored: true });
    slack.fault('pins.add', { kind: 'status', status: 503 });
    await slack.slash('war-room 1', { channel: PROVIDER });
    const room = await until(() => [...slack.workspace.channels.values()].find((one) => one.name === name));
    const card = await root('Case 1 ·', room.id);
    await until(() => room.topic !== '');
    expect(room).toMatchObject({
      kind: 'private',
      pins: [card.ts],
      topic: 'Case 1 · high, P2 · Eradicate · lead: Ana Silva',
    });
    // The customer's people are not let in, whatever their role.
    expect([...room.members]).toEqual(['U0ANA']);
    expect([...slack.workspace.channels.values()].filter((one) => one.name.startsWith('case-acme'))).toEqual([room]);

    // Commands given there are about this case; somebody of another tenant gets nothing there.
    await slack.slash('case handover soc you take the night', { channel: room.id });
    await until(() => room.topic.includes('lead: Soc Both') && room.members.has('U0SOC'));
    await until(() => words(card.blocks).includes('Soc Both'));
    // Ana leads it no longer, and goes; whoever people brought themselves stays.
    room.members.add('U0VIC');
    await until(() => !room.members.has('U0ANA'));
    expect([...room.members].sort()).toEqual(['U0SOC', 'U0VIC']);
    const before = slack.ephemerals.length;
    await slack.slash('case show 1', { channel: room.id, user: 'U0ZED' });
    const refused = await until(() => slack.ephemerals[before]);
    expect(words(refused.blocks)).toContain('MDR_FORBIDDEN');
    expect(words(refused.blocks)).not.toContain('Case 1');
    // Alerts have no threads there.
    await queues.add('changes', { tenant: 'acme', kind: 'alert', number: 1 });

    await slack.slash('war-room close', { channel: room.id });
    await until(() => room.archived);
    const summary = words(slack.workspace.roots(room.id).at(-1)!.blocks);
    expect(summary).toContain('This room is closed. Case 1 in short');
    expect(summary).toContain('Soc Both leads it');
    expect(slack.workspace.roots(room.id)).toHaveLength(2);
    expect((await caseOf(acme, 1)).room).toMatchObject({ name, closed: NOW });
    // Somebody else's of that name, in which the bot is: never taken for ours.
    const next = `case-acme-1-2-${idOf('room', 'acme', '1', '2').slice(0, 8)}`;
    const theirs = slack.workspace.addChannel('C0THEIRS', { name: next, kind: 'private', creator: 'U0ZED' });
    // What changes while the first message is on its way there does not make a second one.
    slack.fault('chat.postMessage', { kind: 'slow', ms: 700 }, 4);
    await slack.slash('war-room 1', { channel: PROVIDER });
    const second = await until(() => [...slack.workspace.channels.values()].find((one) => one.name === `${next}-2`));
    for (let i = 0; i < 8; i++) {
      await change({ kind: 'note', text: `meanwhile ${i}`, lane: 'provider' });
      await sleep(60);
    }
    await until(() => second.pins.length > 0 && second.topic !== '');
    await until(() => replies(second.pins[0]!, second.id).some((text) => text.includes('meanwhile 7')));
    expect(slack.workspace.roots(second.id)).toHaveLength(1);
    expect([theirs.messages.length, theirs.members.size, theirs.topic]).toEqual([0, 0, '']);
    expect(faultsOf(await caseOf(acme, 1))).toEqual([]);
  });
});
