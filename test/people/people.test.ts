import { beforeEach, describe, expect, it } from 'vitest';
import { makeAnswer } from '../../bot/answer.js';
import { renderText } from '../../bot/cards/text.js';
import { loadCommands } from '../../commands/index.js';
import { log } from '../../engine/log.js';
import { foretellPeople, loadPeople, readPeople } from '../../engine/people/load.js';
import type { Store } from '../../engine/store/index.js';
import type { Person } from '../../engine/store/people.js';
import { addPerson, addTenant, NOW } from '../commands/world.js';
import { testQueues, testStore } from '../support/services.js';

let store: Store;
let say: (text: string, user: string, tenant?: string) => Promise<string>;

beforeEach(async () => {
  ({ store } = await testStore());
  const { queues } = await testQueues();
  await addTenant(store, 'acme', 'Acme');
  await addTenant(store, 'zeta', 'Zeta');
  await addPerson(store, 'root', 'Root', [{ tenant: '*', role: 'admin' }]);
  await addPerson(store, 'ana', 'Ana Silva', [{ tenant: 'acme', role: 'admin' }]);
  await addPerson(store, 'lee', 'Lee Lead', [{ tenant: 'acme', role: 'lead' }]);
  await addPerson(store, 'soc', 'Soc Everywhere', [{ tenant: '*', role: 'analyst' }]);
  await addPerson(store, 'both', 'Bo Both', [
    { tenant: 'acme', role: 'viewer' },
    { tenant: 'zeta', role: 'admin' },
  ]);
  await addPerson(store, 'cusa', 'Cus Admin', [{ tenant: 'acme', role: 'admin' }], 'customer');
  await addPerson(store, 'cusv', 'Cus Viewer', [{ tenant: 'acme', role: 'viewer' }], 'customer');
  await addPerson(store, 'zed', 'Zed Zeta', [{ tenant: 'zeta', role: 'admin' }], 'customer');
  const answer = makeAnswer({ store, queues, commands: await loadCommands(), clock: () => NOW, log });
  say = async (text, user, tenant = 'acme') =>
    renderText(await answer({ surface: 'terminal', user, channel: 't', thread: null, text, tenant }), { width: 250 });
});
const person = (id: string) => store.people.findById(id).lean<Person>();
const everybody = async () => JSON.stringify(await store.people.find().sort({ _id: 1 }).lean());

describe('/mdr people', () => {
  it('lists who has which role here, and nobody else; identities only to admins', async () => {
    const seen = await say('people', 'lee');
    for (const word of ['ana', 'Lee Lead', 'analyst (of every tenant)', 'customer']) expect(seen).toContain(word);
    expect(seen).not.toMatch(/zed|Zeta|slack:/);
    expect(await say('people', 'ana')).toContain('slack:Uana');
    const customers = await say('people', 'cusa');
    expect(customers).toContain('slack:Ucusv');
    expect(customers).not.toContain('slack:Uana');
  });

  it('gives and takes roles and identities of this tenant, and keeps who did it', async () => {
    expect(await say('people add ben responder slack:U0BEN customer "Ben Roe"', 'ana')).toContain(
      'Changed: Ben Roe (ben)',
    );
    expect(await person('ben')).toMatchObject({
      name: 'Ben Roe',
      side: 'customer',
      identities: ['slack:U0BEN'],
      grants: [{ tenant: 'acme', role: 'responder' }],
    });
    expect(await say('people grant "Ben Roe" lead', 'ana')).toContain('lead instead of responder');
    expect(await say('people grant ben lead', 'ana')).toContain('like that already');
    await say('people link ben discord:42', 'ana');
    await say('people unlink ben slack:U0BEN', 'ana');
    expect((await person('ben'))!.identities).toEqual(['discord:42']);
    expect(await say('people unlink ben discord:42', 'ana')).toContain('MDR_PERSON_BAD');
    await say('people revoke ben', 'ana');
    expect((await person('ben'))!.grants).toEqual([]);
    const kept = await say('people history', 'ana');
    for (const word of ['ben added', 'Ana Silva: ben: lead instead of responder', 'discord:42', 'was lead'])
      expect(kept).toContain(word);
    expect((await person('ben'))!.log).toHaveLength(7);
    expect(await say('people history', 'zed', 'zeta')).not.toContain('ben');
  });

  it.each([
    ['a lead', 'lee', 'people grant soc lead'],
    ['whoever has no role', 'zed', 'people grant zed admin'],
    ['on oneself', 'ana', 'people grant ana lead'],
    ['a customer on the provider’s people', 'cusa', 'people grant lee viewer'],
    ['a customer, taking a provider’s role', 'cusa', 'people revoke lee'],
    ['a customer, making somebody of the provider’s side', 'cusa', 'people add eve admin slack:U0EVE provider'],
    ['a customer, somebody of another tenant', 'cusa', 'people grant zed viewer'],
    ['a customer, an identity for the provider’s people', 'cusa', 'people link lee slack:U0EVE'],
    // Whoever holds an identity has every role of its person.
    ['an identity for somebody with roles elsewhere', 'ana', 'people link both slack:U0EVE'],
    ['an identity of somebody with roles elsewhere', 'ana', 'people unlink both slack:Uboth'],
    ['an identity for somebody with a role everywhere', 'ana', 'people link root slack:U0EVE'],
    ['an identity for somebody without a role here', 'ana', 'people link zed slack:U0EVE'],
    ['an identity that the terminal believes', 'ana', 'people link cusv terminal:root2'],
    ['an identity that the console believes', 'cusa', 'people add eve viewer console:operator'],
    ['an identity that is taken', 'cusa', 'people add eve viewer slack:Uzed'],
    ['an id that is taken', 'cusa', 'people add zed viewer slack:U0EVE'],
    ['a role that is none', 'ana', 'people grant lee god'],
    ['an id that stands for somebody', 'ana', 'people add oncall viewer slack:U0EVE customer'],
    ['an id that is none', 'ana', 'people add $ne viewer slack:U0EVE customer'],
    ['a role for every tenant', 'ana', 'people revoke soc'],
    ['nobody', 'ana', 'people grant ghost viewer'],
    ['a tenant that is not theirs', 'ana', 'people grant lee viewer --tenant zeta'],
  ])('refuses %s', async (_, user, line) => {
    const before = await everybody();
    expect(await say(line, user)).toMatch(/MDR_(FORBIDDEN|PERSON_BAD|COMMAND_USAGE)/);
    expect(await everybody()).toBe(before);
  });

  it('gives a customer’s admin the same answer for an id that is taken elsewhere, whoever has it', async () => {
    const answers = await Promise.all(
      ['zed', 'root'].map((id) =>
        say(`people add ${id} viewer slack:U0EVE`, 'cusa').then((text) => text.replaceAll(id, 'X')),
      ),
    );
    expect(answers[0]).toBe(answers[1]);
  });

  it('loses neither of two changes at once', async () => {
    await Promise.all(['slack:U1', 'slack:U2', 'slack:U3'].map((id) => say(`people link cusv ${id}`, 'ana')));
    expect((await person('cusv'))!.identities).toHaveLength(6);
  });
});

