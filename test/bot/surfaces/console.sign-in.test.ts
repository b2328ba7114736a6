import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OPERATOR } from '../../../bot/surfaces/console/index.js';
import { type ConsoleHarness, consoleHarness, freePort, newKey } from './console.harness.js';

let at: ConsoleHarness;
beforeEach(async () => {
  at = await consoleHarness();
});
afterEach(() => at.stop());

const cookieOf = (headers: { 'set-cookie'?: string[] }) => headers['set-cookie']?.[0] ?? '';

describe('signing in', () => {
  it('sets an HttpOnly cookie of twelve hours, and the link is then used up', async () => {
    const link = at.surface.signInLink();
    const first = await at.call(link);
    expect(first.status).toBe(200);
    expect(first.body).toContain('http-equiv="refresh" content="0;url=/"');
    expect(cookieOf(first.headers)).toMatch(/HttpOnly/);
    expect(cookieOf(first.headers)).toMatch(/SameSite=Lax/);
    expect(cookieOf(first.headers)).toMatch(/Max-Age=43200/);
    const second = await at.call(link);
    expect(second.status).toBe(401);
    expect(second.headers['set-cookie']).toBeUndefined();
    expect(second.body).toContain('used before');
  });

  it('gives a new link whenever one is asked for, also to somebody signed in', async () => {
    const [one, two] = [at.surface.signInLink(), at.surface.signInLink()];
    expect(one).not.toBe(two);
    expect((await at.call(two)).status).toBe(200);
    const { json } = await at.ask('/api/links', {});
    expect((await at.call(json.link)).status).toBe(200);
  });

  it('lets a link of MDR_CONSOLE_TOKEN be used again and again', async () => {
    const other = at.another({ MDR_CONSOLE_TOKEN: 'a-token-of-our-own' });
    await other.start();
    const link = other.signInLink();
    expect(link).toContain('/sign-in?token=a-token-of-our-own');
    for (const _ of [1, 2]) expect((await fetch(link)).status).toBe(200);
    expect((await fetch(`${other.address()}/sign-in?token=another-token-than-it`)).status).toBe(401);
    await other.stop();
  });

  it('refuses wrong, missing, repeated and huge tokens', async () => {
    for (const query of ['?token=wrong', '', '?token=', '?token=a&token=b', `?token=${'x'.repeat(5000)}`]) {
      const reply = await at.call(`/sign-in${query}`);
      expect(reply.status, query.slice(0, 20)).toBe(401);
      expect(reply.headers['set-cookie']).toBeUndefined();
    }
  });

  it('does not let a look-ahead of the browser use the link up', async () => {
    const link = at.surface.signInLink();
    expect((await at.call(link, { headers: { 'sec-purpose': 'prefetch;prerender' } })).status).toBe(503);
    expect((await at.call(link, { method: 'HEAD' })).status).toBe(404);
    expect((await at.call(link)).status).toBe(200);
  });

  it('keeps people signed in when the bot starts again, and stores only a hash of the session', async () => {
    const cookie = await at.cookie();
    const other = at.another();
    await other.start();
    expect((await fetch(`${other.address()}/api/me`, { headers: { cookie } })).status).toBe(200);
    await other.stop();
    const session = decodeURIComponent(cookie.split('=')[1] ?? '');
    const stored = await at.queues.redis.keys(`${at.queues.prefix}:console:session:*`);
    expect(stored).toHaveLength(1);
    expect(stored[0]).not.toContain(session);
    expect(await at.queues.redis.ttl(stored[0] ?? '')).toBeGreaterThan(11 * 3600);
  });

  it('signs out', async () => {
    expect((await at.ask('/api/sign-out', {})).status).toBe(200);
    expect((await at.ask('/api/me')).json.code).toBe('MDR_SIGN_IN');
  });

  it('makes the operator once, an admin of every tenant', async () => {
    await at.store.people.deleteMany({});
    const others = [at.another(), at.another(), at.another()];
    await Promise.all(others.map((other) => other.start()));
    await Promise.all(others.map((other) => other.stop()));
    const people = await at.store.people.find({ identities: OPERATOR }).lean();
    expect(people).toMatchObject([{ side: 'provider', grants: [{ tenant: '*', role: 'admin' }] }]);
  });
});

