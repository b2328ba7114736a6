import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf } from '../../engine/respond/case/check.js';
import { handleOf, stepAt } from '../../engine/respond/playbook/drive/steps.js';
import { hasSlapd } from '../respond/actions/slapd.js';
import { openBrowser } from '../support/browser.js';
import { CHANNEL, until } from './harness.js';
import {
  answer,
  BOB,
  buttonOf,
  openCasePage,
  present,
  ransomwareWorld,
  shadowsDeleted,
  told,
  words,
} from './ransomware.world.js';

const isThere = hasSlapd();
if (!isThere) console.warn('skipped: there is no slapd (apt-get install slapd)');
const MOST_ROUNDS = 80;

describe.skipIf(!isThere)('a case of ransomware', () => {
  let world: Awaited<ReturnType<typeof ransomwareWorld>>;
  let browser: Browser | null;
  beforeAll(async () => {
    [world, browser] = await Promise.all([ransomwareWorld(), openBrowser()]);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  }, 60_000);

  it('goes from its alert to its end, with the worker killed at each boundary, and nothing happens twice', {
    timeout: 900_000,
  }, async () => {
    const { road, acme, directory, jane } = world;
    const { slack } = road;
    const theCase = async () => (await acme.cases.findOne({ number: 1 }))!;
    const lockedBefore = await directory.read(jane, 'pwdAccountLockedTime');
    expect(lockedBefore).toEqual([]);

    // Alert, case, room; the customer is shown it.
    await road.send(shadowsDeleted('fs01'));
    const alert = await until('the alert', async () =>
      slack.workspace.roots(CHANNEL).find(({ blocks }) => words(blocks).includes('fs01')),
    );
    await slack.click(alert, buttonOf(alert.blocks, 'case:open-case'));
    await until('the case', async () => acme.cases.findOne({ number: 1 }));
    await told(road, 'Ransomware');
    await slack.slash('war-room 1', { channel: CHANNEL });
    const room = await until('the room', async () => {
      const { room: made } = await theCase();
      return made?.channel ? slack.workspace.channels.get(made.channel) : null;
    });
    await slack.slash('case state 1 triage it is real', { channel: room.id });
    await until('triage', async () => (await theCase()).state === 'triage');
    await slack.slash('case publish 1', { channel: room.id });
    const preview = await told(road, 'Publish exactly this');
    await slack.click(preview, buttonOf(preview.blocks, 'case:confirm'));
    await until('published', async () => (await theCase()).published);

    // The playbook: each answer is given by somebody, and around each the worker dies.
    await slack.slash('playbook run 1 ransomware hosts=fs01 users=jane ips=203.0.113.66 domains=evil.example', {
      channel: room.id,
    });
    await until('the run', async () => acme.playbookRuns.findOne({ number: 1 }));
    const checklist = () =>
      slack.workspace.roots(room.id).find(({ blocks }) => words(blocks).includes('Playbook · Ransomware'))!;
    await until('the checklist in the room', async () => checklist() && room.pins.includes(checklist().ts));
    const page = browser ? await (await browser.newContext()).newPage() : null;
    if (page) await openCasePage(page, road.parts.bot.facts.console!);
    else console.warn('no Chromium here: the browser half of this test is skipped');
    let kills = 0;
    let isClicked = false;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const run = await present(acme);
      if (run.record.status === 'ended') break;
      const waits = Object.keys(run.state.steps).filter(
        (path) => run.state.steps[path]!.status === 'running' && stepAt(run.program, run.state, path)?.type === 'wait',
      );
      if (run.open.length === 0 && waits.length === 0) {
        await until('the run goes on', async () => (await present(acme)).revision !== run.revision, 120_000);
        continue;
      }
      // Whoever holds an action finishes it: what a death in the middle of one does is tested with the actions.
      await until('no action in hand', async () => (await acme.actions.count({ claim: { $ne: null } })) === 0);
      const [first, ...others] = run.open;
      const isMidway = round % 2 === 1 && first !== undefined && first.kind !== 'approve';
      if (isMidway) await answer(world, run, first, room.id, checklist);
      await road.parts.worker.kill();
      kills++;
      for (const effect of isMidway ? others : run.open) {
        // One of them is done in the browser.
        const isPlain = effect.kind === 'task' && !effect.choices && !effect.answers && effect.lane === 'provider';
        if (page && isPlain && !isClicked) {
          isClicked = true;
          await clickIn(page, `Done ${handleOf(run.state, effect.step)}`);
        } else await answer(world, run, effect, room.id, checklist);
      }
      for (const path of waits)
        await slack.slash(`playbook leave 1 ${handleOf(run.state, path)} it was long enough`, { channel: room.id });
      await road.restart('worker');
      await until('the run goes on', async () => (await present(acme)).revision !== run.revision, 120_000);
    }
    const ended = await present(acme);
    expect(ended.record).toMatchObject({ status: 'ended', outcome: 'completed' });
    expect(kills).toBeGreaterThan(10);
    await until('the checklist says so', async () => words(checklist().blocks).includes('completed'));
    if (page) {
      await page.reload();
      await page.getByText('Playbook · Ransomware · run 1 · completed').first().waitFor();
    }

    // What happened: each thing once, agreed to by Bob, who did not ask for it.
    expect(await directory.read(jane, 'pwdAccountLockedTime')).toEqual(['000001010000Z']);
    expect(await world.list('ip.txt')).toContain('203.0.113.66');
    expect(await world.list('rpz.zone')).toContain('evil.example');
    const actions = await acme.actions.find({ state: 'done' });
    expect(actions.map(({ action }) => action).sort()).toEqual(['block-ip', 'disable-user', 'dns-rpz-block']);
    for (const { by, approvals, attempts, log } of actions) {
      expect([by.id, approvals.map(({ id }) => id), attempts]).toEqual(['ana', ['bob'], 1]);
      expect(log.filter(({ text }) => text.startsWith('begun'))).toHaveLength(1);
    }
    expect(await acme.actions.count({ state: { $in: ['proposed', 'approved', 'running'] } })).toBe(0);
    const { tasks } = await theCase();
    expect(tasks.filter(({ state }) => state === 'open')).toEqual([]);
    expect(new Set(tasks.map(({ how }) => how!.key)).size).toBe(tasks.length);

    // Undone, by two people again.
    for (const { number } of actions) {
      await slack.slash(`actions undo ${number} the incident is over`, { channel: room.id });
      const { undo } = await until('the undo asked for', async () =>
        acme.actions.findOne({ number, undo: { $ne: null } } as never),
      );
      await slack.slash(`actions approve:${number}:${undo!.digest}`, { channel: room.id, user: BOB });
    }
    await until('all undone', async () => (await acme.actions.count({ state: 'undone' })) === actions.length);
    expect(await directory.read(jane, 'pwdAccountLockedTime')).toEqual([]);
    expect(await world.list('ip.txt')).not.toContain('203.0.113.66');
    expect(await world.list('rpz.zone')).not.toContain('evil.example');

    // Review: what the case teaches is proposed for the playbook, and a lead decides. Then it is closed.
    for (const state of ['contain', 'eradicate', 'recover', 'review']) {
      await slack.slash(`case state 1 ${state} as the playbook went`, { channel: room.id });
      await until(state, async () => (await theCase()).state === state);
    }
    await slack.slash('review 1 propose', { channel: room.id });
    const lesson = await until('a proposal', async () => (await acme.lessons.find({ case: 1 }))[0]);
    // Of the playbook, or of the part in which it went otherwise.
    expect(['ransomware', 'recover-host']).toContain(lesson.playbook);
    expect(lesson).toMatchObject({ state: 'open', diff: expect.stringMatching(/^[-+](?![-+])/m) });
    await slack.slash(`review refuse L${lesson.number} it was so this once only`, { channel: room.id, user: BOB });
    await until(
      'the decision',
      async () => (await acme.lessons.findOne({ number: lesson.number }))!.state === 'refused',
    );
    await slack.slash('case close 1 true_positive the account was stolen, backups held', { channel: room.id });
    await until('closed', async () => (await theCase()).state === 'closed');
    const record = await theCase();
    expect(faultsOf(record)).toEqual([]);
    const log = record.log.filter(({ kind }) => kind === 'playbook').map(({ text }) => text);
    expect(new Set(log).size).toBe(log.length);
    expect(log.at(-1)).toContain('Ransomware is over (completed)');
    // One checklist, and each thing told once.
    expect(
      slack.workspace.roots(room.id).filter(({ blocks }) => words(blocks).includes('Playbook · Ransomware')),
    ).toHaveLength(1);
    const keys = slack.workspace.replies(room.id, room.pins[0]!).map(({ metadata }) => words(metadata));
    expect(new Set(keys).size).toBe(keys.length);
  });

  async function clickIn(page: Page, name: string): Promise<void> {
    await page.reload();
    await page.getByRole('button', { name, exact: true }).first().click();
    await page
      .getByText(/Run 1: done/)
      .first()
      .waitFor();
  }
});
