import { beforeAll, describe, expect, it } from 'vitest';
import { MdrError } from '../../../engine/errors.js';
import type { Queues } from '../../../engine/queues.js';
import { createListToken, endListTokens, rowsOf } from '../../../engine/respond/actions/blocks.js';
import lists, { warning } from '../../../engine/respond/actions/carriers/lists.js';
import { approve, askUndo, propose } from '../../../engine/respond/actions/requests.js';
import { actionOf } from '../../../engine/respond/actions/save.js';
import { runSchedule } from '../../../engine/respond/actions/schedule.js';
import type { BlockListName } from '../../../engine/store/blocks.js';
import type { Store } from '../../../engine/store/index.js';
import { profileSchema } from '../../../engine/store/tenants.js';
import { testQueues, testStore } from '../../support/services.js';
import { conforms } from './conformance.js';
import { type Door, httpDoorOn } from './door.js';
import { by, log, type World, world } from './world.js';

let store: Store;
let queues: Queues;
beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
});

let asks = 0;
async function block(w: World, action: string, args: Record<string, string>, more = {}) {
  const asking = { action, args, reason: 'seen in case 4', case: null, ...more };
  const { number, digest, needs } = (await propose(w.parts, by(w.people.ana), `ask${++asks}`, asking)).record;
  await approve(w.parts, w.people.bo, 'b', number, digest);
  if (needs.quorum === 2) await approve(w.parts, w.people.cy, 'c', number, digest);
  await w.work(number);
  return number;
}

/** The names of a response policy zone, read as a resolver reads it. */
function readZone(text: string): { serial: number; names: string[] } {
  const lines = text.trimEnd().split('\n');
  expect(lines[0]).toBe('$TTL 60');
  const soa = /^@ IN SOA (\S+)\. (\S+)\. (\d+) (\d+) (\d+) (\d+) (\d+)$/.exec(lines[1]!)!;
  expect(lines[2]).toBe('@ IN NS localhost.');
  const names = lines.slice(3).map((line) => {
    const [, name] = /^((?:\*\.)?[a-z0-9_.-]+) CNAME \.$/.exec(line)!;
    expect(name!.endsWith('.')).toBe(false);
    return name!;
  });
  return { serial: Number(soa[3]), names };
}

describe('every list', () => {
  for (const [action, args, list] of [
    ['block-ip', { ip: '45.137.21.9' }, 'ip'],
    ['block-domain', { domain: 'evil-update.com' }, 'domain'],
    ['block-url', { url: 'https://bad-files.net/a' }, 'url'],
    ['dns-rpz-block', { domain: 'evil-update.com' }, 'rpz'],
  ] as [string, Record<string, string>, BlockListName][])
    conforms(action, async () => {
      const w = await world(store, queues);
      const state = async () => (await rowsOf(w.acme, list, w.now)).map(({ value }) => value);
      return { w, carrier: lists, action, args, state };
    });
});

