import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Queues } from '../../../engine/queues.js';
import ldap from '../../../engine/respond/actions/carriers/ldap.js';
import { ldapSchema } from '../../../engine/respond/actions/connectors.js';
import { approve, checkAction, propose } from '../../../engine/respond/actions/requests.js';
import { actionOf } from '../../../engine/respond/actions/save.js';
import type { Store } from '../../../engine/store/index.js';
import { testQueues, testStore } from '../../support/services.js';
import { conforms } from './conformance.js';
import { ADMIN, Directory, hasSlapd } from './slapd.js';
import { by, type World, world } from './world.js';

const isThere = hasSlapd();
if (!isThere) console.warn('skipped: there is no slapd (apt-get install slapd)');

describe.skipIf(!isThere)('a directory', () => {
  const directory = new Directory();
  let store: Store;
  let queues: Queues;
  beforeAll(async () => {
    ({ store } = await testStore());
    ({ queues } = await testQueues());
    await directory.open();
  });
  afterAll(() => directory.close());

  async function on(kind: 'ad' | 'openldap', url = directory.url): Promise<World> {
    const w = await world(store, queues, [ldap]);
    const { base } = directory;
    const connector = ldapSchema.parse({ url, bindDn: ADMIN.dn, secret: 'directory', base, kind });
    await store.tenants.updateOne({ _id: w.acme.id }, { $set: { connectors: { ldap: connector } } });
    w.parts.store = w.acme = await store.forTenant(w.acme.id);
    await w.parts.secrets.keep(w.acme, 'directory', ADMIN.password, () => w.now);
    return w;
  }
  const jane = directory.dnOf('jane');
  const jim = `cn=Jim,ou=people,${directory.base}`;
  const admins = `cn=admins,ou=groups,${directory.base}`;
  const domain = `cn=Domain Admins,ou=groups,${directory.base}`;
  const set = (dn: string, attributes: Record<string, string | null>) =>
    directory.with(async (client) => {
      const { Attribute, Change } = await import('ldapts');
      for (const [type, value] of Object.entries(attributes)) {
        const values = value === null ? [] : [value];
        await client.modify(dn, new Change({ operation: 'replace', modification: new Attribute({ type, values }) }));
      }
    });

  const subject =
    (
      kind: 'ad' | 'openldap',
      action: string,
      args: Record<string, string>,
      dn: string,
      attribute: string,
      before: Record<string, string | null> = {},
    ) =>
    async () => {
      await set(dn, before);
      return {
        w: await on(kind),
        carrier: ldap,
        action,
        args,
        state: async () => (await directory.read(dn, attribute)).sort(),
      };
    };
  const lock = 'pwdAccountLockedTime';
  const open = { [lock]: null };
  conforms('OpenLDAP disable-user', subject('openldap', 'disable-user', { user: 'jane' }, jane, lock, open));
  conforms(
    'OpenLDAP enable-user',
    subject('openldap', 'enable-user', { user: 'jane' }, jane, lock, { [lock]: '000001010000Z' }),
  );
  conforms(
    'OpenLDAP force-password-change',
    subject('openldap', 'force-password-change', { user: 'jane' }, jane, 'pwdReset', { pwdReset: null }),
  );
  conforms(
    'OpenLDAP remove-from-group',
    subject('openldap', 'remove-from-group', { user: 'joe', group: 'admins' }, admins, 'member', {}),
  );
  const enabled = { userAccountControl: '66048' };
  conforms('AD disable-user', subject('ad', 'disable-user', { user: 'CORP\\jim' }, jim, 'userAccountControl', enabled));
  conforms(
    'AD enable-user',
    subject('ad', 'enable-user', { user: 'jim' }, jim, 'userAccountControl', { userAccountControl: '66050' }),
  );
  conforms(
    'AD force-password-change',
    subject('ad', 'force-password-change', { user: 'jim' }, jim, 'pwdLastSet', { pwdLastSet: '133000000000000000' }),
  );
  conforms('AD remove-from-group', async () => {
    const { Attribute, Change } = await import('ldapts');
    await directory.with((client) =>
      client.modify(
        domain,
        new Change({ operation: 'replace', modification: new Attribute({ type: 'member', values: [jim] }) }),
      ),
    );
    return subject('ad', 'remove-from-group', { user: 'jim', group: 'Domain Admins' }, domain, 'member')();
  });

  it('a disabled account cannot sign in, and keeps its other flags', async () => {
    await set(jane, open);
    const w = await on('openldap');
    const { number, digest } = (
      await propose(w.parts, by(w.people.ana), 'x', {
        action: 'disable-user',
        args: { user: 'jane' },
        reason: 'r',
        case: null,
      })
    ).record;
    await approve(w.parts, w.people.bo, 'b', number, digest);
    await w.work(number);
    const { Client } = await import('ldapts');
    const client = new Client({ url: directory.url });
    await expect(client.bind(jane, 'pw')).rejects.toThrow();
    await client.unbind();
    await set(jane, open);
  });

  it('names are values, whatever they hold', async () => {
    const w = await on('openldap');
    const check = (user: string) =>
      checkAction(w.parts, { action: 'disable-user', args: { user }, reason: '', case: null });
    expect((await check('o(brien)*')).memory.dn).toContain('brien');
    expect((await check('a,b+c')).memory.dn).toContain('b');
    for (const user of ['*', 'j*', 'jane)(uid=*', ')(|(uid=*', '\\2a', 'jane,ou=people', 'j\u0000ane', 'x\r\ny'])
      await expect(check(user), user).rejects.toMatchObject({ code: 'MDR_ACTION_BAD' });
  });

  it('a directory elsewhere is not given the password in clear text; a wrong password is said', async () => {
    const far = await on('openldap', 'ldap://192.0.2.1');
    const asking = { action: 'disable-user', args: { user: 'jane' }, reason: '', case: null };
    await expect(checkAction(far.parts, asking)).rejects.toThrow(/clear text/);
    const w = await on('openldap');
    await w.parts.secrets.keep(w.acme, 'directory', 'wrong', () => w.now);
    await expect(checkAction(w.parts, asking)).rejects.toMatchObject({ code: 'MDR_ACTION_FAILED' });
  });

  it.each([
    ['before it was written', false],
    ['after it was written', true],
  ])('a server that dies in mid-change, %s: found out afterwards, nothing repeated', async (_title, isWritten) => {
    await set(jane, open);
    const relay = new Relay(directory.url, isWritten);
    const w = await on('openldap', await relay.open());
    const asking = { action: 'disable-user', args: { user: 'jane' }, reason: 'r', case: null };
    const { number, digest } = (await propose(w.parts, by(w.people.ana), 'x', asking)).record;
    await approve(w.parts, w.people.bo, 'b', number, digest);
    await w.work(number);
    expect(await actionOf(w.acme, number)).toMatchObject({ state: 'failed', effect: 'unknown' });
    expect(relay.modifies).toBe(1);
    relay.isDead = false;
    w.now += 61_000;
    await w.work(number);
    expect(await actionOf(w.acme, number)).toMatchObject(
      isWritten ? { state: 'done', effect: 'holds' } : { state: 'failed', effect: 'absent' },
    );
    expect(relay.modifies).toBe(1);
    expect((await directory.read(jane, lock)).length).toBe(isWritten ? 1 : 0);
    relay.close();
    await set(jane, open);
  });
});

/** Stands before the server, and goes dead at the first ModifyRequest (tag 0x66): with it passed on, or not. */
class Relay {
  isDead = false;
  modifies = 0;
  #server: Server;
  constructor(url: string, isWritten: boolean) {
    const port = Number(new URL(url).port);
    this.#server = createServer((socket) => {
      socket.on('error', () => {});
      if (this.isDead) return void socket.destroy();
      const up = connect(port, '127.0.0.1');
      up.on('error', () => socket.destroy());
      up.on('data', (data) => this.isDead || socket.write(data));
      up.on('close', () => socket.destroy());
      socket.on('close', () => up.destroy());
      socket.on('data', (data) => {
        // SEQUENCE, length, INTEGER message id, then the operation.
        const at = (data[1]! < 0x80 ? 2 : 2 + (data[1]! & 0x7f)) + 3;
        if (data[at] !== 0x66) return void up.write(data);
        this.modifies += 1;
        this.isDead = true;
        if (!isWritten) return void socket.destroy();
        up.write(data, () => setTimeout(() => socket.destroy(), 300));
      });
    });
  }
  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `ldap://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }
  close(): void {
    this.#server.close();
  }
}
