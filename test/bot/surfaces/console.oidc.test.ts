import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openOidc, placeWithin, readFlow, writeFlow } from '../../../bot/surfaces/console/oidc.js';
import { readConfig } from '../../../engine/config.js';
import { idOf } from '../../../engine/ids.js';
import { openBrowser } from '../../support/browser.js';
import { type ConsoleHarness, consoleHarness } from './console.harness.js';
import { CLIENT, localProvider } from './console.oidc.harness.js';
import { watch } from './console.pages.js';

const browser: Browser | null = await openBrowser();
if (!browser) console.warn('no Chromium found: sign-in with OpenID Connect is not tested in a browser');

// The provider says at length that its development pages are for development.
for (const name of ['info', 'warn'] as const) vi.spyOn(console, name).mockImplementation(() => {});

let at: ConsoleHarness;
let provider: Awaited<ReturnType<typeof localProvider>>;
let complaints: string[];

const identityOf = (sub: string) => `oidc:${idOf(provider.issuer, sub)}`;
const register = (id: string, sub: string, side: 'provider' | 'customer' = 'provider') =>
  at.store.people.create({
    _id: id,
    name: `Person ${id}`,
    side,
    identities: [identityOf(sub)],
    grants: [{ tenant: 'acme', role: 'analyst' }],
  });

beforeEach(async () => {
  complaints = [];
  provider = await localProvider();
  at = await consoleHarness(provider.settings);
});
afterEach(async () => {
  await Promise.all((browser?.contexts() ?? []).map((context) => context.close()));
  await provider.stop();
  await at.stop();
  expect(complaints).toEqual([]);
});
afterAll(() => browser?.close());

async function door(hash = ''): Promise<Page> {
  const context = await browser!.newContext();
  context.setDefaultTimeout(10_000);
  const page = watch(await context.newPage(), complaints);
  await page.goto(`${at.surface.address()}/${hash}`);
  return page;
}

/** Through the provider's pages, up to the step that leads back. */
async function signInAs(page: Page, sub: string): Promise<void> {
  await page.getByRole('link', { name: 'Sign in with your organisation’s account' }).click();
  await page.getByPlaceholder('Enter any login').fill(sub);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).waitFor();
}
const back = (page: Page) => page.getByRole('button', { name: 'Continue' }).click();
const sessions = async () => (await at.queues.redis.keys(`${at.queues.prefix}:console:session:*`)).length;

