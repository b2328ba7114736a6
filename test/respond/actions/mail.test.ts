import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import mail from '../../../engine/respond/actions/carriers/mail.js';
import { readConnectors } from '../../../engine/respond/actions/connectors.js';
import { propose } from '../../../engine/respond/actions/requests.js';
import { actionOf } from '../../../engine/respond/actions/save.js';
import { workOn } from '../../../engine/respond/actions/work.js';
import { testQueues, testStore } from '../../support/services.js';
import { conforms } from './conformance.js';
import { by, world } from './world.js';

const { store } = await testStore();
const { queues } = await testQueues();
const servers: SMTPServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(() => resolve()));
});

/** A mail server that keeps what it is given. */
async function serve(options: SMTPServerOptions = {}) {
  const mails: { to: string[]; raw: string }[] = [];
  const server = new SMTPServer({
    ...{ authOptional: true, hideSTARTTLS: true, closeTimeout: 100, ...options },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mails.push({ to, raw: Buffer.concat(chunks).toString() });
        if (options.onData) options.onData(stream, session, done);
        else done();
      });
    },
  });
  servers.push(server);
  server.on('error', () => {});
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return { mails, port: (listening.address() as AddressInfo).port };
}

async function on(port: number, more: object = {}) {
  const w = await world(store, queues, [mail]);
  const connector = {
    ...{ host: '127.0.0.1', port, tls: 'none', from: 'mdr@soc.example', ticket: 'queue@acme.example' },
    ...{ page: 'night@soc.example', domains: ['acme.example'], ...more },
  };
  await store.tenants.updateOne({ _id: w.acme.id }, { $set: { connectors: readConnectors({ mail: connector }) } });
  w.parts.store = w.acme = await store.forTenant(w.acme.id);
  return w;
}
const ask = async (w: Awaited<ReturnType<typeof on>>, action: string, args: Record<string, string>, key = 'x') =>
  (await propose(w.parts, by(w.people.ana), key, { action, args, reason: '', case: null })).record.number;

describe('mail over SMTP', () => {
  for (const [action, args] of [
    ['open-ticket', { title: 'Reset', text: 'by noon' }],
    ['page', { rota: 'night', text: 'ransom note' }],
    ['send-mail', { to: 'jane@acme.example', subject: 'Call us', text: 'please' }],
  ] as [string, Record<string, string>][])
    conforms(`SMTP ${action}`, async () => {
      const { mails, port } = await serve();
      return { w: await on(port), carrier: mail, action, args, state: async () => mails.length, isVisible: false };
    });

  it('is one letter to one address, whatever its words hold', async () => {
    const { mails, port } = await serve();
    const w = await on(port);
    const text = 'first\n.\nRCPT TO:<x@evil.example>\nBcc: y@evil.example\n\n<b>bold</b> ünï';
    const number = await ask(w, 'open-ticket', { title: 'Reset ünï', text, queue: 'urgent' });
    await w.work(number);
    await w.work(number);
    expect(await actionOf(w.acme, number)).toMatchObject({
      state: 'done',
      gives: { answer: expect.stringMatching(/^250/) },
    });
    expect(mails).toHaveLength(1);
    expect(mails[0]!.to).toEqual(['queue@acme.example']);
    const read = await PostalMime.parse(mails[0]!.raw);
    expect(read.subject).toBe(`[mdr ${w.acme.id}-${number}] Reset ünï`);
    expect(read.text?.replaceAll('\r\n', '\n').trim()).toBe(`Queue: urgent\n\n${text}`);
    expect([read.bcc, read.html, read.attachments]).toEqual([undefined, undefined, []]);
    expect(read.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated');
  });

  it('goes only to domains that the operator named, and to nothing that is not one address', async () => {
    const { mails, port } = await serve();
    const w = await on(port);
    for (const to of [
      'jane@evil.example',
      'a@acme.example,b@evil.example',
      '<jane@acme.example>',
      'x@evil.example@acme.example',
      '"a b"@acme.example',
      'jane',
    ])
      await expect(ask(w, 'send-mail', { to, subject: 's', text: 't' }, to), to).rejects.toMatchObject({
        code: 'MDR_ACTION_BAD',
      });
    const none = await on(port, { page: undefined });
    await expect(ask(none, 'page', { rota: 'r', text: 't' })).rejects.toThrow(/no address for page/);
    expect(mails).toEqual([]);
  });

  it('what the server refuses is said; a password is not given in clear text, nor to a server without its certificate', async () => {
    const refusing = await serve({ onRcptTo: (_address, _session, done) => done(new Error('mailbox unknown')) });
    const w = await on(refusing.port);
    const number = await ask(w, 'page', { rota: 'r', text: 't' });
    await w.work(number);
    // It is not known that nothing was sent: a person looks, nothing is repeated.
    expect(await actionOf(w.acme, number)).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('mailbox unknown') },
    });
    const far = await on(25, { host: 'mail.acme.example' });
    const other = await ask(far, 'page', { rota: 'r', text: 't' });
    await far.work(other);
    expect(await actionOf(far.acme, other)).toMatchObject({
      error: { message: expect.stringContaining('clear text') },
    });
    const tls = await serve({ secure: true });
    const strict = await on(tls.port, { tls: 'implicit' });
    const third = await ask(strict, 'page', { rota: 'r', text: 't' });
    await strict.work(third);
    expect((await actionOf(strict.acme, third)).error?.message).toMatch(/certificate|self-signed|altnames/i);
    expect(tls.mails).toEqual([]);
  });

  it('signs in where it has to, and says when that is refused', async () => {
    const { mails, port } = await serve({
      ...{ authOptional: false, allowInsecureAuth: true },
      onAuth: ({ username, password }, _session, done) =>
        username === 'mdr' && password === 'right' ? done(null, { user: 'mdr' }) : done(new Error('no')),
    });
    const w = await on(port, { user: 'mdr', secret: 'smtp' });
    await w.parts.secrets.keep(w.acme, 'smtp', 'wrong', () => w.now);
    const first = await ask(w, 'page', { rota: 'r', text: 't' }, 'a');
    await workOn(w.working, w.acme.id, first);
    expect((await actionOf(w.acme, first)).state).toBe('failed');
    await w.parts.secrets.keep(w.acme, 'smtp', 'right', () => w.now);
    const second = await ask(w, 'page', { rota: 'r', text: 't' }, 'b');
    await workOn(w.working, w.acme.id, second);
    expect((await actionOf(w.acme, second)).state).toBe('done');
    expect(mails).toHaveLength(1);
  });
});