describe('block lists', () => {
  let door: Door;
  let w: World;
  beforeAll(async () => {
    w = await world(store, queues);
    door = await httpDoorOn(store, queues, () => w.now);
  });
  const get = (path: string, token: string, headers: Record<string, string> = {}) =>
    fetch(`${door.url}/lists/${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } });

  it('are served to whoever has the token of this tenant, with what is blocked now', async () => {
    const token = await createListToken(store, w.acme.id, () => w.now);
    await block(w, 'block-ip', { ip: '45[.]137.21.9', expires: '4h' });
    const twice = await block(w, 'block-ip', { ip: '45.137.21.9' });
    await block(w, 'block-ip', { ip: '91.92.240.0/24' });
    await block(w, 'block-domain', { domain: '*.Evil-Update.com' });
    await block(w, 'block-url', { url: 'hxxps://bad-files.net/a/b?c=1' });
    const rpz = await block(w, 'dns-rpz-block', { domain: 'sink-me.org' });
    expect((await actionOf(w.acme, twice)).state).toBe('done');
    const ip = await get(`${w.acme.id}/ip.txt`, token);
    expect(ip.status).toBe(200);
    expect(ip.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(ip.headers.get('cache-control')).toContain('max-age=30');
    expect(await ip.text()).toBe('45.137.21.9\n91.92.240.0/24\n');
    expect(await (await get(`${w.acme.id}/domain.txt`, token)).text()).toBe('evil-update.com\n');
    expect(await (await get(`${w.acme.id}/url.txt`, token)).text()).toBe('bad-files.net/a/b?c=1\n');
    const zone = readZone(await (await get(`${w.acme.id}/rpz.zone`, token)).text());
    expect(zone.names).toEqual(['evil-update.com', '*.evil-update.com', 'sink-me.org', '*.sink-me.org']);

    const basic = { authorization: `Basic ${Buffer.from(`firewall:${token}`).toString('base64')}` };
    expect((await fetch(`${door.url}/lists/${w.acme.id}/ip.txt`, { headers: basic })).status).toBe(200);
    const etag = ip.headers.get('etag')!;
    const again = await get(`${w.acme.id}/ip.txt`, token, { 'if-none-match': `W/${etag}` });
    expect([again.status, await again.text()]).toEqual([304, '']);

    // The first of two that want the same value is over: the other still wants it. Then the range, and the zone counts on.
    w.now += 5 * 3_600_000;
    await runSchedule({ store, queues, clock: () => w.now, log });
    await w.work(1);
    expect((await actionOf(w.acme, 1)).state).toBe('undone');
    expect(await (await get(`${w.acme.id}/ip.txt`, token)).text()).toBe('45.137.21.9\n91.92.240.0/24\n');
    const back = await askUndo(w.parts, by(w.people.ana), 'u', rpz, 'false alarm');
    await approve(w.parts, w.people.bo, 'ub', rpz, back.record.undo!.digest);
    await w.work(rpz);
    const later = readZone(await (await get(`${w.acme.id}/rpz.zone`, token)).text());
    expect(later.names).not.toContain('sink-me.org');
    expect(later.serial).toBeGreaterThan(zone.serial);
    await block(w, 'unblock-ip', { ip: '45.137.21.9' });
    expect(await (await get(`${w.acme.id}/ip.txt`, token)).text()).toBe('91.92.240.0/24\n');
    expect((await actionOf(w.acme, twice)).state).toBe('undone');
  });

  it('are served to nobody else, and nobody may guess', async () => {
    const other = await world(store, queues);
    const token = await createListToken(store, w.acme.id, () => w.now);
    expect((await get(`${other.acme.id}/ip.txt`, token)).status).toBe(401);
    expect((await get('nobody/ip.txt', token)).status).toBe(401);
    expect((await fetch(`${door.url}/lists/${w.acme.id}/ip.txt`)).status).toBe(401);
    expect((await get(`${w.acme.id}/passwd`, token)).status).toBe(404);
    expect((await get(`${w.acme.id}/..%2fip.txt`, token)).status).toBe(404);
    const events = await fetch(`${door.url}/v1/events/x`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: '{}',
    });
    expect(events.status).toBe(401);
    await endListTokens(store, w.acme.id);
    expect((await get(`${w.acme.id}/ip.txt`, token)).status).toBe(401);
    const statuses = new Set<number>();
    for (let i = 0; i < 25; i++) statuses.add((await get(`${w.acme.id}/ip.txt`, `mdr_${'x'.repeat(32)}`)).status);
    expect(statuses).toEqual(new Set([401, 429]));
  });

  it('never hold what is private, everybody’s or the tenant’s own, unless two people overrule that', async () => {
    const profile = profileSchema.parse({
      networks: ['45.10.0.0/16', '45.20.1.1'],
      domains: ['acme.com', 'shop.acme.co.uk'],
    });
    for (const [kind, value] of [
      ...(
        [
          '10.1.2.3',
          '127.0.0.1',
          '169.254.169.254',
          '8.8.8.8',
          '1.1.1.1',
          '45.10.3.4',
          '45.20.0.0/16',
          '::1',
          '0.0.0.0/0',
        ] as const
      ).map((ip) => ['ip', ip]),
      ...['localhost', 'acme.com', 'mail.acme.com', 'acme.co.uk', 'com', 'dns.google'].map((name) => ['domain', name]),
      ...['acme.com/login', '10.0.0.1/x', '[::1]/x'].map((url) => ['url', url]),
    ] as ['ip' | 'domain' | 'url', string][])
      expect(warning(kind, value, profile), `${kind} ${value}`).not.toBeNull();
    for (const [kind, value] of [
      ['ip', '45.137.21.9'],
      ['domain', 'evil-update.com'],
      ['url', 'bad-files.net/x'],
    ] as const)
      expect(warning(kind, value, profile), value).toBeNull();
    const asked = () => block(w, 'block-ip', { ip: '8.8.8.8' });
    await expect(asked()).rejects.toThrow(MdrError);
    const number = await block(w, 'block-ip', { ip: '8.8.8.8' }, { forced: true, reason: 'the tunnel goes there' });
    expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done', needs: { quorum: 2 } });
  });
});
