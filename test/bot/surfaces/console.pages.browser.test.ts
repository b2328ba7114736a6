import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../../../engine/store/people.js';
import { draft, send } from '../../../engine/triage/ask/questions.js';
import { addPerson, alertRecord, detectionRecord } from '../../commands/world.js';
import { openBrowser } from '../../support/browser.js';
import type { ConsoleHarness } from './console.harness.js';
import { realConsole, unfit, type Visit, visit } from './console.pages.js';

/** As much of the page as is looked at from inside it; the project is not compiled against a browser. */
declare const getComputedStyle: (element: unknown) => { outlineStyle: string };
declare const document: { activeElement: { textContent: string | null } | null };

const browser: Browser | null = await openBrowser();
if (!browser) console.warn('no Chromium found: the pages of the console are not tested in a browser');

const PHONE = { viewport: { width: 360, height: 760 }, hasTouch: true };

describe.skipIf(!browser)('pages of the console', { timeout: 180_000 }, () => {
  let at: ConsoleHarness;
  let complaints: string[] = [];
  let ana: string;
  let vic: string;

  beforeAll(async () => {
    at = await realConsole();
    const both = (role: 'analyst' | 'viewer') => ['acme', 'zeta'].map((tenant) => ({ tenant, role }));
    await addPerson(at.store, 'ana', 'Ana Silva', both('analyst'));
    await addPerson(at.store, 'ben', 'Ben Okafor', both('analyst'));
    await addPerson(at.store, 'vic', 'Vic Viewer', both('viewer'));
    await addPerson(at.store, 'vicky', 'Vicky Customer', [{ tenant: 'acme', role: 'viewer' }], 'customer');
    ana = await at.signedIn('console:ana');
    vic = await at.signedIn('console:vic');
  });
  beforeEach(async () => {
    complaints = [];
    const acme = await at.store.forTenant('acme');
    const zeta = await at.store.forTenant('zeta');
    for (const store of [acme, zeta])
      for (const records of [store.alerts, store.detections]) await records.deleteMany({});
    await acme.alerts.insert(
      alertRecord(1, { score: 90, level: 'critical', title: `<b>${'x'.repeat(120)}</b> \u202eexe` }),
    );
    await acme.alerts.insert(alertRecord(2, { score: 80 }));
    await zeta.alerts.insert(alertRecord(1, { score: 70, level: 'low', title: 'Of zeta' }));
    await acme.alerts.insert(alertRecord(3, { score: 60, state: 'closed', reason: 'test' }));
    await acme.detections.insert(detectionRecord(2, '<script>alert(1)</script>'));
  });
  afterEach(async () => {
    await Promise.all((browser?.contexts() ?? []).map((context) => context.close()));
    expect(complaints).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await at?.stop();
  });

  const open = (hash: string, options: Visit = {}) =>
    visit(browser!, at, { cookie: ana, at: hash, ...options }, complaints);
  const titles = (page: Page) => page.locator('.alert-link').allTextContents();
  const select = (page: Page, name: string) => page.getByRole('checkbox', { name, exact: true });
  const outcomes = (page: Page) => page.getByRole('region', { name: 'What became of them' });
  const states = async () => {
    const found = [];
    for (const id of ['acme', 'zeta'])
      for (const { number, state, assignee, reason } of await (await at.store.forTenant(id)).alerts.find())
        found.push([id, number, state, assignee?.id ?? '-', reason ?? '-'].join(' '));
    return found.sort();
  };

  it('filter and sort alerts, and keep it in the address', async () => {
    const page = await open('');
    await page.getByRole('link', { name: 'Alerts' }).click();
    await page.getByText('3 alerts').waitFor();
    expect((await titles(page))[2]).toBe('Of zeta');
    await expect.poll(() => page.locator('.alert-row .unseen').textContent()).toBe('U+202E');
    await page.getByLabel('Tenant', { exact: true }).selectOption('zeta');
    await page.getByText('1 alert', { exact: true }).waitFor();
    await page.getByLabel('Tenant', { exact: true }).selectOption('');
    await page.getByLabel('State').selectOption('all');
    await page.getByText('4 alerts').waitFor();
    await page.getByLabel('Priority').selectOption('critical');
    await page.getByText('1 alert', { exact: true }).waitFor();
    await page.getByLabel('Priority').selectOption('');
    await page.getByText('4 alerts').waitFor();
    await page.getByLabel('Text').fill('zeta');
    await page.getByText('1 alert', { exact: true }).waitFor();
    await page.reload();
    await page.getByText('1 alert', { exact: true }).waitFor();
    await expect.poll(() => page.getByLabel('Text').inputValue()).toBe('zeta');
    await page.getByLabel('Text').fill('nothing like it');
    await page.getByText('No alert fits').waitFor();
  });

  it('go with the keyboard: j, k, x, Enter and /', async () => {
    const page = await open('#alerts');
    await page.getByText('3 alerts').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await expect.poll(() => select(page, 'Select alert 2 of Acme Logistics').isChecked()).toBe(true);
    await page.getByText('1 selected').waitFor();
    await page.keyboard.press('k');
    await page.keyboard.press('x');
    await page.getByText('2 selected').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('2 selected').waitFor({ state: 'hidden' });
    await page.keyboard.press('/');
    await page.keyboard.type('xjk');
    await expect.poll(() => page.getByLabel('Text').inputValue()).toBe('xjk');
    await page.getByLabel('Text').fill('');
    await page.getByText('3 alerts').waitFor();
    await page.locator('.alert-link').nth(1).focus();
    await page.keyboard.press('j');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Of zeta');
    const outline = await page
      .locator('.alert-link')
      .nth(2)
      .evaluate((link) => getComputedStyle(link).outlineStyle);
    expect(outline).toBe('solid');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /Alert 1 · Low/, level: 1 }).waitFor();
  });

  it('do the same to many alerts by their commands, and tell of each', async () => {
    const page = await open('#alerts');
    await page.getByLabel('Select all').check();
    await page.getByText('3 selected').waitFor();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await outcomes(page).getByRole('heading', { name: '3 done', exact: true }).waitFor();
    await page.getByText('3 selected').waitFor({ state: 'hidden' });
    await select(page, 'Select alert 2 of Acme Logistics').check();
    await select(page, 'Select alert 1 of Zeta Robotics').check();
    await page.getByLabel('Assign to').selectOption({ label: 'Ben Okafor' });
    await page.getByRole('button', { name: 'Assign' }).click();
    await outcomes(page).getByRole('heading', { name: '2 done', exact: true }).waitFor();
    await page.getByText('2 selected').waitFor({ state: 'hidden' });
    await select(page, 'Select alert 1 of Zeta Robotics').check();
    await expect.poll(() => page.getByRole('button', { name: 'Close', exact: true }).isDisabled()).toBe(true);
    await page.getByLabel('Verdict').selectOption('false_positive');
    await page.getByLabel('Why').fill('the "backup" --tenant job');
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    // What looks like a flag is read as one, and refused; the alert stays selected, to be tried again.
    await outcomes(page).getByRole('heading', { name: '0 done, 1 not done' }).waitFor();
    await page.getByText('1 selected').waitFor();
    await page.getByLabel('Why').fill("the backup job, as 'every' night");
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await outcomes(page).getByRole('heading', { name: '1 done', exact: true }).waitFor();
    expect(await states()).toEqual([
      'acme 1 acknowledged - -',
      'acme 2 acknowledged ben -',
      'acme 3 closed - test',
      'zeta 1 closed ben false_positive',
    ]);
  });

  it('let nobody do by many what they may not do by one', async () => {
    const page = await open('#alerts', { cookie: vic });
    await page.getByLabel('Select all').check();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await outcomes(page).getByRole('heading', { name: '0 done, 3 not done' }).waitFor();
    expect(
      await outcomes(page)
        .getByText(/needs the role responder/)
        .count(),
    ).toBe(3);
    expect((await states()).filter((state) => state.includes('acknowledged'))).toEqual([]);
  });

  it('keep a choice while alerts change under it', async () => {
    const page = await open('#alerts');
    await select(page, 'Select alert 2 of Acme Logistics').check();
    const acme = await at.store.forTenant('acme');
    await acme.alerts.insert(alertRecord(4, { score: 99, title: 'The newest', updated: Date.now() }));
    await at.queues.add('changes', { tenant: 'acme', kind: 'alert', number: 4 });
    await page.getByRole('link', { name: 'The newest' }).waitFor();
    expect((await titles(page))[0]).toBe('The newest');
    await expect.poll(() => select(page, 'Select alert 2 of Acme Logistics').isChecked()).toBe(true);
    await page.getByText('1 selected').waitFor();
  });

  it('show one alert, work on it, and answer what is asked there', async () => {
    const page = await open('#alert/acme/2');
    const body = page.locator('#page');
    await body.getByRole('button', { name: 'Acknowledge' }).click();
    await body.getByRole('heading', { name: /^Alert 2: / }).waitFor();
    await page.getByRole('region', { name: 'Timeline' }).getByText('Acknowledged by Ana Silva').waitFor();
    await page.getByRole('region', { name: 'Detections' }).getByText('LSASS memory read').click();
    await body.locator('.detection .code').getByText('<script>alert(1)</script>').waitFor();
    const own = body.getByRole('article').filter({ hasText: 'Alert 2 · High' });
    await own.getByLabel('Close as…').selectOption('false_positive');
    await body.getByRole('button', { name: 'Propose an exception' }).first().waitFor();
    // What one was reading stays open while the alert changes.
    await expect.poll(() => body.locator('.detection .code').isVisible()).toBe(true);
    await page.goto(`${at.surface.address()}/#alert/acme/99`);
    await body.getByText('there is no alert 99 of Acme Logistics').waitFor();
    for (const bad of ['#alert/nobody/1', '#alert', '#alert/acme/x', '#alert/../1'])
      await page.goto(`${at.surface.address()}/${bad}`).then(() => body.locator('.empty').waitFor());
  });

  it('open the alert’s thread over the page on a narrow screen, and come back from it', async () => {
    await (await at.store.forTenant('zeta')).alerts.insert(alertRecord(9, { updated: Date.now() }));
    await at.queues.add('changes', { tenant: 'zeta', kind: 'alert', number: 9 });
    const page = await open('#alert/zeta/9', PHONE);
    const thread = page.getByRole('button', { name: /Thread in # alerts · 1 reply/ });
    await thread.click();
    await page.locator('#replies').getByRole('heading', { name: 'Opened' }).waitFor();
    await expect.poll(() => thread.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Close thread' }).click();
    await thread.waitFor();
    expect(new URL(page.url()).hash).toBe('#alert/zeta/9');
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'Health' }).click();
    await page.locator('.tile').first().waitFor();
    await expect.poll(() => page.locator('#app').getAttribute('data-menu')).toBe('closed');
  });

  it('show the health of a tenant as numbers and pictures, and what is wrong', async () => {
    const page = await open('#health/zeta');
    await page.getByRole('heading', { name: /Zeta Robotics \(zeta\): \d things to look at/ }).waitFor();
    await page.getByText('no worker process is running').first().waitFor();
    await expect.poll(() => page.locator('.tile .spark').count()).toBeGreaterThan(4);
    const outbox = page.getByRole('row', { name: /outbox/ });
    await expect.poll(() => outbox.getByRole('cell').allTextContents()).toEqual(['0', '0', '0', '0', '1']);
    await page.getByLabel('Tenant', { exact: true }).selectOption('acme');
    await page.getByRole('heading', { name: /Acme Logistics/ }).waitFor();
    expect(new URL(page.url()).hash).toBe('#health/acme');
  });

  it('show the numbers of a tenant with their chart, and keep tenant and period in the address', async () => {
    const now = Date.now();
    const acme = await at.store.forTenant('acme');
    // Those of every test are of a day that is long ago by now.
    for (const id of ['acme', 'zeta']) await (await at.store.forTenant(id)).alerts.deleteMany({});
    for (const number of [11, 12])
      await acme.alerts.insert(alertRecord(number, { created: now, updated: now, first: now - 600_000 }));
    const page = await open('#numbers/acme?period=last+30d');
    await page.getByRole('heading', { name: /Numbers of Acme Logistics \(acme\): 2 alerts in/ }).waitFor();
    const chart = page.getByRole('img', { name: /Alerts opened, closed and open each week/ });
    await chart.waitFor();
    // Drawn, not refused by the content policy.
    await expect
      .poll(() => chart.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth))
      .toBe(720);
    expect(
      await page
        .getByRole('row', { name: /To detect \(MTTD\)/ })
        .getByRole('cell')
        .allTextContents(),
    ).toEqual([...Array(3).fill('10 min'), '2']);
    await page.getByLabel('Period').selectOption('last 7d');
    await page.waitForURL(/period=last\+7d/);
    await page.getByLabel('Tenant', { exact: true }).selectOption('zeta');
    await page.getByRole('heading', { name: /Zeta Robotics \(zeta\): 0 alerts in/ }).waitFor();
    expect(new URL(page.url()).hash).toBe('#numbers/zeta?period=last+7d');
  });

  it('put a question to its person alone, and take the answer with the code', async () => {
    const acme = await at.store.forTenant('acme');
    const vicky = (await at.store.people.findById('vicky').lean<Person>())!;
    const ben = { id: 'ben', name: 'Ben Okafor' };
    const about = { alert: (await acme.alerts.findOne({ number: 2 }))!, person: vicky, by: ben, clock: Date.now };
    const { number } = await draft(acme, { ...about, text: 'Was it you on <b>ws01</b>?' });
    const { code } = await send(acme, number, ben, Date.now);
    const page = await open('#questions/acme', { cookie: await at.signedIn('console:vicky') });
    await page.getByText('Was it you on <b>ws01</b>?').waitFor();
    expect(await unfit(page)).toEqual([]);
    await page.getByLabel('Code').fill('000');
    await page.getByRole('button', { name: 'No, not me' }).click();
    await page.getByText('a code has six digits').waitFor();
    await page.getByLabel('Code').fill(code!);
    await page.getByRole('button', { name: 'No, not me' }).click();
    await page.getByText('It is confirmed with your code.').waitFor();
    await page.getByText('Questions to you about Acme Logistics: none').waitFor();
    expect((await acme.questions.findOne({ number }))?.answer).toMatchObject({ said: 'no', confirmed: true });
    const other = await open('#questions/acme');
    await other.getByText('Questions to you about Acme Logistics: none').waitFor();
  });

  it('refuse what is not theirs, and lead nowhere for pages that are not', async () => {
    const page = await open('#alerts?tenant=nobody');
    await page
      .getByRole('alert')
      .getByText(/no access to this tenant/)
      .waitFor();
    await page.goto(`${at.surface.address()}/#constructor`);
    await page.getByLabel('Message to the channel').waitFor();
  });

  const LOOKS: [string, Visit][] = [
    ['a desktop', {}],
    ['a narrow screen', PHONE],
    ['the dark', { colorScheme: 'dark' }],
  ];
  it.each(LOOKS)('are fit for everybody on %s', async (_name, look) => {
    const places = {
      '#alerts': '.alert-row',
      '#alert/acme/2': '.timeline',
      '#health/acme': '.tile',
      '#numbers/acme': '.chart',
      '#/acme/shared': '#empty h2',
    };
    for (const [hash, content] of Object.entries(places)) {
      const page = await open(hash, look);
      if (hash === '#alerts') await page.getByLabel('Select all').check();
      await page.locator(content).first().waitFor();
      expect(await unfit(page), hash).toEqual([]);
      const sideways = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      await expect.poll(() => page.evaluate(sideways), { message: hash }).toBe(0);
      await page.context().close();
    }
  });
});
