import { beforeAll, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { peopleOf } from '../../bot/people.js';
import alerts from '../../commands/alerts.js';
import type { Context } from '../../commands/types.js';
import { readTime } from '../../commands/words/time.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, alertRecord, NOW } from './world.js';

const HOUR = 3_600_000;
let context: Context;

beforeAll(async () => {
  const { store } = await testStore();
  const { queues } = await testQueues();
  const tenant = await addTenant(store, 'acme', 'Acme');
  const person = await addPerson(store, 'ana', 'Ana Silva', [{ tenant: 'acme', role: 'analyst' }]);
  await addPerson(store, 'bo', 'Bo Anders', [{ tenant: 'acme', role: 'responder' }]);
  const ago = (hours: number) => ({
    first: NOW - hours * HOUR,
    last: NOW - hours * HOUR,
    created: NOW - hours * HOUR,
  });
  const dc01 = { kind: 'host' as const, value: 'dc01' };
  await tenant.alerts.insert(alertRecord(1, { ...ago(1), entity: dc01, assignee: { id: 'bo', name: 'Bo Anders' } }));
  await tenant.alerts.insert(alertRecord(2, { ...ago(30), entity: dc01, state: 'closed', reason: 'test' }));
  await tenant.alerts.insert(alertRecord(3, { ...ago(80) }));
  // Its records are old, and arrived just now.
  await tenant.alerts.insert(alertRecord(4, { ...ago(500), created: NOW - HOUR }));
  context = {
    ...{ tenant, person, role: 'analyst', queues, clock: () => NOW, alert: null, internal: true, commands: [alerts] },
    people: () => peopleOf(store, 'acme'),
  };
});

const numbers = async (...args: string[]) => {
  const text = renderText(await alerts.run(context, args), { width: 250 });
  return [...text.matchAll(/^(\d+) {2,}/gm)].map(([, number]) => Number(number)).sort();
};

describe('alerts', () => {
  it.each([
    ['since 4h', [1, 4]],
    ['since yesterday', [1, 2, 4]],
    ['until yesterday', [3, 4]],
    ['since yesterday until today', [2]],
    ['open since yesterday', [1, 4]],
    ['since 2026-11-21 until 2026-11-22', [3]],
    ['since 2026-11-20T20:00 until 2026-11-21T08:00', [3]],
    ['host dc01 since 4h', [1]],
    ['all host:dc01', [1, 2]],
    ['owner bo', [1]],
    ['unassigned', [3, 4]],
  ])('%s', async (line, expected) => expect(await numbers(...line.split(' '))).toEqual(expected));

  it('says what a time is when it is none, and who there is when nobody is called so', async () => {
    await expect(alerts.run(context, ['since', 'christmas'])).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    await expect(alerts.run(context, ['owner', 'nobody'])).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
  });
});

describe('a time as it is typed', () => {
  const copenhagen = (text: string, now: number) => {
    const time = readTime(text, now, 'Europe/Copenhagen');
    return time === null ? null : new Date(time).toISOString();
  };
  it.each([
    ['today', '2026-11-23T23:00:00.000Z'],
    ['Yesterday', '2026-11-22T23:00:00.000Z'],
    ['mon', '2026-11-22T23:00:00.000Z'],
    ['4h', '2026-11-24T05:00:00.000Z'],
    ['08:30', '2026-11-24T07:30:00.000Z'],
    ['23:00', '2026-11-23T22:00:00.000Z'],
    ['2026-11-20', '2026-11-19T23:00:00.000Z'],
    ['2026-11-20T18:00', '2026-11-20T17:00:00.000Z'],
    ['2026-02-30', null],
    ['24:00', null],
    ['', null],
    ['99999h', null],
    ['soon', null],
  ])('%s', (text, expected) => expect(copenhagen(text, Date.UTC(2026, 10, 24, 9))).toBe(expected));

  it('has days of 23 and 25 hours where the clocks change', () => {
    expect(copenhagen('1d', Date.UTC(2026, 2, 29, 10))).toBe('2026-03-28T11:00:00.000Z');
    expect(copenhagen('24h', Date.UTC(2026, 2, 29, 10))).toBe('2026-03-28T10:00:00.000Z');
    expect(copenhagen('today', Date.UTC(2026, 9, 25, 11))).toBe('2026-10-24T22:00:00.000Z');
  });
});
