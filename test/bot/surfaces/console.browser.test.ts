import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Card } from '../../../commands/cards/card.js';
import { profileSchema } from '../../../engine/store/tenants.js';
import { openBrowser } from '../../support/browser.js';
import { alertLike, type ConsoleHarness, consoleHarness, freePort } from './console.harness.js';

/** As much of the page as is looked at from inside it; the project is not compiled against a browser. */
interface PageElement {
  id: string;
  className: string;
  textContent: string | null;
  parentElement: PageElement | null;
  childNodes: Iterable<{ nodeType: number; textContent: string | null }>;
  closest(selector: string): PageElement | null;
  getBoundingClientRect(): { width: number };
}
declare const document: {
  documentElement: { scrollWidth: number; clientWidth: number };
  activeElement: PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
};
declare const getComputedStyle: (element: PageElement) => { color: string; backgroundColor: string };

const browser: Browser | null = await openBrowser();
if (!browser)
  console.warn('no Chromium found (CHROME_PATH, chromium, google-chrome): the console is not tested in a browser');

const ACME = 'acme/alerts';
const WIDE = { viewport: { width: 1360, height: 800 } };
let at: ConsoleHarness;
/** What the pages complained of: errors, refusals by the content policy, dialogs. */
let complaints: string[];

describe.skipIf(!browser)('the console in a browser', { timeout: 120_000 }, () => {
  beforeEach(async () => {
    complaints = [];
    at = await consoleHarness();
  });
  afterEach(async () => {
    await Promise.all((browser?.contexts() ?? []).map((context) => context.close()));
    await at.stop();
    expect(complaints).toEqual([]);
  });
  afterAll(() => browser?.close());

  async function open(options: BrowserContextOptions = WIDE): Promise<Page> {
    const context = await browser!.newContext({ timezoneId: 'Europe/Berlin', ...options });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // Chromium reports every failed request; those that a test provokes are looked at in the page.
      if (message.type() === 'error' && !/Failed to load resource|ERR_/.test(message.text()))
        complaints.push(message.text());
    });
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(at.surface.signInLink());
    await page.waitForSelector('#connection[data-state=live]');
    // Drawn: keys work on what is there, and typing does not wait for it.
    await page.locator('#pages a').first().waitFor({ state: 'attached' });
    return page;
  }

  const feed = (page: Page) => page.locator('#feed');
  const replies = (page: Page) => page.locator('#replies');
  const sidewaysScroll = (page: Page) =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

  it('says what will appear, and shows an alert as it arrives', async () => {
    const page = await open();
    await page.getByRole('heading', { name: 'No alerts for Acme Logistics yet' }).waitFor();
    const ref = await at.surface.post(ACME, alertLike(1, 'Alert 1 · Credentials dumped'), 'k', null);
    const card = feed(page).locator('.card.high');
    await card.getByText('Credentials dumped').waitFor();
    await expect.poll(() => page.locator('#empty').isVisible()).toBe(false);
    await expect.poll(() => card.locator('code').textContent()).toBe('WS-1');
    await at.surface.edit(ref, { ...alertLike(1, 'Alert 1 · Credentials dumped, twice'), tone: 'critical' });
    await feed(page).locator('.card.critical').getByText('twice').waitFor();
    await expect.poll(() => feed(page).locator('.message').count()).toBe(1);
    await expect.poll(() => page.locator('#said').textContent()).toContain('Credentials dumped');
  });

  it('says what to do while there is no tenant, and shows the first one as its alert arrives', async () => {
    await at.store.tenants.deleteMany({});
    const page = await open();
    await page.getByRole('heading', { name: 'No tenants yet' }).waitFor();
    await at.store.tenants.create({
      _id: 'new',
      name: 'New Tenant',
      profile: profileSchema.parse({}),
      channels: [],
      created: 1,
    });
    await at.surface.post('new/alerts', alertLike(1, 'The first alert', 'new'), 'k', null);
    await feed(page).getByRole('heading', { name: 'The first alert' }).waitFor();
    // The message box was not shown when it was prepared; it has its height all the same.
    expect((await page.locator('#box').boundingBox())?.height).toBeGreaterThan(25);
  });

  it('completes commands, shows that it works, then the answer', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    at.answerWith(async () => {
      await held;
      return { title: 'What you can ask', tone: 'neutral', blocks: [] };
    });
    const page = await open();
    const box = page.getByLabel('Message to the channel');
    await box.waitFor();
    await box.pressSequentially('/mdr al');
    const offers = page.locator('#box-offers [role=option]');
    await expect
      .poll(() => offers.allTextContents())
      .toEqual(['/mdr alert <n>Show one alert', '/mdr alerts [open|all]List alerts']);
    await box.press('ArrowDown');
    await box.press('Enter');
    await expect.poll(() => box.inputValue()).toBe('/mdr alerts ');
    await box.press('Escape');
    await box.fill('/mdr he');
    await box.press('Tab');
    await expect.poll(() => box.inputValue()).toBe('/mdr help');
    await box.press('Enter');
    await page.getByText('mdr is working on it').waitFor();
    await expect.poll(() => box.inputValue()).toBe('');
    release();
    await feed(page).getByRole('heading', { name: 'What you can ask' }).waitFor();
    await page.getByText('mdr is working on it').waitFor({ state: 'hidden' });
    expect(at.asks.map((ask) => ask.text)).toEqual(['help']);
    await box.press('ArrowUp');
    await expect.poll(() => box.inputValue()).toBe('/mdr help');
    await expect.poll(() => feed(page).locator('.message').count()).toBe(2);
  });

  it('answers a button in the thread, and a select too', async () => {
    await at.surface.post(ACME, alertLike(3), 'k', null);
    const page = await open();
    await feed(page).getByRole('button', { name: 'Acknowledge' }).click();
    await replies(page).getByRole('heading', { name: 'You asked: ack 3' }).waitFor();
    await replies(page).getByLabel('Close as…').selectOption('benign');
    await replies(page).getByRole('heading', { name: 'You asked: close 3 benign' }).waitFor();
    await feed(page).getByRole('button', { name: '2 replies' }).waitFor();
    expect(at.asks.every((ask) => ask.thread !== null && ask.tenant === 'acme')).toBe(true);
    await page.reload();
    await replies(page).getByRole('heading', { name: 'You asked: ack 3' }).waitFor();
  });

  it('tells of a command that failed, and lets it be sent again', async () => {
    at.answerWith(async () => {
      throw new Error('broken');
    });
    const page = await open();
    const box = page.getByLabel('Message to the channel');
    await box.fill('/mdr ack 1');
    await box.press('Enter');
    await page.getByText(/Something failed inside/).waitFor();
    at.answerWith(async () => ({ title: 'Now it works', tone: 'ok', blocks: [] }));
    await page.getByRole('button', { name: 'Try again' }).click();
    await feed(page).getByRole('heading', { name: 'Now it works' }).waitFor();
    await expect.poll(() => page.getByText(/Something failed inside/).count()).toBe(0);
    await expect.poll(() => feed(page).locator('.message').count()).toBe(2);
  });

  it('shows hostile values as text, names what cannot be seen, and links to our own pages only', async () => {
    const hostile = '<img src=x onerror=alert(1)><script>alert(2)</script> <!channel> [a](http://x) ](http://x)';
    const links = ['/lake', '//evil.example', '/\\evil.example', 'http://evil.example/', 'javascript:alert(3)'];
    const card: Card = {
      title: [hostile, { code: hostile }, { bold: hostile }],
      tone: 'high',
      blocks: [
        { kind: 'text', text: 'invoice\u202efdp.exe zero\u200bwidth' },
        { kind: 'fields', fields: [{ name: hostile, value: hostile }] },
        { kind: 'list', items: [hostile] },
        { kind: 'table', columns: [hostile], rows: [[hostile]] },
        { kind: 'code', text: hostile },
        { kind: 'text', text: links.map((href) => ({ link: `to ${href} `, href })) },
        { kind: 'note', text: hostile },
      ],
    };
    await at.surface.post(ACME, card, 'k', null);
    const page = await open();
    const box = page.getByLabel('Message to the channel');
    await box.fill(hostile);
    await box.press('Enter');
    await feed(page).locator('.words').getByText(hostile).waitFor();
    await expect.poll(() => feed(page).locator('.card .card-title').textContent()).toBe(hostile.repeat(3));
    await expect.poll(() => feed(page).locator('.unseen').allTextContents()).toEqual(['U+202E', 'U+200B']);
    await expect.poll(() => feed(page).locator('img, script, iframe, [onerror]').count()).toBe(0);
    expect(
      await feed(page)
        .locator('a')
        .evaluateAll((all) => all.map((a) => (a as unknown as { href: string }).href)),
    ).toEqual([`${at.surface.address()}/lake`]);
    await sleep(100);
  });

  it("shows times in the reader's zone, with the exact one as title", async () => {
    const time = Date.UTC(2026, 5, 3, 10, 4, 5);
    await at.surface.post(ACME, { title: 'T', tone: 'ok', blocks: [{ kind: 'text', text: [{ time }] }] }, 'k', null);
    const shown = (await open()).locator('#feed .card time');
    await expect.poll(() => shown.textContent()).toMatch(/3 Jun.* 12:04:05/);
    await expect.poll(() => shown.getAttribute('title')).toBe('2026-06-03T10:04:05.000Z');
  });

  it('stays where one reads, and counts what came below', async () => {
    for (let n = 0; n < 20; n++) await at.surface.post(ACME, alertLike(n), `k${n}`, null);
    const page = await open();
    await feed(page).getByRole('heading', { name: 'Alert 19' }).waitFor();
    await page.locator('#feed-scroll').evaluate((element) => {
      element.scrollTop = 300;
    });
    await sleep(100);
    const place = () => page.locator('#feed-scroll').evaluate((element) => element.scrollTop);
    const before = await place();
    for (const n of [20, 21, 22]) await at.surface.post(ACME, alertLike(n), `k${n}`, null);
    const pill = page.getByRole('button', { name: '3 new' });
    await pill.waitFor();
    expect(await place()).toBe(before);
    await expect.poll(() => page.title()).toBe('(3) Acme Logistics · mdr');
    await pill.click();
    await pill.waitFor({ state: 'hidden' });
    await expect.poll(() => feed(page).getByRole('heading', { name: 'Alert 22' }).isVisible()).toBe(true);
    await expect.poll(() => page.title()).toBe('Acme Logistics · mdr');
  });

  it('counts what is unread in other channels', async () => {
    const page = await open();
    await at.surface.post('zeta/alerts', alertLike(1, 'Z', 'zeta'), 'k', null);
    const zeta = page.getByRole('button', { name: /Zeta Robotics # alerts/ });
    await zeta.getByText('1').waitFor();
    await expect.poll(() => page.title()).toBe('(1) Acme Logistics · mdr');
    await zeta.click();
    await feed(page).getByRole('heading', { name: 'Z' }).waitFor();
    await page.getByText('New', { exact: true }).waitFor();
    await expect.poll(() => page.title()).toBe('Zeta Robotics · mdr');
    await page.goBack();
    await page.getByRole('heading', { name: 'No alerts for Acme' }).waitFor();
  });

  it('comes back after the bot was away, without having missed anything', async () => {
    const port = await freePort();
    const settings = { MDR_CONSOLE_PORT: String(port), MDR_CONSOLE_TOKEN: 'a-token-of-our-own' };
    const first = at.another(settings);
    await first.start();
    const page = await open();
    await page.goto(first.signInLink());
    await page.waitForSelector('#connection[data-state=live]');
    await first.stop();
    await page.waitForSelector('#connection[data-state=lost]');
    await page.getByText('Connection lost').waitFor();
    await at.surface.post(ACME, alertLike(5), 'while away', null);
    const second = at.another(settings);
    await second.start();
    await feed(page).getByRole('heading', { name: 'Alert 5' }).waitFor();
    await page.waitForSelector('#connection[data-state=live]');
    await page.getByText('Connection lost').waitFor({ state: 'hidden' });
    await page.goto('about:blank');
    await second.stop();
  });

  it('leads to the door when the session is over', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to mdr' }).waitFor();
  });

  it('can be used with the keyboard alone', async () => {
    for (const n of [1, 2]) await at.surface.post(ACME, alertLike(n), `k${n}`, null);
    const page = await open();
    await page.keyboard.press('/');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('box');
    await feed(page).locator('.message[tabindex="0"]').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await replies(page).getByRole('heading', { name: 'Alert 1' }).waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'thread-box');
    await page.keyboard.type('a note');
    await page.keyboard.press('Enter');
    await replies(page).getByText('a note').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#thread').waitFor({ state: 'hidden' });
    await page.waitForFunction(() => document.activeElement?.textContent?.includes('Alert 1'));
    // A closed list must not run a command because an arrow passed over a choice.
    await feed(page).getByLabel('Close as…').first().focus();
    await page.keyboard.press('b');
    await page.keyboard.press('Escape');
    expect(at.asks).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('has enough contrast in the %s scheme', async (colorScheme) => {
    for (const tone of ['ok', 'low', 'medium', 'high', 'critical', 'error'] as const)
      await at.surface.post(ACME, { ...alertLike(1, `tone ${tone}`), tone }, tone, null);
    const page = await open({ ...WIDE, colorScheme });
    await feed(page).getByRole('heading', { name: 'tone error' }).waitFor();
    await page.getByLabel('Message to the channel').pressSequentially('/mdr al');
    const poor = await page.evaluate(poorContrast);
    expect(poor).toEqual([]);
  });

  it('fits a telephone', async () => {
    const long = 'C:\\Windows\\System32\\'.repeat(20);
    const { message } = await at.surface.post(
      ACME,
      {
        ...alertLike(1, `Alert 1 · ${'x'.repeat(300)}`),
        blocks: [
          { kind: 'code', text: long },
          { kind: 'fields', fields: [{ name: 'Hash', value: [{ code: 'e'.repeat(200) }] }] },
          { kind: 'table', columns: ['a', 'b', 'c', 'd', 'e', 'f'], rows: [Array(6).fill(long)] },
          ...alertLike(1).blocks,
        ],
      },
      'k',
      null,
    );
    await at.surface.post(ACME, alertLike(2), 'reply', message);
    const page = await open({ viewport: { width: 380, height: 760 }, hasTouch: true });
    await feed(page).locator('.card').waitFor();
    await expect.poll(() => sidewaysScroll(page)).toBe(0);
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('button', { name: /Zeta Robotics # alerts/ }).waitFor();
    await expect.poll(() => sidewaysScroll(page)).toBe(0);
    await page.getByRole('button', { name: /Acme Logistics # alerts/ }).click();
    await feed(page).getByRole('button', { name: '1 reply' }).click();
    await replies(page).getByRole('heading', { name: 'Alert 2' }).waitFor();
    await expect.poll(() => sidewaysScroll(page)).toBe(0);
    await expect.poll(() => feed(page).isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Close thread' }).click();
    await feed(page).locator('.card').waitFor();
  });
});

/** Runs in the page: texts whose contrast with what is behind them is below 4.5 to 1 (WCAG 2.2, success criterion 1.4.3). */
function poorContrast(): string[] {
  const luminance = ([r = 0, g = 0, b = 0]: number[]) => {
    const [x = 0, y = 0, z = 0] = [r, g, b].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const numbers = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const isClear = (color: string) => numbers(color)[3] === 0;
  const poor: string[] = [];
  for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
    const box = element.getBoundingClientRect();
    if (!hasText || box.width < 2 || element.closest('noscript, .hidden, :disabled')) continue;
    let behind: PageElement | null = element;
    while (behind && isClear(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
    const ground = behind ? getComputedStyle(behind).backgroundColor : 'rgb(255, 255, 255)';
    const ink = getComputedStyle(element).color;
    const [light = 0, dark = 0] = [luminance(numbers(ink)), luminance(numbers(ground))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) poor.push(`${element.className} "${element.textContent?.slice(0, 30)}" ${ratio.toFixed(2)}`);
  }
  return poor;
}
