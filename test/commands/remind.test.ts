import { beforeEach, describe, expect, it } from 'vitest';
import { entryCard } from '../../commands/cards/alert.js';
import dismiss from '../../commands/dismiss.js';
import remind from '../../commands/remind.js';
import snooze from '../../commands/snooze.js';
import type { Context } from '../../commands/types.js';
import { takeWhen } from '../../commands/words/when.js';
import type { Person } from '../../engine/store/people.js';
import { HOUR, MINUTE, openWorld, type World } from '../notify/world.js';
import { addTenant } from './world.js';

const ZONE = 'Europe/Copenhagen';
const at = (text: string) => Date.parse(text);

describe('a time in words', () => {
  const now = at('2026-11-25T13:00:00+01:00'); // a Wednesday
  it.each([
    ['in 2h check the gateway', '2026-11-25T15:00:00+01:00', 'check the gateway'],
    ['in 2 hours check', '2026-11-25T15:00:00+01:00', 'check'],
    ['1h30m x', '2026-11-25T14:30:00+01:00', 'x'],
    ['in 3 days', '2026-11-28T13:00:00+01:00', ''],
    ['at 14:30 call', '2026-11-25T14:30:00+01:00', 'call'],
    ['12:59', '2026-11-26T12:59:00+01:00', ''],
    ['tomorrow', '2026-11-26T09:00:00+01:00', ''],
    ['tomorrow 8:30 look', '2026-11-26T08:30:00+01:00', 'look'],
    ['tomorrow at 8:30', '2026-11-26T08:30:00+01:00', ''],
    ['wed', '2026-12-02T09:00:00+01:00', ''],
    ['friday 17:00 report', '2026-11-27T17:00:00+01:00', 'report'],
  ])('%s', (words, due, rest) => {
    const found = takeWhen(words.split(' '), ZONE, now);
    expect(new Date(found!.due).toISOString()).toBe(new Date(due).toISOString());
    expect(found!.rest.join(' ')).toBe(rest);
  });
  it('is the wall clock across a change of it', () => {
    const due = takeWhen(['tomorrow', '09:00'], ZONE, at('2026-10-24T12:00:00+02:00'))!.due;
    expect(due).toBe(at('2026-10-25T09:00:00+01:00'));
  });
  it.each(['', 'soon', 'in a while', 'in 0h', 'at 25:00', 'the gateway'])('"%s" is none', (words) => {
    expect(takeWhen(words.split(' '), ZONE, now)).toBeNull();
  });
});

describe('a reminder', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld(at('2026-11-25T12:00:00Z'));
    await world.open(1, 'high');
  });
  const context = async (id = 'ana', tenant = 'acme', internal = true): Promise<Context> => {
    const store = await world.store.forTenant(tenant);
    const person = (await world.store.people.findById(id).lean<Person>())!;
    return { tenant: store, person, internal, alert: null, clock: world.clock } as Context;
  };
  const entries = async () => {
    const alert = await (await world.tenant()).alerts.findOne({ number: 1 });
    return alert!.log.filter(({ kind }) => kind === 'reminded');
  };
  const record = async () => (await (await world.tenant()).reminders.findOne({ number: 1 }))!;

  it('calls the person once in the thread of the alert, with buttons, whoever is restarted or asks again', async () => {
    const card = await remind.run(await context(), '1 in 2h check the mail gateway'.split(' '));
    expect(card.title).toBe('Reminder 1 is set');
    const engines = [world.engine(), world.engine()];
    await Promise.all(engines.map((engine) => engine.tick()));
    expect(await entries()).toEqual([]);
    world.now += 2 * HOUR;
    await Promise.all(engines.map((engine) => engine.tick()));
    // As if it had died between the call and writing that down.
    await (await world.tenant()).reminders.update({ number: 1 }, { $set: { state: 'waiting', told: 0 } });
    await world.engine().tick();
    const [entry, ...more] = await entries();
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ text: 'check the mail gateway', calls: [{ name: 'Ana Silva' }] });
    const actions = entryCard(entry!, 'acme').blocks.flatMap((block) =>
      block.kind === 'actions' ? block.actions : [],
    );
    expect(actions.map(({ label, command, record: of, choice }) => [label, command, of, choice])).toEqual([
      ['Snooze 1 h', 'snooze', '1', '1h'],
      ['Tomorrow', 'snooze', '1', 'tomorrow'],
      ['Done', 'dismiss', '1', undefined],
    ]);
    expect(await record()).toMatchObject({ state: 'told', told: 1 });
    await Promise.all(engines.map((engine) => engine.stop()));
  });

  it('comes again after a snooze, and not after it is done; old buttons say what holds now', async () => {
    await remind.run(await context(), ['1', 'in', '30m']);
    const engine = world.engine();
    world.now += 30 * MINUTE;
    await engine.tick();
    await snooze.run(await context(), ['1', '1h']);
    expect(await record()).toMatchObject({ state: 'waiting', due: world.now + HOUR });
    world.now += HOUR;
    await engine.tick();
    expect(await entries()).toHaveLength(2);
    await dismiss.run(await context('bo'), ['1']);
    for (const stale of [dismiss.run(await context(), ['1']), snooze.run(await context(), ['1', 'tomorrow'])]) {
      const card = await stale;
      expect(card.title).toContain('done already: nothing was changed');
      expect(JSON.stringify(card.blocks)).toContain('Done by Bo Anders');
    }
    world.now += 48 * HOUR;
    await engine.tick();
    expect(await entries()).toHaveLength(2);
    await engine.stop();
  });

  it('is listed for its owner, and is nothing to another tenant, a customer, or who lost the role', async () => {
    await remind.run(await context(), ['1', 'tomorrow', '08:30', 'look']);
    expect(JSON.stringify(await remind.run(await context(), []))).toContain('Reminder 1 on alert 1 for Ana Silva');
    expect((await remind.run(await context('bo'), [])).title).toContain('none');
    await addTenant(world.store, 'rival', 'Rival');
    for (const command of [snooze, dismiss])
      await expect(command.run(await context('ana', 'rival'), ['1'])).rejects.toMatchObject({
        code: 'MDR_REMINDER_UNKNOWN',
      });
    for (const command of [remind, snooze, dismiss])
      await expect(command.run(await context('ana', 'acme', false), ['1'])).rejects.toMatchObject({
        code: 'MDR_FORBIDDEN',
      });
    await world.store.people.updateOne({ _id: 'ana' }, { $set: { grants: [] } });
    world.now += 24 * HOUR;
    const engine = world.engine();
    await engine.tick();
    expect(await entries()).toEqual([]);
    expect(await record()).toMatchObject({ state: 'done' });
    await engine.stop();
  });
});
