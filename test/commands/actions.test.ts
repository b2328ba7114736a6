import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { peopleOf } from '../../bot/people.js';
import actions from '../../commands/actions.js';
import type { Action, Card } from '../../commands/cards/card.js';
import { argsOf } from '../../commands/cards/form.js';
import form from '../../commands/form.js';
import type { Context } from '../../commands/types.js';
import { MdrError } from '../../engine/errors.js';
import { openSecrets } from '../../engine/notify/secrets.js';
import type { Queues } from '../../engine/queues.js';
import { loadCarriers } from '../../engine/respond/actions/carriers/index.js';
import { actionOf } from '../../engine/respond/actions/save.js';
import { workOn } from '../../engine/respond/actions/work.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import type { Person, Role } from '../../engine/store/people.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, NOW } from './world.js';

let store: Store;
let queues: Queues;
let acme: TenantStore;
const people: Record<string, Person> = {};
const ROLES: Record<string, Role> = { ana: 'analyst', bo: 'analyst', vic: 'viewer', cus: 'responder', looks: 'viewer' };
let tenants = 0;

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
});
beforeEach(async () => {
  const id = `acme${++tenants}`;
  await store.people.deleteMany({});
  acme = await addTenant(store, id, 'Acme');
  for (const [name, role] of Object.entries(ROLES))
    people[name] = await addPerson(
      store,
      name,
      name,
      [{ tenant: id, role }],
      ['cus', 'looks'].includes(name) ? 'customer' : 'provider',
    );
});

function contextOf(who: string): Context {
  const person = people[who]!;
  return {
    ...{ tenant: acme, person, role: ROLES[who]!, queues, clock: () => NOW, alert: null, commands: [actions] },
    internal: person.side === 'provider',
    people: () => peopleOf(store, acme.id),
  };
}
async function run(line: string, who = 'ana', more: Partial<Context> = {}): Promise<Card> {
  return actions.run({ ...contextOf(who), ...more }, line.split(' ').filter(Boolean));
}
const text = async (...args: Parameters<typeof run>) => renderText(await run(...args), { width: 250 });
const code = (...args: Parameters<typeof run>) =>
  run(...args).then(
    () => 'nothing was thrown',
    (error: unknown) => (error instanceof MdrError ? error.code : String(error)),
  );
const buttons = (card: Card): Action[] =>
  card.blocks.flatMap((block) => (block.kind === 'actions' ? block.actions : []));
const click = (card: Card, id: string, who: string, request = 'click') =>
  run(buttons(card).find((button) => button.id === id)!.record, who, { request });
const work = async (number: number) =>
  workOn(
    {
      store,
      carriers: await loadCarriers(),
      secrets: openSecrets(undefined),
      allowed: [],
      clock: () => NOW,
      log: {} as never,
    },
    acme.id,
    number,
  );

