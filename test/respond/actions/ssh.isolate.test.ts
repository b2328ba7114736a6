import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Queues } from '../../../engine/queues.js';
import ssh from '../../../engine/respond/actions/carriers/ssh.js';
import { isIsolated, rulesetOf } from '../../../engine/respond/actions/ssh/isolate.js';
import type { Store } from '../../../engine/store/index.js';
import { testQueues, testStore } from '../../support/services.js';
import { conforms } from './conformance.js';
import { jobFor, sshWorld } from './ssh.world.js';
import { answers, Host, hasNetwork, hasSshd } from './sshd.js';

const us = { address: '192.0.2.1', port: 22 };

it('a table that lets more through, sleeps, or lacks a chain is no isolation', () => {
  const ruleset = rulesetOf(us, ['192.0.2.7']);
  expect(isIsolated(ruleset, ruleset)).toBe(true);
  expect(isIsolated('', ruleset)).toBe(false);
  expect(isIsolated(ruleset.replace('hook output', 'hook postrouting'), ruleset)).toBe(false);
  expect(isIsolated(ruleset.replace('policy drop', 'policy accept'), ruleset)).toBe(false);
  expect(isIsolated(`${ruleset}\n accept`, ruleset)).toBe(false);
  expect(isIsolated(`flags dormant\n${ruleset}`, ruleset)).toBe(false);
  expect(rulesetOf({ address: '2001:db8::1', port: 22 }, [])).toContain('nd-neighbor-solicit');
  expect(ruleset).not.toContain('nd-neighbor-solicit');
});

const isThere = hasSshd() && hasNetwork();
if (!isThere) console.warn('skipped: no host with a network of its own (root, ip netns, veth, nft, sshd)');

describe.skipIf(!isThere)('isolation of a host', () => {
  const host = new Host(true);
  let store: Store;
  let queues: Queues;
  let server: Server;
  const sockets = new Set<Socket>();
  const running: ChildProcess[] = [];
  beforeAll(async () => {
    ({ store } = await testStore());
    ({ queues } = await testQueues());
    await host.open();
    // Rules of the host's own: they have to be there afterwards, as they were.
    host.do('nft', 'add table ip own; add chain ip own in { type filter hook input priority 0; policy accept; }');
    host.do('nft', 'add rule ip own in tcp dport 9 drop comment "ours, \'quoted\'"');
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
    }).listen(0, host.gateway);
    await once(server, 'listening');
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    for (const child of running) child.kill('SIGKILL');
    server.close();
    await host.close();
  });

  const rules = () => host.do('nft', 'list', 'ruleset');
  const subject = (action: string, isIn: boolean) => async () => {
    const w = await sshWorld(store, queues, host);
    const job = jobFor(w, action, { host: 'web01' });
    const isolate = ssh.works['isolate-host']!;
    await (isIn ? isolate.run(job) : isolate.undo!(job));
    return { w, carrier: ssh, action, args: { host: 'web01' }, state: async () => rules() };
  };
  conforms('SSH isolate-host', subject('isolate-host', false));
  conforms('SSH release-host', subject('release-host', true));

  it('ends what is open and lets nothing in or out but mdr; afterwards all is as before', async () => {
    const w = await sshWorld(store, queues, host);
    const job = jobFor(w, 'isolate-host', { host: 'web01' });
    const work = ssh.works['isolate-host']!;
    await work.undo!(job);
    const before = rules();
    // An intruder's connection to the outside, and a service that the host has.
    const { port } = server.address() as { port: number };
    const beacon = `const s=require("net").connect(${port},"${host.gateway}");setInterval(()=>s.write("x"),50)`;
    running.push(host.spawn(process.execPath, '-e', beacon));
    await expect
      .poll(() => [...sockets].some((socket) => socket.bytesRead > 0 || socket.readableLength > 0))
      .toBe(true);
    const [socket] = [...sockets];
    let received = 0;
    socket!.on('data', (data) => {
      received += data.length;
    });
    running.push(
      host.spawn(process.execPath, '-e', `require("net").createServer(()=>{}).listen(8080,"${host.address}")`),
    );
    await expect.poll(() => answers(host.address, 8080)).toBe(true);

    await work.run(job);
    expect(await work.verify(job)).toBe('holds');
    const had = received;
    expect(await answers(host.address, 8080)).toBe(false);
    // By now at least ten more would have come.
    expect(received - had).toBeLessThan(3);
    const out = spawnIn(
      host,
      `require("net").connect({port:${port},host:"${host.gateway}",timeout:500}).on("connect",()=>process.exit(7)).on("timeout",()=>process.exit(0)).on("error",()=>process.exit(0))`,
    );
    expect((await once(out, 'exit'))[0]).toBe(0);

    await work.undo!(job);
    expect(rules()).toBe(before);
    await expect.poll(() => answers(host.address, 8080)).toBe(true);
    await expect.poll(() => received).toBeGreaterThan(had + 3);
  });

  it('who is named by the operator still reaches it', async () => {
    const w = await sshWorld(store, queues, host, { reach: [`${host.gateway}/32`, '2001:db8::/32'] });
    const job = jobFor(w, 'isolate-host', { host: 'web01' });
    const work = ssh.works['isolate-host']!;
    await work.run(job);
    expect(await work.verify(job)).toBe('holds');
    await expect.poll(() => answers(host.address, 8080)).toBe(true);
    // Somebody on the host opens it: that is seen, and can be done again.
    host.do('nft', 'add', 'rule', 'inet', 'mdr_isolation', 'output', 'accept');
    expect(await work.verify(job)).toBe('absent');
    await work.run(job);
    expect(await work.verify(job)).toBe('holds');
    await work.undo!(job);
    expect(await work.verify(job)).toBe('absent');
  });
});

const spawnIn = (host: Host, script: string): ChildProcess => host.spawn(process.execPath, '-e', script);
