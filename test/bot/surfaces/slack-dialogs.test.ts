import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Mode } from './slack.harness.js';
import { words } from './slack.harness.js';
import { CUSTOMER, PROVIDER, slackWorld, type World } from './slack.world.js';

describe.each<Mode>(['HTTP', 'Socket Mode'])('over %s', (mode) => {
  let world: World;
  beforeAll(async () => {
    world = await slackWorld(mode);
  });
  afterAll(() => world.stop());
  beforeEach(() => world.slack.workspace.views.clear());

  /** The newest dialog, once it shows `text`. */
  const dialog = (text: string) =>
    world.slack.until(() => {
      const id = [...world.slack.workspace.views.keys()].filter((key) => key.startsWith('V')).at(-1);
      if (!id) return null;
      const view = world.slack.view(id);
      return words([view.title, view.blocks]).includes(text) && view;
    });
  const record = async (number: number) => (await world.acme.alerts.findOne({ number }))!;
  const click = async (text: string, actionId: string, user = 'U0ANA', channel = PROVIDER) => {
    const before = world.slack.ephemerals.length;
    await world.slack.slash(text, { user, channel });
    const shown = await world.slack.until(() => world.slack.ephemerals[before]);
    return world.slack.click(shown, actionId, { user });
  };

  test('/mdr alone shows the menu to that person; its buttons answer, and those with dots open forms', async () => {
    await click('', 'mdr:menu:alerts');
    const listed = await world.slack.until(() => world.slack.ephemerals[1]);
    expect(words(world.slack.ephemerals[0]?.blocks)).toContain('What you may do for Acme');
    expect(words(listed.blocks)).toContain('acme thing 1');
    await click('', 'mdr:form:note');
    const form = await dialog('Note on alert');
    expect(form.blocks.map(({ block_id }) => block_id)).toEqual(['alert', 'words']);
  });

  test('a form opens at once in a loading state, while the answer is still being worked out', async () => {
    const opened: string[] = [];
    const look = () => {
      const last = [...world.slack.workspace.views.values()].at(-1);
      if (last) opened.push(words([last.title, last.blocks]));
    };
    world.slack.workspace.on('change', look);
    await click('alert 2', 'mdr:form:form-note');
    await dialog('Note on alert · 2');
    world.slack.workspace.off('change', look);
    const loading = opened.findIndex((text) => text.includes('One moment'));
    expect(loading).toBeGreaterThanOrEqual(0);
    expect(opened.findIndex((text) => text.includes('· 2'))).toBeGreaterThan(loading);
  });

  test('sending the form runs the command, is shown in the same dialog, and is acknowledged before that', async () => {
    await click('alert 2', 'mdr:form:form-note');
    const form = await dialog('Note on alert · 2');
    const note = `--tenant zeta <!here> "${mode}`;
    const ack = await world.slack.submit(form.id, { words: note });
    expect(ack.ms).toBeLessThan(2500);
    await dialog('Alert 2:');
    expect((await record(2)).log.at(-1)).toMatchObject({ kind: 'note', actor: 'ana', text: note });
  });

  test('close takes a reason and words; assign finds people by search, only those of the tenant who may work', async () => {
    await click('alert 2', 'mdr:form:form-assign');
    const form = await dialog('Assign alert · 2');
    expect((await world.slack.search(form.id, 'person', '')).map(({ value }) => value).sort()).toEqual([
      ...['ana', 'cus', 'soc'],
    ]);
    expect(await world.slack.search(form.id, 'person', 'SOC')).toEqual([
      { value: 'soc', label: 'Soc Both (provider)' },
    ]);
    await world.slack.submit(form.id, { person: 'soc' });
    await dialog('Assigned to Soc Both');
    expect((await record(2)).assignee?.id).toBe('soc');
    const number = mode === 'HTTP' ? 2 : 3;
    await click(`alert ${number}`, 'mdr:form:form-close');
    const close = await dialog(`Close alert · ${number}`);
    await world.slack.submit(close.id, { reason: 'benign', words: 'it is the backup' });
    await dialog('Closed as benign');
    expect(await record(number)).toMatchObject({ state: 'closed', reason: 'benign' });
  });

  test('alerts are found by number or words, and never those of another tenant or of another lane', async () => {
    await world.slack.slash('form note', { channel: PROVIDER });
    const form = await dialog('Note on alert');
    const found = await world.slack.search(form.id, 'alert', '');
    expect(found.map(({ value }) => value)).toContain('1');
    expect(JSON.stringify(found)).not.toContain('SECRET');
    expect((await world.slack.search(form.id, 'alert', '#1')).map(({ value }) => value)).toEqual(['1']);
    expect(await world.slack.search(form.id, 'alert', '9')).toEqual([]);
    expect(await world.slack.search(form.id, 'alert', 'thing 1', { user: 'U0ZED' })).toEqual([]);
    await world.slack.slash('form close', { user: 'U0CUS', channel: CUSTOMER });
    const theirs = await dialog('Close alert');
    const seen = await world.slack.search(theirs.id, 'alert', '', { user: 'U0CUS' });
    expect(seen.map(({ value }) => value)).not.toContain('1');
  });

  test('when what was filled in is wrong, the form comes back with it and says why', async () => {
    await click('alert 1', 'mdr:form:form-note');
    const form = await dialog('Note on alert · 1');
    // Meanwhile the rights are gone: they are looked up when the form is sent, not when it is opened.
    await world.store.people.updateOne({ _id: 'ana' }, { $set: { grants: [{ tenant: 'acme', role: 'viewer' }] } });
    await world.slack.submit(form.id, { words: 'kept words' });
    await dialog('needs the role');
    await world.store.people.updateOne({ _id: 'ana' }, { $set: { grants: [{ tenant: 'acme', role: 'analyst' }] } });
    expect(JSON.stringify((await record(1)).log)).not.toContain('kept words');
    await world.slack.slash('form tune', { channel: PROVIDER });
    const tune = await dialog('Propose exception');
    await world.slack.submit(tune.id, { alert: '1', conditions: 'nonsense', reason: 'why not' });
    const again = await dialog('not understood');
    const input = again.blocks.find(({ block_id }) => block_id === 'conditions');
    expect(input?.element).toMatchObject({ initial_value: 'nonsense' });
    await world.slack.submit(again.id, { conditions: 'Image=x' });
    await dialog('proposed');
  });

  test('a click too old to open a dialog is answered to that person with what to type', async () => {
    for (const error of ['expired_trigger_id', 'exchanged_trigger_id']) {
      const before = world.slack.ephemerals.length;
      world.slack.fault('views.open', { kind: 'error', error });
      await click('alert 1', 'mdr:form:form-close');
      const said = await world.slack.until(() => world.slack.ephemerals[before + 1]);
      expect(words(said.blocks)).toContain('Type /mdr close 1 <reason>');
    }
    world.slack.workspace.triggerMs = -1;
    const before = world.slack.ephemerals.length;
    await world.slack.slash('form note 1', { channel: PROVIDER });
    const said = await world.slack.until(() => world.slack.ephemerals[before]);
    world.slack.workspace.triggerMs = 3000;
    expect(words(said.blocks)).toContain('/mdr note 1');
  });

  test('the answer to a dialog that was closed meanwhile comes to the channel, to that person', async () => {
    await click('alert 1', 'mdr:form:form-note');
    const form = await dialog('Note on alert · 1');
    const before = world.slack.ephemerals.length;
    world.slack.fault('views.update', { kind: 'error', error: 'not_found' });
    await world.slack.submit(form.id, { words: `closed early ${mode}` });
    const said = await world.slack.until(() => world.slack.ephemerals[before]);
    expect(said).toMatchObject({ user: 'U0ANA', channel: PROVIDER });
    expect((await record(1)).log.filter(({ text }) => text === `closed early ${mode}`)).toHaveLength(1);
  });

  test('"Make this an alert": from a message, with its author, its own time and its address', async () => {
    const { slack, acme } = world;
    slack.workspace.addUser('U0EXT', 'xeni');
    const text = 'my screen says <pay> & "now"';
    const message = slack.workspace.add({ channel: CUSTOMER, user: 'U0EXT', text, blocks: [], unfurl: false });
    await slack.shortcut('mdr_raise', message, { user: 'U0CUS' });
    const form = await dialog('Make this an alert');
    const title = form.blocks.find(({ block_id }) => block_id === 'words')?.element as { initial_value: string };
    expect(title.initial_value).toBe(text);
    await slack.submit(form.id, { level: 'high', words: `Ransom ${mode}` }, { user: 'U0CUS' });
    await dialog('provider was told');
    const [detection] = await acme.detections.find({ 'rule.title': `Ransom ${mode}` });
    expect(detection?.event.time).toBe(Math.floor(Number(message.ts) * 1000));
    expect(JSON.parse(detection!.event.original)).toMatchObject({
      ...{ author: 'slack:U0EXT', authorName: 'xeni', raisedBy: 'Cus Tomer', text, channel: CUSTOMER },
      link: `https://double.slack.com/archives/${CUSTOMER}/p${message.ts.replace('.', '')}`,
    });
  });

  test('nothing is made of a message for those who may not, or where no tenant is', async () => {
    const { slack } = world;
    slack.workspace.addChannel('C0FREE');
    for (const [channel, user, code] of [
      [PROVIDER, 'U0VIC', 'MDR_FORBIDDEN'],
      [PROVIDER, 'U0ZED', 'MDR_FORBIDDEN'],
      [PROVIDER, 'U0NOBODY', 'MDR_PERSON_UNKNOWN'],
      ['C0FREE', 'U0ANA', 'MDR_CHANNEL_UNBOUND'],
    ] as const) {
      const message = slack.workspace.add({ channel, user: 'U0ANA', text: 'x', blocks: [], unfurl: false });
      await slack.shortcut('mdr_raise', message, { user });
      expect((await dialog(code)).blocks.some(({ type }) => type === 'input')).toBe(false);
    }
  });

  test('the global shortcut shows the own page in a dialog, and its buttons work inside it', async () => {
    await world.slack.shortcut('mdr_menu', null, { user: 'U0SOC' });
    const page = await dialog('Hello Soc Both');
    expect(words(page.blocks)).toMatch(/Acme \(acme\).*Zeta \(zeta\)/);
    await world.slack.clickIn(page.id, 'mdr:menu:zeta-alerts', { user: 'U0SOC' });
    expect((await dialog('SECRET of zeta')).id).toBe(page.id);
  });

  test('the same submission delivered twice runs once', async () => {
    await click('alert 1', 'mdr:form:form-note');
    const form = await dialog('Note on alert · 1');
    const copy = { ...world.slack.workspace.views.get(form.id) };
    await world.slack.submit(form.id, { words: `twice ${mode}` });
    await dialog('Alert 1:');
    world.slack.workspace.views.set(form.id, copy);
    await world.slack.submit(form.id, { words: `twice ${mode}` });
    await sleep(200);
    expect((await record(1)).log.filter(({ text }) => text === `twice ${mode}`)).toHaveLength(1);
  });
});