describe('/mdr actions', () => {
  it('goes from a dry run to what is in force and back, with clicks', async () => {
    const words = 'block-ip ip=203[.]0.113.9 expires=4h reason beacons every minute';
    expect(await text(`check ${words}`)).toContain('203.0.113.9 goes on the list of ips');
    expect(await acme.actions.count()).toBe(0);
    const asked = await run(`request ${words}`, 'ana', { request: 'r1' });
    expect(asked.title).toBe('Action 1: waits for approval');
    expect((await run(`request ${words}`, 'ana', { request: 'r1' })).title).toContain('nothing was changed');
    expect(await text('')).toContain('1 waiting');
    const shown = await run('approve 1', 'bo');
    expect(shown.title).toContain('This is all of it');
    expect((await actionOf(acme, 1)).state).toBe('proposed');
    await expect(click(shown, 'approve', 'ana')).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    expect((await click(shown, 'approve', 'bo')).title).toContain('approved');
    expect((await click(shown, 'approve', 'bo')).title).toContain('nothing was changed');
    await work(1);
    const inForce = await text('show 1');
    for (const part of [
      'in force',
      '203.0.113.9',
      'beacons every minute',
      'ana',
      'bo: approved',
      'then it is taken back',
    ])
      expect(inForce).toContain(part);
    expect(await text('')).toContain('1 in force');
    const back = await run('undo 1 a false alarm');
    expect(back.title).toContain('its undo waits for approval');
    await click(back, 'approve', 'bo', 'undo-click');
    await work(1);
    expect((await actionOf(acme, 1)).state).toBe('undone');
    expect(await text('')).toContain('0 in force, 0 waiting');
  });

  it('is the provider’s; a customer sees and approves only what they have to agree to', async () => {
    await run('request block-ip ip=203.0.113.1 reason x');
    acme.tenant.profile.response = { preapproved: [], customerApproves: ['block-domain'] };
    await run('request block-domain domain=bad.example reason because it spreads');
    expect(await text('', 'cus')).not.toContain('203.0.113.1');
    expect(await code('show 1', 'cus')).toBe('MDR_ACTION_UNKNOWN');
    expect(await code('approve 1', 'cus')).toBe('MDR_ACTION_UNKNOWN');
    expect(await code('request block-ip ip=203.0.113.1', 'cus')).toBe('MDR_FORBIDDEN');
    expect(await code('undo 2 no', 'cus')).toBe('MDR_FORBIDDEN');
    const shown = await run('show 2', 'cus');
    expect(renderText(shown, { width: 200 })).not.toContain('What happened');
    expect((await click(shown, 'approve', 'cus')).title).toContain('approved');
    expect(await code('request block-ip ip=203.0.113.1', 'vic')).toBe('MDR_FORBIDDEN');
    expect(await code('refuse 1 no', 'vic')).toBe('MDR_FORBIDDEN');
    expect(await code('refuse 1 x', 'looks')).toBe('MDR_ACTION_UNKNOWN');
    expect((await run('refuse 1 not now', 'bo')).title).toBe('Action 1: refused');
    await run('request block-domain domain=worse.example reason x');
    expect(await code('refuse 3 no', 'looks')).toBe('MDR_FORBIDDEN');
    const button = buttons(await run('show 3', 'bo')).find(({ id }) => id === 'refuse')!;
    const { form: opened } = await form.run(contextOf('bo'), [button.record]);
    const values = Object.fromEntries(opened!.fields.map(({ name, value }) => [name, value ?? 'reason not now']));
    const words = argsOf(actions.forms!.refuse!, values);
    expect(words).toEqual(['3', expect.stringMatching(/^[0-9a-f]{32}$/), 'reason not now']);
    expect(await code(`refuse 3 ${'0'.repeat(32)} no`, 'bo')).toBe('MDR_ACTION_STATE');
    expect((await run(`refuse ${words.join(' ')}`, 'bo')).title).toBe('Action 3: refused');
    expect((await actionOf(acme, 3)).log.at(-1)).toMatchObject({ reason: 'not now' });
  });

  it('tells a customer neither the reason, nor what failed, nor the number of the case', async () => {
    acme.tenant.profile.response = { preapproved: [], customerApproves: ['block-domain'] };
    await run('request block-domain domain=bad.example reason we suspect their administrator');
    const error = { code: 'MDR_ACTION_FAILED', message: 'login.internal said no', hint: 'Ask the night shift' };
    await acme.actions.update({ number: 1 }, { $set: { case: 4711, error } });
    const secret = /suspect|login\.internal|night shift|4711|Case/;
    for (const who of ['looks', 'cus'])
      for (const line of ['', 'show 1']) expect(await text(line, who), `${who} ${line}`).not.toMatch(secret);
    expect(await text('show 1', 'looks')).toContain('bad.example');
    expect(await text('', 'bo')).toContain('4711');
    for (const part of ['suspect', 'login.internal', 'night shift', '4711'])
      expect(await text('show 1', 'bo')).toContain(part);
  });

  it.each([
    ['request', 'MDR_COMMAND_USAGE'],
    ['request nothing', 'MDR_ACTION_UNKNOWN'],
    ['request block-ip 203.0.113.1', 'MDR_COMMAND_USAGE'],
    ['request block-ip ip=203.0.113.1 ip=203.0.113.2', 'MDR_COMMAND_USAGE'],
    ['request block-ip ip=10.0.0.1', 'MDR_ACTION_BAD'],
    ['request block-ip ip=10.0.0.1 force', 'MDR_ACTION_BAD'],
    ['request block-ip ip=203.0.113.1 case 99', 'MDR_CASE_UNKNOWN'],
    ['request block-ip ip=203.0.113.1 case x', 'MDR_COMMAND_USAGE'],
    ['request isolate-host host=ws01', 'MDR_ACTION_BAD'],
    ['request block-ip __proto__=x ip=203.0.113.1', 'MDR_COMMAND_USAGE'],
    ['request block-ip constructor=x ip=203.0.113.1', 'MDR_ACTION_BAD'],
    ['approve', 'MDR_COMMAND_USAGE'],
    ['approve 77', 'MDR_ACTION_UNKNOWN'],
    ['aprove 1', 'MDR_COMMAND_USAGE'],
    ['constructor', 'MDR_COMMAND_USAGE'],
  ])('%s: %s', async (line, expected) => {
    expect(await code(line)).toBe(expected);
  });
});