describe('people from a file', () => {
  const FILE = `
people:
  - id: ana
    name: Ana Silva
    side: provider
    identities: [slack:Uana, terminal:ana, console:ana]
    roles: { "*": lead, acme: admin }
  - { id: new, side: customer, identities: ["slack:U0NEW"], roles: { zeta: responder } }
`;
  const load = async (text: string) => loadPeople(store, await readPeople(store, text), () => NOW);

  it('says what changes, makes it so, and changes nothing the second time', async () => {
    const foretold = await foretellPeople(store, await readPeople(store, FILE));
    expect(await person('new')).toBeNull();
    expect(await load(FILE)).toEqual(foretold);
    expect(foretold).toEqual([
      'ana: lead, tenant *',
      "new added, of the customer's side",
      'new: responder, tenant zeta',
      'new is known as slack:U0NEW',
    ]);
    expect((await person('lee'))!.grants).toEqual([{ tenant: 'acme', role: 'lead' }]);
    const before = await everybody();
    expect(await load(FILE)).toEqual([]);
    expect(await everybody()).toBe(before);
  });

  it('moves an identity from one person to another, both ways at once', async () => {
    const swap = (a: string, b: string) => `
people:
  - { id: one, side: customer, identities: ["slack:${a}"], roles: { acme: viewer } }
  - { id: two, side: customer, identities: ["slack:${b}"], roles: { acme: viewer } }
`;
    await load(swap('U1', 'U2'));
    await load(swap('U2', 'U1'));
    expect([(await person('one'))!.identities, (await person('two'))!.identities]).toEqual([
      ['slack:U2'],
      ['slack:U1'],
    ]);
  });

  it.each([
    ['people: [', /not YAML/],
    [
      'people:\n  - { id: x, side: provider, identities: ["slack:U9"], roles: { nowhere: lead } }',
      /no tenant "nowhere"/,
    ],
    [
      'people:\n  - { id: x, side: customer, identities: ["slack:U9"], roles: { "*": lead } }',
      /cannot have every tenant/,
    ],
    ['people:\n  - { id: x, side: provider, identities: ["slack:Uzed"] }', /is zed's/],
    ['people:\n  - { id: x, side: provider, identities: [] }', /identities/],
    ['people:\n  - { id: x, side: provider, identities: ["slack:U9"], roles: { acme: god } }', /roles/],
    [
      'people:\n  - { id: x, side: provider, identities: ["slack:U9"] }\n  - { id: y, side: provider, identities: ["slack:U9"] }',
      /to x and to y/,
    ],
  ])('refuses the whole of a file that is not right: %s', async (text, message) => {
    const before = await everybody();
    await expect(load(text)).rejects.toThrow(message);
    expect(await everybody()).toBe(before);
  });
});
