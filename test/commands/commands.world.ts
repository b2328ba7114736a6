import { beforeEach, expect } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { peopleOf } from '../../bot/people.js';
import type { Card } from '../../commands/cards/card.js';
import { loadCommands } from '../../commands/index.js';
import type { Context } from '../../commands/types.js';
import { MdrError } from '../../engine/errors.js';
import type { Alert } from '../../engine/store/alerts.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, alertRecord, NOW } from './world.js';

/**
 * Every command, and acme with people of every kind. Its alerts and detections are gone before each test. A line is run as ana, an
 * analyst; `fault` gives the error that it has to end with.
 */
export async function commandWorld() {
  const { store } = await testStore();
  const { queues } = await testQueues();
  const commands = await loadCommands();
  const tenant = await addTenant(store, 'acme', 'Acme', [{ surface: 'slack', channel: 'C1', lane: 'provider' }]);
  const ana = await addPerson(store, 'ana', 'Ana Silva', [{ tenant: 'acme', role: 'analyst' }]);
  await addPerson(store, 'bo', 'Bo Anders', [{ tenant: '*', role: 'lead' }]);
  await addPerson(store, 'bodil', 'Bodil Krag', [{ tenant: 'acme', role: 'responder' }]);
  await addPerson(store, 'vic', 'Vic Viewer', [{ tenant: 'acme', role: 'viewer' }]);
  const adm = await addPerson(store, 'adm', 'Ada Admin', [{ tenant: 'acme', role: 'admin' }]);
  await addPerson(store, 'ben', 'Ben Roe', [{ tenant: 'acme', role: 'viewer' }], 'customer');
  await addPerson(store, 'eve', 'Eve Else', [{ tenant: 'zeta', role: 'admin' }]);
  beforeEach(async () => {
    await tenant.alerts.deleteMany({});
    await tenant.detections.deleteMany({});
    await queues.queue('changes').drain();
  });

  async function run(line: string, more: Partial<Context> = {}): Promise<Card> {
    const [name, ...args] = line.split(' ');
    const command = commands.find((known) => known.name === name)!;
    const context: Context = {
      tenant,
      person: ana,
      role: 'analyst',
      queues,
      clock: () => NOW,
      alert: null,
      internal: true,
      commands,
      people: () => peopleOf(store, 'acme'),
      ...more,
    };
    return command.run(context, args);
  }
  const text = async (line: string, more: Partial<Context> = {}) => renderText(await run(line, more), { width: 250 });
  const fault = async (line: string, more: Partial<Context> = {}): Promise<MdrError> => {
    const error = await run(line, more).then(
      () => null,
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(MdrError);
    return error;
  };
  const add = (number: number, more: Partial<Alert> = {}) => tenant.alerts.insert(alertRecord(number, more));
  const stored = async (number: number) => (await tenant.alerts.findOne({ number }))!;
  const told = async () =>
    (await queues.queue('changes').getJobs(['waiting', 'delayed'])).map(({ data }) => data.number);
  return { store, queues, commands, tenant, ana, adm, run, text, fault, add, stored, told };
}
