import { beforeAll, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { peopleOf } from '../../bot/people.js';
import { loadCommands } from '../../commands/index.js';
import type { Command, Context } from '../../commands/types.js';
import type { Queues } from '../../engine/queues.js';
import { readConnectors } from '../../engine/respond/actions/connectors.js';
import { caseOf } from '../../engine/respond/case/join.js';
import { INSTRUCTIONS } from '../../engine/respond/collect/instructions.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import type { Person, Role } from '../../engine/store/people.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, alertRecord, NOW } from './world.js';

let store: Store;
let queues: Queues;
let commands: readonly Command[];
let acme: TenantStore;
const people: Record<string, Person> = {};

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  commands = await loadCommands();
  acme = await addTenant(store, 'acme', 'Acme');
  const give = async (name: string, role: Role, side: Person['side'] = 'provider') => {
    people[name] = await addPerson(store, name, name, [{ tenant: 'acme', role }], side);
  };
  await give('bo', 'responder');
  await give('vic', 'viewer');
  await give('cus', 'responder', 'customer');
  await say('case open high ransom note on ws01');
  const hosts = { web01: { address: '192.0.2.7', keys: [`ssh-ed25519 ${'A'.repeat(68)}`] } };
  const connectors = readConnectors({ ssh: { user: 'mdr', secret: 'k', hosts } });
  await store.tenants.updateOne({ _id: 'acme' }, { $set: { connectors } });
  acme = await store.forTenant('acme');
});

async function say(words: string, who = 'bo', more: Partial<Context> = {}): Promise<string> {
  const [name, ...args] = words.split(' ');
  const person = people[who]!;
  const card = await commands
    .find((command) => command.name === name)!
    .run(
      {
        ...{ tenant: acme, person, role: person.grants[0]!.role, queues, clock: () => NOW, alert: null, commands },
        ...{ internal: person.side === 'provider', people: () => peopleOf(store, 'acme'), ...more },
      },
      args,
    );
  return renderText(card, { width: 300 });
}
const tasks = async () => (await caseOf(acme, 1)).tasks;

describe('/mdr collect', () => {
  it('asks the connector that reaches the host, and nobody has to agree', async () => {
    expect(await say('collect web01 case 1 parts=processes,logs reason beacons')).toContain('approved');
    const [record] = await acme.actions.find({ action: 'collect-triage-package' });
    expect(record).toMatchObject({
      ...{ via: 'ssh', case: 1, reason: 'beacons', state: 'approved' },
      args: { host: 'web01', parts: 'processes logs' },
    });
    expect(await tasks()).toEqual([]);
  });

  it('is a task with what to type where nothing reaches the host, in whose lane is said', async () => {
    const said = await say('collect ws-042 windows', 'bo', { case: 1, request: 'w' });
    expect(said).toContain('Get-CimInstance Win32_Process');
    expect(said).not.toContain('journalctl');
    await say('collect ws-042 windows', 'bo', { case: 1, request: 'w' });
    const [task, ...more] = await tasks();
    expect(more).toEqual([]);
    expect(task).toMatchObject({ lane: 'provider', title: 'Collect a triage package from ws-042 (Windows)' });
    expect(task!.checklist.map(({ text }) => text).join('\n')).toContain('wevtutil epl');
    expect(await say('collect mac7 customer case 1')).toMatch(/journalctl[\s\S]*launchctl/);
    expect((await tasks())[1]).toMatchObject({ lane: 'customer' });
    expect(await acme.actions.count()).toBe(1);
  });

  it('goes to the case of the alert in whose thread it is said', async () => {
    await acme.alerts.insert({ ...alertRecord(7), case: 1 });
    await say('collect ws-043 linux', 'bo', { alert: 7 });
    expect((await tasks()).at(-1)).toMatchObject({ title: 'Collect a triage package from ws-043 (Linux)' });
  });

  it('refuses who may not, hosts that are none, and a task that would belong nowhere', async () => {
    await expect(say('collect web01', 'vic')).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    await expect(say('collect web01', 'cus')).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    await expect(say('collect $(reboot) case 1')).rejects.toMatchObject({ code: 'MDR_ACTION_BAD' });
    await expect(say('collect ws-044')).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    await expect(say('collect ws-044 case 99')).rejects.toMatchObject({ code: 'MDR_CASE_UNKNOWN' });
    await expect(say('collect web01 via=okta case 1')).rejects.toMatchObject({ code: 'MDR_ACTION_BAD' });
  });

  it('has steps that fit a checklist whole', () => {
    for (const steps of Object.values(INSTRUCTIONS)) {
      expect(steps.length).toBeLessThan(30);
      for (const { does, type = '' } of steps) expect(`${does} ${type}`.length, does).toBeLessThanOrEqual(200);
    }
  });
});
