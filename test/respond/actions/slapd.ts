import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'ldapts';

const SLAPD = '/usr/sbin/slapd';
const BASE = 'dc=acme,dc=example';
export const ADMIN = { dn: `cn=mdr,${BASE}`, password: 'a secret of mdr' };

/** Whether a real OpenLDAP server can be had: found, or installed as `bin/setup.mjs` installs what tests need. */
export function hasSlapd(): boolean {
  if (existsSync(SLAPD)) return true;
  if (!process.env.CI || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { env });
  // Only the program: no server of the system's own is started.
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'slapd'], { env });
  return existsSync(SLAPD);
}

const SCHEMAS = ['core', 'cosine', 'inetorgperson'];
/** What of Active Directory's schema is used, with its own ids. */
const AD = [
  "attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
  "attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
  "attributetype ( 1.2.840.113556.1.4.96 NAME 'pwdLastSet' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
  "objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP organizationalPerson STRUCTURAL MAY ( sAMAccountName $ userAccountControl $ pwdLastSet ) )",
  "objectclass ( 1.2.840.113556.1.5.8 NAME 'group' SUP top STRUCTURAL MUST cn MAY member )",
];

/** An OpenLDAP server of its own, with Active Directory's user schema too, on a loopback port. */
export class Directory {
  base = BASE;
  url = '';
  #child: ChildProcess | null = null;
  #folder = '';
  #port = 0;

  async open(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'mdr-slapd-'));
    await mkdir(join(this.#folder, 'db'));
    const lines = [
      ...SCHEMAS.map((name) => `include /etc/ldap/schema/${name}.schema`),
      ...AD,
      ...['modulepath /usr/lib/ldap', 'moduleload back_mdb', 'moduleload ppolicy'],
      ...['database mdb', `suffix ${BASE}`, `rootdn ${ADMIN.dn}`, `rootpw "${ADMIN.password}"`],
      ...[`directory ${join(this.#folder, 'db')}`, 'overlay ppolicy', `ppolicy_default cn=policy,${BASE}`, ''],
    ];
    await writeFile(join(this.#folder, 'slapd.conf'), lines.join('\n'));
    this.#port = await freePort();
    this.url = `ldap://127.0.0.1:${this.#port}`;
    await this.start();
    await this.#fill();
  }

  async start(): Promise<void> {
    const args = ['-f', join(this.#folder, 'slapd.conf'), '-h', `${this.url}/`, '-d', '0'];
    this.#child = spawn(SLAPD, args, { stdio: 'ignore' });
    for (let i = 0; i < 100; i++) {
      const client = new Client({ url: this.url, connectTimeout: 500, timeout: 500 });
      const up = await client.bind(ADMIN.dn, ADMIN.password).then(
        () => true,
        () => false,
      );
      await client.unbind().catch(() => {});
      if (up) return;
      await sleep(100);
    }
    throw new Error('slapd did not start');
  }

  /** As a machine that loses its power. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async with<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ url: this.url, timeout: 5000 });
    await client.bind(ADMIN.dn, ADMIN.password);
    try {
      return await work(client);
    } finally {
      await client.unbind();
    }
  }

  /** One attribute of one entry, as the server has it. */
  async read(dn: string, attribute: string): Promise<string[]> {
    return this.with(async (client) => {
      const { searchEntries } = await client.search(dn, { scope: 'base', attributes: [attribute] });
      return [searchEntries[0]?.[attribute] ?? []].flat().map(String);
    });
  }

  async #fill(): Promise<void> {
    await this.with(async (client) => {
      await client.add(BASE, { objectClass: ['dcObject', 'organization'], o: 'Acme', dc: 'acme' });
      const policy = { objectClass: ['device', 'pwdPolicy'], cn: 'policy', pwdAttribute: 'userPassword' };
      await client.add(`cn=policy,${BASE}`, { ...policy, pwdLockout: 'TRUE', pwdMustChange: 'TRUE' });
      for (const ou of ['people', 'groups'])
        await client.add(`ou=${ou},${BASE}`, { objectClass: 'organizationalUnit', ou });
      for (const uid of ['jane', 'joe', 'o(brien)*', 'a,b+c'])
        await client.add(this.dnOf(uid), { objectClass: 'inetOrgPerson', uid, cn: uid, sn: 'x', userPassword: 'pw' });
      const member = [this.dnOf('jane'), this.dnOf('joe')];
      await client.add(`cn=admins,ou=groups,${BASE}`, { objectClass: 'groupOfNames', cn: 'admins', member });
      const jim = `cn=Jim,ou=people,${BASE}`;
      const ad = { sAMAccountName: 'jim', userAccountControl: '66048', pwdLastSet: '133000000000000000' };
      await client.add(jim, {
        objectClass: 'user',
        cn: 'Jim',
        sn: 'x',

        ...ad,
      });
      await client.add(`cn=Domain Admins,ou=groups,${BASE}`, {
        ...{ objectClass: 'group', cn: 'Domain Admins' },
        member: [jim],
      });
    });
  }

  dnOf = (uid: string): string => `uid=${uid.replace(/[,+]/g, '\\$&')},ou=people,${BASE}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