describe.skipIf(!browser)('sign-in with OpenID Connect', { timeout: 40_000 }, () => {
  beforeEach(() => provider.start(at.surface.address()));

  it('knows a person by issuer and subject, brings them where they wanted to go, and signs out', async () => {
    await register('ana', 'ana');
    const page = await door('#health/acme');
    await signInAs(page, 'ana');
    await back(page);
    await page.getByText('Person ana').waitFor();
    expect(new URL(page.url()).hash).toBe('#health/acme');
    await expect.poll(() => page.getByRole('button', { name: 'Link for another browser' }).isVisible()).toBe(false);
    const cookies = await page.context().cookies(at.surface.address());
    const session = cookies.filter(({ name }) => name.startsWith('mdr_console_'));
    expect(session).toMatchObject([{ httpOnly: true, sameSite: 'Lax', path: '/' }]);
    const left = session[0]!.expires - Date.now() / 1000;
    expect(left).toBeGreaterThan(11 * 3600);
    expect(left).toBeLessThanOrEqual(12 * 3600);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to mdr' }).waitFor();
    expect(await sessions()).toBe(0);
  });

  it('lets commands be asked as that person, and only for their tenants', async () => {
    await register('carla', 'carla', 'customer');
    const page = await door();
    await signInAs(page, 'carla');
    await back(page);
    await page.getByRole('heading', { name: 'Nothing shared with Acme Logistics yet' }).waitFor();
    const box = page.getByLabel('Message to the channel');
    await box.fill('/mdr alerts');
    await box.press('Enter');
    await page.getByRole('heading', { name: 'You asked: alerts' }).waitFor();
    expect(at.asks).toMatchObject([{ identity: identityOf('carla'), channel: 'acme/shared', tenant: 'acme' }]);
    await expect
      .poll(() => page.getByRole('button', { name: /#/ }).allTextContents())
      .toEqual([expect.stringContaining('Acme')]);
  });

  it('gives somebody unknown nothing but how to ask, whatever name they have there', async () => {
    await register('ana', 'another subject');
    const page = await door();
    await signInAs(page, 'ana');
    await back(page);
    await page.getByRole('heading', { name: 'You are not registered here' }).waitFor();
    await expect.poll(() => page.locator('main').textContent()).toContain(identityOf('ana'));
    expect(await sessions()).toBe(0);
    await page.goto(at.surface.address());
    await page.getByRole('heading', { name: 'Sign in to mdr' }).waitFor();
    await register('ana2', 'ana');
    await page.getByRole('link', { name: 'Sign in with' }).click();
    await page.getByText('Person ana2').waitFor();
  });

  it.each(['state', 'nonce', 'verifier'] as const)('refuses an answer to another %s', async (part) => {
    await register('ana', 'ana');
    const page = await door();
    await signInAs(page, 'ana');
    const context = page.context();
    const cookie = (await context.cookies(`${at.surface.address()}/oidc`)).find(({ name }) => name.endsWith('_flow'))!;
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/oidc' });
    const flow = readFlow(cookie.value)!;
    await context.addCookies([
      { ...cookie, value: writeFlow({ ...flow, [part]: [...flow[part]].reverse().join('') }) },
    ]);
    await back(page);
    await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
    expect(await sessions()).toBe(0);
  });

  it('refuses an answer in a browser that did not begin, and one that comes again', async () => {
    await register('ana', 'ana');
    const page = await door();
    const answers: string[] = [];
    page.on('request', (request) => request.url().includes('/oidc/callback') && answers.push(request.url()));
    await signInAs(page, 'ana');
    const context = page.context();
    const flow = (await context.cookies(`${at.surface.address()}/oidc`)).find(({ name }) => name.endsWith('_flow'))!;
    await back(page);
    await page.getByText('Person ana').waitFor();
    const [answer = ''] = answers;
    expect(answer).toContain('code=');
    const elsewhere = await at.call(answer);
    expect([elsewhere.status, elsewhere.headers['set-cookie']?.some((c) => /^mdr_console_\d+=/.test(c))]).toEqual([
      400,
      false,
    ]);
    const again = await at.call(answer, { headers: { cookie: `${flow.name}=${flow.value}` } });
    expect(again.status).toBe(401);
    expect(await sessions()).toBe(1);
  });

  it('asks with PKCE, state and nonce, for nothing but who it is', async () => {
    const { headers, status } = await at.call('/oidc/start');
    expect(status).toBe(302);
    const query = new URL(String(headers.location)).searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      client_id: CLIENT,
      redirect_uri: `${at.surface.address()}/oidc/callback`,
      response_type: 'code',
      scope: 'openid',
      code_challenge_method: 'S256',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(query.get(name)?.length).toBeGreaterThan(40);
    const other = new URL(String((await at.call('/oidc/start')).headers.location)).searchParams;
    for (const name of ['state', 'nonce', 'code_challenge']) expect(other.get(name)).not.toBe(query.get(name));
  });

  it('keeps no address of elsewhere to go to afterwards', async () => {
    for (const to of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '#\r\nset-cookie:a=b',
      '#x"><script>',
    ]) {
      const { headers } = await at.call(`/oidc/start?to=${encodeURIComponent(to)}`);
      const cookie = headers['set-cookie']![0]!.split(';')[0]!.split('=')[1];
      expect(readFlow(cookie)?.to, to).toBe('');
    }
    expect(placeWithin('#alerts?tenant=acme&state=new')).toBe('#alerts?tenant=acme&state=new');
    expect(placeWithin(['#a', '#b'])).toBe('');
  });
});

describe('without the provider’s answer', () => {
  it('says that it does not answer, and does when it is there again', async () => {
    const reply = await at.call('/oidc/start');
    expect([reply.status, reply.headers['set-cookie']]).toEqual([502, undefined]);
    expect(reply.body).toContain('does not answer');
    await provider.start(at.surface.address());
    expect((await at.call('/oidc/start')).status).toBe(302);
  });

  it('puts nothing of what came into its page', async () => {
    await provider.start(at.surface.address());
    const { headers } = await at.call('/oidc/start');
    const cookie = headers['set-cookie']![0]!.split(';')[0]!;
    const bad = encodeURIComponent('<script>alert(1)</script>');
    const said = await at.call(`/oidc/callback?error=${bad}&error_description=${bad}&state=${bad}`, {
      headers: { cookie },
    });
    expect(said.status).toBe(401);
    expect(said.body).not.toContain('alert(1)');
    for (const value of ['', 'x', '%00', writeFlow({ state: 'short', nonce: '', verifier: '', to: '' })])
      expect(
        (await at.call('/oidc/callback?code=x', { headers: { cookie: `mdr_console_0_flow=${value}` } })).status,
      ).toBe(400);
  });

  it('is not offered where it is not configured, and refuses settings that cannot be right', async () => {
    const plain = await consoleHarness();
    expect((await plain.call('/')).body).not.toContain('/oidc/start');
    expect((await plain.call('/oidc/start')).status).toBe(404);
    await plain.stop();
    const open = (settings: Record<string, string>) => () => openOidc(readConfig(settings), () => '');
    expect(open({ MDR_OIDC_ISSUER: 'https://id.example.org' })).toThrow(/MDR_OIDC_CLIENT_ID/);
    expect(open({ MDR_OIDC_ISSUER: 'http://id.example.org', MDR_OIDC_CLIENT_ID: 'a' })).toThrow(/https/);
    expect(open({ MDR_OIDC_ISSUER: 'ftp://x', MDR_OIDC_CLIENT_ID: 'a' })).toThrow(/MDR_OIDC_ISSUER/);
  });
});