describe('without a session', () => {
  it('shows a page that says how to get in, and gives no data', async () => {
    const page = await at.call('/');
    expect(page.status).toBe(401);
    expect(page.body).toContain('/sign-in?token=');
    for (const path of [
      '/api/me',
      '/api/stream',
      '/api/channels/acme/alerts/messages',
      '/api/channels/acme/alerts/unread?after=0',
    ]) {
      const reply = await at.call(path, { headers: { cookie: 'mdr_console_0=guessed' } });
      expect(reply.status, path).toBe(401);
      expect(reply.json).toMatchObject({ code: 'MDR_SIGN_IN', hint: expect.stringContaining('link') });
    }
  });

  it('changes nothing', async () => {
    const headers = { origin: at.surface.address(), 'x-mdr-console': '1', 'content-type': 'application/json' };
    const body = JSON.stringify({ text: 'hello', key: newKey() });
    const reply = await at.call('/api/channels/acme/alerts/messages', { method: 'POST', headers, body });
    expect(reply.status).toBe(401);
    expect(await (await at.store.forTenant('acme')).messages.count()).toBe(0);
  });
});

describe('who may be asked, and from where', () => {
  it('says on every answer that only our own files may run', async () => {
    const paths = ['/', '/app.js', '/theme.css', '/nothing-here', '/api/me', at.surface.signInLink()];
    for (const path of paths) {
      const { headers } = await at.call(path);
      const policy = String(headers['content-security-policy']);
      expect(policy, path).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cache-control']).toContain('no-store');
    }
  });

  it('answers under its own name only', async () => {
    const cookie = await at.cookie();
    for (const host of ['evil.example', 'evil.example:8788', '127.0.0.1.evil.example', 'localhost@evil.example'])
      for (const path of ['/api/me', '/', '/app.js', '/sign-in?token=x']) {
        const reply = await at.call(path, { headers: { cookie, host } });
        expect([400, 403], `${host} ${path}`).toContain(reply.status);
        if (reply.status === 403) expect(reply.json.code).toBe('MDR_ORIGIN');
      }
    for (const host of ['localhost:9999', '127.0.0.1', '[::1]:8788'])
      expect((await at.call('/api/me', { headers: { cookie, host } })).status, host).toBe(200);
  });

  it('takes the name in MDR_CONSOLE_URL, and then sends the cookie over TLS only', async () => {
    const port = await freePort();
    const other = at.another({ MDR_CONSOLE_URL: 'https://mdr.example.org/', MDR_CONSOLE_PORT: String(port) });
    await other.start();
    const link = other.signInLink();
    expect(link).toMatch(/^https:\/\/mdr\.example\.org\/sign-in\?token=/);
    const behindProxy = link.replace('https://mdr.example.org', `http://127.0.0.1:${port}`);
    const reply = await at.call(behindProxy, { headers: { host: 'mdr.example.org' } });
    expect(reply.status).toBe(200);
    expect(cookieOf(reply.headers)).toMatch(/; Secure/);
    await other.stop();
  });

  it('refuses a change that another site could have made', async () => {
    const cookie = await at.cookie();
    const origin = at.surface.address();
    const own = { cookie, origin, 'x-mdr-console': '1', 'content-type': 'application/json' };
    const { origin: _o, ...noOrigin } = own;
    const { 'x-mdr-console': _h, ...noHeader } = own;
    const foreign = { ...own, origin: 'http://evil.example' };
    const otherPort = { ...own, origin: 'http://127.0.0.1:1' };
    const opaque = { ...own, origin: 'null' };
    for (const headers of [noOrigin, noHeader, foreign, otherPort, opaque] as Record<string, string>[])
      for (const path of ['/api/channels/acme/alerts/messages', '/api/actions', '/api/links', '/api/sign-out']) {
        const body = JSON.stringify({ text: 'hello', key: newKey() });
        const reply = await at.call(path, { method: 'POST', headers, body });
        expect(reply.status, path).toBe(403);
        expect(reply.json.code).toBe('MDR_ORIGIN');
      }
    expect(await (await at.store.forTenant('acme')).messages.count()).toBe(0);
  });
});
