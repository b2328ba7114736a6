import { describe, expect, it } from 'vitest';
import { digestOf, readArgs } from '../../../engine/respond/actions/args.js';
import { needsOf } from '../../../engine/respond/actions/needs.js';
import { approve, propose, refuse } from '../../../engine/respond/actions/requests.js';
import { actionOf } from '../../../engine/respond/actions/save.js';
import { addPerson } from '../../commands/world.js';
import { codeOf, requestWorlds } from './requests.world.js';
import { by, isolate, Machine, world } from './world.js';

const { store, queues, asked, schedule } = await requestWorlds();

describe('a request', () => {
  it('is checked, kept once, approved by somebody else and carried out once', async () => {
    const machine = new Machine();
    const w = await world(store, queues, [machine.carrier]);
    const first = await asked(w, {}, 'click-1');
    expect((await asked(w, {}, 'click-1')).number).toBe(first.number);
    expect(first).toMatchObject({ number: 1, state: 'proposed', needs: { quorum: 1, customer: false } });
    await w.work(1);
    expect(machine.runs).toEqual([]);
    expect(await codeOf(approve(w.parts, w.people.ana, 'a', 1, first.digest))).toBe('MDR_FORBIDDEN');
    expect(await codeOf(approve(w.parts, w.people.vic, 'a', 1, first.digest))).toBe('MDR_FORBIDDEN');
    expect(await codeOf(approve(w.parts, w.people.cus, 'a', 1, first.digest))).toBe('MDR_FORBIDDEN');
    expect(await codeOf(approve(w.parts, w.people.bo, 'a', 1, 'another'))).toBe('MDR_ACTION_STATE');
    expect((await approve(w.parts, w.people.bo, 'b', 1, first.digest)).record.state).toBe('approved');
    expect((await approve(w.parts, w.people.bo, 'b', 1, first.digest)).changed).toBe(false);
    await Promise.all([w.work(1), w.work(1), w.work(1)]);
    await w.work(1);
    expect(machine.runs).toEqual(['{"host":"ws01"}']);
    const done = await actionOf(w.acme, 1);
    expect(done).toMatchObject({ state: 'done', effect: 'holds', gives: { ticket: '17' }, claim: null });
    expect(done.log.map(({ actorName, text }) => `${actorName}: ${text}`)).toEqual([
      'ana: asked for isolate-host (host ws01)',
      'bo: approved',
      'mdr: begun: ws01 is cut off',
      'mdr: done',
    ]);
  });

  it('of what hits a crown jewel needs two others', async () => {
    const machine = new Machine();
    const w = await world(store, queues, [machine.carrier]);
    const { number, digest, needs } = (await propose(w.parts, by(w.people.ana), 'x', isolate(`${w.acme.id}-vault`)))
      .record;
    expect(needs).toMatchObject({ quorum: 2, why: `${w.acme.id}-vault is a crown jewel` });
    expect((await approve(w.parts, w.people.bo, 'b1', number, digest)).record.state).toBe('proposed');
    expect((await approve(w.parts, w.people.bo, 'b2', number, digest)).record.state).toBe('proposed');
    expect((await approve(w.parts, w.people.cy, 'c', number, digest)).record.state).toBe('approved');
  });

  it.each([
    ['isolate-host', { host: 'dc01.corp.example' }, 'DC01', true],
    ['isolate-host', { host: 'DC01' }, 'dc01.corp.example', true],
    ['isolate-host', { host: 'dc01.other.example' }, 'CORP\\dc01$', true],
    ['isolate-host', { host: 'dc011' }, 'dc01', false],
    ['isolate-host', { host: '10.0.0.5' }, '10.0.0.6', false],
    ['disable-user', { user: 'jane@acme.example' }, 'ACME\\Jane', true],
    ['disable-user', { user: 'acme.example\\jane' }, 'jane@acme.example', true],
    ['disable-user', { user: 'JANE' }, 'jane@other.example', true],
    ['disable-user', { user: 'acme/jane' }, 'jane', true],
    ['disable-user', { user: 'ｊａｎｅ' }, 'jane', true],
    ['disable-user', { user: 'DC01$' }, 'dc01.corp.example', true],
    ['disable-user', { user: 'jane.doe' }, 'jane', false],
    ['remove-from-group', { user: 'joe', group: 'CORP\\Domain Admins' }, 'domain admins', true],
    ['remove-from-group', { user: 'joe', group: 'staff' }, 'domain admins', false],
    ['quarantine-message', { message: '<1@x>', mailbox: 'Jane <JANE@acme.example>' }, 'acme\\jane', true],
  ])('%s %j hits %s, however it is spelled: %s', async (action, args, name, isHit) => {
    const w = await world(store, queues);
    for (const list of ['crownJewels', 'privileged']) {
      const profile = { ...w.acme.tenant.profile, crownJewels: [], [list]: [{ name, why: 'x' }] };
      const { quorum } = needsOf({ action, args: args as Record<string, string>, forced: false }, profile);
      expect(quorum, list).toBe(isHit ? 2 : 1);
    }
  });

  it("needs one of the customer's people where the contract says so", async () => {
    const machine = new Machine();
    const w = await world(store, queues, [machine.carrier]);
    w.acme.tenant.profile.response = { preapproved: [], customerApproves: ['*'] };
    const { number, digest } = await asked(w);
    expect((await approve(w.parts, w.people.bo, 'b', number, digest)).record.state).toBe('proposed');
    expect((await approve(w.parts, w.people.cus, 'c', number, digest)).record.state).toBe('approved');
  });

  it('that was agreed to beforehand runs by itself, but not more often than agreed, and never for a crown jewel', async () => {
    const machine = new Machine();
    const w = await world(store, queues, [machine.carrier]);
    w.acme.tenant.profile.response = { preapproved: [{ action: 'isolate-host', perDay: 1 }], customerApproves: [] };
    const jewel = await propose(w.parts, by(w.people.ana), 'x', isolate(`${w.acme.id}-vault`));
    expect(jewel.record.state).toBe('proposed');
    const one = await asked(w);
    expect(one).toMatchObject({ state: 'approved', preapproved: true });
    await w.work(one.number);
    expect((await actionOf(w.acme, one.number)).state).toBe('done');
    expect((await asked(w, { args: { host: 'ws02' } })).state).toBe('proposed');
    w.now += 86_400_001;
    expect((await asked(w, { args: { host: 'ws03' } })).state).toBe('approved');
  });

  it('that was agreed to beforehand gets no more places than agreed when many ask at once', async () => {
    const w = await world(store, queues, [new Machine().carrier]);
    w.acme.tenant.profile.response = { preapproved: [{ action: 'isolate-host', perDay: 2 }], customerApproves: [] };
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, i) => asked(w, { args: { host: `ws${i}` } }, i < 2 ? 'same' : `other ${i}`)),
    );
    const free = new Set(all.filter(({ preapproved }) => preapproved).map(({ number }) => number));
    expect(free.size).toBeLessThanOrEqual(2);
    expect(await w.acme.actions.count({ preapproved: true })).toBe(free.size);
    // A place that came to nothing is given back: by now both are taken, and no more.
    const more = [await asked(w), await asked(w), await asked(w)].filter(({ preapproved }) => preapproved);
    expect(free.size + more.length).toBe(2);
    expect(await w.acme.actionPlaces.count()).toBe(2);
  });

  it('is refused by whoever may approve it, or asked for it, as they were shown it, and by nobody else', async () => {
    const w = await world(store, queues, [new Machine().carrier]);
    w.acme.tenant.profile.response = { preapproved: [], customerApproves: ['*'] };
    const looks = await addPerson(
      store,
      `looks-${w.acme.id}`,
      'looks',
      [{ tenant: w.acme.id, role: 'viewer' }],
      'customer',
    );
    const [a, b, c] = [await asked(w), await asked(w, { args: { host: 'ws02' } }), await asked(w)];
    for (const who of [looks, w.people.vic])
      expect(await codeOf(refuse(w.parts, who, 'x', a.number, 'no', a.digest))).toBe('MDR_FORBIDDEN');
    expect(await codeOf(refuse(w.parts, w.people.bo, 'x', a.number, 'no', b.digest))).toBe('MDR_ACTION_STATE');
    expect((await actionOf(w.acme, a.number)).state).toBe('proposed');
    expect((await refuse(w.parts, w.people.cus, 'x', a.number, 'no', a.digest)).record.state).toBe('refused');
    expect((await refuse(w.parts, w.people.ana, 'x', b.number, 'mine', b.digest)).record.state).toBe('refused');
    await store.people.updateOne({ _id: w.people.bo._id }, { $set: { grants: [] } });
    expect(await codeOf(refuse(w.parts, w.people.bo, 'x', c.number, 'no', c.digest))).toBe('MDR_FORBIDDEN');
  });

  it('whose approver was removed meanwhile waits again', async () => {
    const machine = new Machine();
    const w = await world(store, queues, [machine.carrier]);
    const { number, digest } = await asked(w);
    await approve(w.parts, w.people.bo, 'b', number, digest);
    await store.people.updateOne({ _id: w.people.bo._id }, { $set: { grants: [] } });
    await w.work(number);
    expect(machine.runs).toEqual([]);
    expect(await actionOf(w.acme, number)).toMatchObject({ state: 'proposed', approvals: [] });
    await approve(w.parts, w.people.cy, 'c', number, digest);
    await w.work(number);
    expect(machine.runs).toHaveLength(1);
  });

  it('whose arguments were changed after approval does not run', async () => {
    const machine = new Machine();
    const w = await world(store, queues, [machine.carrier]);
    const { number, digest } = await asked(w);
    await approve(w.parts, w.people.bo, 'b', number, digest);
    await w.acme.actions.update({ number }, { $set: { args: { host: 'dc01' } } });
    await w.work(number);
    expect(machine.runs).toEqual([]);
    expect(await actionOf(w.acme, number)).toMatchObject({ state: 'failed', error: { code: 'MDR_ACTION_STATE' } });
  });

  it('lapses without approval, also when approved and not begun in time, and can be refused', async () => {
    const machine = new Machine();
    const w = await world(store, queues, [machine.carrier]);
    const [a, b, c] = [await asked(w), await asked(w), await asked(w)];
    await approve(w.parts, w.people.bo, 'b', b.number, b.digest);
    expect((await refuse(w.parts, w.people.bo, 'n', c.number, 'not now', c.digest)).record.state).toBe('refused');
    expect(await codeOf(approve(w.parts, w.people.bo, 'late', c.number, c.digest))).toBe('MDR_ACTION_STATE');
    w.now += 9 * 3_600_000;
    expect(await codeOf(approve(w.parts, w.people.bo, 'x', a.number, a.digest))).toBe('MDR_ACTION_STATE');
    await schedule(w);
    await w.work(b.number);
    expect([(await actionOf(w.acme, a.number)).state, (await actionOf(w.acme, b.number)).state]).toEqual([
      'expired',
      'expired',
    ]);
    expect(machine.runs).toEqual([]);
  });

  it('is refused when its arguments are hostile', async () => {
    const w = await world(store, queues, [new Machine().carrier]);
    for (const host of ['', 'a\r\nX: y', 'x'.repeat(1024 * 1024), 'ws01)(uid=*', '../../etc', '\u202Egpj.exe', '-rf'])
      expect(await codeOf(asked(w, { args: { host } })), host.slice(0, 20)).toBe('MDR_ACTION_BAD');
    expect(await codeOf(asked(w, { args: { host: 'a', __proto__x: 'b' } }))).toBe('MDR_ACTION_BAD');
    expect(await codeOf(asked(w, { action: 'constructor' }))).toBe('MDR_ACTION_UNKNOWN');
    expect(await codeOf(asked(w, { args: { host: 'a', expires: '900d' } }))).toBe('MDR_ACTION_BAD');
    expect(readArgs('block-ip', { ip: '203[.]0.113.9', expires: '4h' })).toEqual({
      args: { ip: '203.0.113.9' },
      lasts: 4 * 3_600_000,
    });
  });

  it.each([
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['2001:db8::1/128', '2001:db8::1'],
    ['2001:db8:0:1:ff::/64', '2001:db8:0:1::/64'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9/120', '203.0.113.0/24'],
    ['203[.]0.113.9/32', '203.0.113.9'],
    ['203.0.113.9/24', '203.0.113.0/24'],
    ['203.0.113.0/33', null],
    ['2001:db8::/129', null],
    ['203.0.113.0/999', null],
    ['203.0.113.0/024', null],
    ['203.0.113.0/24/24', null],
    ['fe80::1%eth0', null],
    ['203.0.113', null],
  ])('spells the address %s in one way: %s', (ip, spelled) => {
    const read = () => readArgs('block-ip', { ip }).args.ip;
    if (spelled === null) expect(read).toThrow(/is no address/);
    else expect(read()).toBe(spelled);
  });

  it('has another digest with any other argument, connector, length or force', () => {
    const base = {
      tenant: 'a',
      action: 'block-ip',
      via: 'lists',
      args: { ip: '203.0.113.9' },
      lasts: 1,
      forced: false,
    };
    const others = [
      ...[{ tenant: 'b' }, { action: 'unblock-ip' }, { via: 'x' }, { args: { ip: '203.0.113.8' } }],
      ...[{ args: { ip: '203.0.113.9', reason: 'x' } }, { lasts: 2 }, { lasts: null }, { forced: true }],
    ];
    const all = [base, ...others.map((other) => ({ ...base, ...other }))].map(digestOf);
    expect(new Set(all).size).toBe(all.length);
  });
});
