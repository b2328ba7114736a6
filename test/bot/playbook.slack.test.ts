import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Outbox, startOutbox } from '../../bot/outbox.js';
import { openSecrets } from '../../engine/notify/secrets.js';
import { openCase } from '../../engine/respond/case/open.js';
import { changeCase } from '../../engine/respond/case/save.js';
import type { Change } from '../../engine/respond/case/types.js';
import { startRuns } from '../../engine/respond/playbook/drive/index.js';
import { addRun } from '../commands/runs.js';
import { NOW } from '../commands/world.js';
import { KEY, log } from '../respond/actions/world.js';
import { Machines } from '../respond/playbook/drive.world.js';
import { words } from './surfaces/slack.harness.js';
import { CUSTOMER, PROVIDER, slackWorld, type World } from './surfaces/slack.world.js';

let world: World;
let outbox: Outbox;
let runs: { stop(): Promise<void> };
beforeAll(async () => {
  world = await slackWorld('Socket Mode');
  const { store, queues, surface } = world;
  const clock = () => NOW;
  outbox = startOutbox({
    ...{ store, queues, surfaces: [surface], clock, debounceMs: 0, sweepMs: 60_000 },
    log: pino({ level: 'silent' }),
  });
  const carriers = [new Machines().carrier];
  runs = await startRuns({ store, queues, clock, log, carriers, allowed: [], secrets: openSecrets(KEY) });
});
afterAll(async () => {
  await runs.stop();
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
    { timeout: 20_000, interval: 50 },
  );
const root = (channel: string) =>
  until(() => world.slack.workspace.roots(channel).find(({ blocks }) => words(blocks).includes('Case 1 ·')));
const checklists = (channel: string, ts: string) =>
  world.slack.workspace.replies(channel, ts).filter(({ blocks }) => words(blocks).includes('Playbook · Many steps'));
const checklist = (channel: string, ts: string) => until(() => checklists(channel, ts)[0]);
const change = async (made: Change) => {
  const asking = { by: { id: 'ana', name: 'Ana Silva' }, clock: () => NOW, request: JSON.stringify(made) };
  await changeCase(world.acme, 1, asking, made);
  await world.queues.add('changes', { tenant: 'acme', kind: 'case', number: 1 });
};

describe('a playbook run in Slack', { timeout: 60_000 }, () => {
  it('is one message in the thread of its case, edited in place, with buttons that do it', async () => {
    const { slack, acme, queues } = world;
    const by = { id: 'ana', name: 'Ana Silva' };
    const lead = { ...by };
    await openCase(
      acme,
      { by, clock: () => NOW, request: 'open' },
      {
        ...{ title: 'A case', type: 'other', severity: 'high', priority: 'P2', reason: '', lead },
      },
    );
    await addRun(acme, 1, 3);
    await queues.add('playbooks', { tenant: 'acme', case: 1 });
    const { ts } = await root(PROVIDER);
    const card = await checklist(PROVIDER, ts);
    await until(() => JSON.stringify(card.blocks).includes('mdr:actions:approve-S7'));
    expect(words(card.blocks)).toContain('Done when: It is there.');

    // Two people click the same at once, and one of them twice.
    await Promise.all([
      slack.click(card, 'mdr:playbook:done-S3', { user: 'U0ANA' }),
      slack.click(card, 'mdr:playbook:done-S3', { user: 'U0ANA' }),
      slack.click(card, 'mdr:playbook:done-S3', { user: 'U0SOC' }),
    ]);
    await until(
      () => !JSON.stringify(card.blocks).includes('mdr:playbook:done-S3') && words(card.blocks).includes('[x] '),
    );
    await slack.click(card, 'mdr:playbook:choose-S5', { choice: 'person' });
    await until(() => words(card.blocks).includes('choice: person'));
    await slack.click(card, 'mdr:form:done-S8');
    const form = await slack.until(() => {
      const id = [...slack.workspace.views.keys()].filter((key) => key.startsWith('V')).at(-1);
      const view = id ? slack.view(id) : null;
      return view && JSON.stringify(view.blocks).includes('who=') ? view : null;
    });
    await slack.submit(form.id, { number: '3', seen: 's8', answers: 'who=Jane <!channel> Doe\nips=192.0.2.1' });
    await until(() => words(card.blocks).includes('192.0.2.1'));
    // Ana brought the restart about: her own agreement is refused, somebody else's counts.
    await slack.click(card, 'mdr:playbook:agree-S9', { user: 'U0ANA' });
    await until(() => slack.ephemerals.some(({ blocks }) => words(blocks).includes('brought about themselves')));
    await slack.click(card, 'mdr:playbook:agree-S9', { user: 'U0SOC' });
    await until(() => !JSON.stringify(card.blocks).includes('mdr:playbook:agree-S9'));
    expect(checklists(PROVIDER, ts)).toHaveLength(1);
    expect(
      (await acme.cases.findOne({ number: 1 }))!.tasks.map(({ title, state }) => `${title} ${state}`).sort(),
    ).toEqual(['Call them open', 'Names done', 'Take an image of ws01 done', 'Whose is it? done']);
  });

  it("has a checklist of the customer's own lane in their thread, once the case is published", async () => {
    const { slack, acme } = world;
    expect(world.slack.workspace.roots(CUSTOMER).filter(({ blocks }) => words(blocks).includes('Case 1'))).toEqual([]);
    await change({ kind: 'publish' });
    const { ts } = await root(CUSTOMER);
    const card = await checklist(CUSTOMER, ts);
    expect(words(card.blocks)).toContain('Call them');
    await slack.click(card, 'mdr:playbook:done-S4', { user: 'U0CUS' });
    await until(() => !JSON.stringify(card.blocks).includes('mdr:playbook:done-S4'));
    const run = (await acme.playbookRuns.findOne({ number: 3 }))!;
    expect(JSON.parse(run.state).steps.call).toMatchObject({ status: 'done', by: 'cus' });
    await until(() => words(card.blocks).includes('[x] '));
    const all = JSON.stringify([card, slack.workspace.replies(CUSTOMER, ts)]);
    expect(all).not.toMatch(/Internal words|image|Isolate|Names|Whose|Restart|mdr:form|pause/);
  });

  it('is pinned in the room of its case, for itself', async () => {
    const { slack, acme } = world;
    await slack.slash('war-room 1', { channel: PROVIDER });
    const room = await until(() =>
      [...slack.workspace.channels.values()].find((one) => one.name.startsWith('case-acme-1-')),
    );
    const card = await until(() =>
      slack.workspace.roots(room.id).find(({ blocks }) => words(blocks).includes('Playbook · Many steps')),
    );
    await until(() => room.pins.length === 2 && room.pins.includes(card.ts));
    await slack.slash('playbook stop 3 it was an exercise', { channel: room.id });
    await until(() => words(card.blocks).includes('run 3 · stopped'));
    expect(JSON.stringify(card.blocks)).not.toContain('mdr:playbook:pause');
    expect((await acme.cases.findOne({ number: 1 }))!.tasks.filter(({ state }) => state === 'open')).toEqual([]);
    expect(slack.workspace.roots(room.id)).toHaveLength(2);
  });
});
