import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addPerson, alertRecord, detectionRecord } from '../../commands/world.js';
import { openBrowser } from '../../support/browser.js';
import type { ConsoleHarness } from './console.harness.js';
import { realConsole, visit } from './console.pages.js';

const browser: Browser | null = await openBrowser();
if (!browser) console.warn('no Chromium found: the conversation of two people is not tested in a browser');

const SUSPICION = 'I think that Jane herself is behind it';

describe.skipIf(!browser)('an alert, from its arrival to its end', { timeout: 180_000 }, () => {
  let at: ConsoleHarness;
  let complaints: string[];
  /** Everything that the customer's browser was sent. */
  let sent: string[];

  beforeEach(async () => {
    complaints = [];
    sent = [];
    at = await realConsole();
    await addPerson(at.store, 'ana', 'Ana Silva', [{ tenant: 'acme', role: 'analyst' }]);
    await addPerson(at.store, 'carla', 'Carla Gomes', [{ tenant: 'acme', role: 'responder' }], 'customer');
  });
  afterEach(async () => {
    await Promise.all((browser?.contexts() ?? []).map((context) => context.close()));
    await at.stop();
    expect(complaints).toEqual([]);
  });
  afterAll(() => browser?.close());

  const feed = (page: Page) => page.locator('#feed');
  const replies = (page: Page) => page.locator('#replies');
  const rows = (page: Page) => page.locator('.alert-row');
  const say = async (page: Page, label: string, words: string) => {
    const box = page.getByLabel(label);
    await box.fill(words);
    await box.press('Enter');
  };

  it('is talked about by analyst and customer, each seeing what is theirs', async () => {
    const cookies = await Promise.all(['ana', 'carla'].map((id) => at.signedIn(`console:${id}`)));
    const ana = await visit(browser!, at, { cookie: cookies[0]! }, complaints);
    const carla = await visit(browser!, at, { cookie: cookies[1]!, at: '#alerts' }, complaints);
    carla.on('response', async (response) => {
      if (/json/.test(response.headers()['content-type'] ?? '')) sent.push(await response.text().catch(() => ''));
    });
    const acme = await at.store.forTenant('acme');

    // It arrives, in the provider's lane only.
    await acme.detections.insert(detectionRecord(1));
    await acme.alerts.insert(alertRecord(1, { updated: Date.now() }));
    await at.queues.add('changes', { tenant: 'acme', kind: 'alert', number: 1 });
    await feed(ana)
      .getByRole('heading', { name: /Alert 1 · High/ })
      .waitFor();
    await carla.reload();
    await carla.getByText('No alert fits').waitFor();
    await carla.goto(`${at.surface.address()}/#alert/acme/1`);
    await carla.getByText('there is no alert 1 of Acme Logistics').waitFor();
    await carla.goto(`${at.surface.address()}/#/acme/alerts`);
    await carla.getByRole('heading', { name: 'Nothing shared with Acme Logistics yet' }).waitFor();

    // The analyst acknowledges it, and writes a note for colleagues.
    await feed(ana).getByRole('button', { name: 'Acknowledge' }).click();
    await replies(ana).getByRole('heading', { name: 'Acknowledged by Ana Silva' }).waitFor();
    await say(ana, 'Reply in the thread', `/mdr note ${SUSPICION}`);
    await replies(ana).getByRole('heading', { name: 'Note by Ana Silva' }).waitFor();
    await say(ana, 'Reply in the thread', 'a word among ourselves');
    await replies(ana).getByText('a word among ourselves', { exact: true }).waitFor();

    // Until it is published the customer knows of nothing; what is published is what the analyst looked at.
    await carla.goto(`${at.surface.address()}/#alert/acme/1`);
    await carla.getByText('there is no alert 1 of Acme Logistics').waitFor();
    await say(ana, 'Reply in the thread', '/mdr publish');
    await replies(ana).getByText('Preview: what Acme Logistics').waitFor();
    await replies(ana).getByRole('button', { name: 'Publish exactly this' }).click();
    await replies(ana).getByRole('heading', { name: 'Published to the customer by Ana Silva' }).first().waitFor();

    // Now the customer sees the alert, without the note, the detections and the provider's thread.
    await carla.goto(`${at.surface.address()}/#alerts`);
    await rows(carla).getByText('Acknowledged').waitFor();
    await rows(carla).getByRole('link', { name: 'Credentials read from LSASS' }).click();
    const timeline = carla.getByRole('region', { name: 'Timeline' });
    await timeline.getByText('Acknowledged by Ana Silva').waitFor();
    await expect.poll(() => timeline.locator('li').count()).toBe(2);
    await expect.poll(() => carla.getByRole('region', { name: 'Detections' }).count()).toBe(0);

    // The analyst asks below the published alert, in the shared channel; the customer answers there.
    await ana.getByRole('button', { name: 'Acme Logistics # shared' }).click();
    await ana.getByText('the customer reads this').waitFor();
    await feed(ana).locator('.message').hover();
    await feed(ana).getByRole('button', { name: 'Reply in thread' }).click();
    await say(ana, 'Reply in the thread', 'Was it you who dumped LSASS on ws01?');
    await carla.goto(`${at.surface.address()}/#/acme/shared`);
    await feed(carla)
      .getByRole('heading', { name: /Alert 1 · High/ })
      .waitFor();
    await feed(carla).getByRole('button', { name: '1 reply' }).click();
    await replies(carla).getByText('was it you who dumped LSASS').waitFor();
    await say(carla, 'Reply in the thread', 'Yes, our backup team tested a tool.');
    await replies(ana).getByText('our backup team tested').waitFor();
    // The provider's own thread has it as well, marked as the customer's.
    await ana.goto(`${at.surface.address()}/#/acme/alerts`);
    await feed(ana)
      .getByRole('button', { name: /\d+ replies/ })
      .click();
    await replies(ana).getByRole('heading', { name: 'Customer: Carla Gomes wrote' }).waitFor();
    await replies(ana).getByText('our backup team tested').waitFor();

    // A customer's command answers as the customer lane allows, whoever reads.
    await say(carla, 'Reply in the thread', '/mdr note 1 for you only');
    await replies(carla)
      .getByText(/notes belong to the provider/i)
      .waitFor();
    await ana.getByRole('button', { name: 'Acme Logistics # shared' }).click();
    await feed(ana)
      .getByRole('button', { name: /\d+ replies/ })
      .click();
    await say(ana, 'Reply in the thread', '/mdr alert 1');
    await replies(carla)
      .getByRole('heading', { name: /Alert 1 · High/ })
      .waitFor();

    // Closed with a verdict, on the alert's page; both see it.
    await ana.goto(`${at.surface.address()}/#alert/acme/1`);
    await ana.locator('#page').getByLabel('Close as…').selectOption('benign');
    const mine = ana.getByRole('region', { name: 'Timeline' });
    await mine.getByText('Closed by Ana Silva').waitFor();
    await mine.getByText(SUSPICION).waitFor();
    await ana.getByRole('region', { name: 'Detections' }).getByText('LSASS memory read').waitFor();
    await replies(ana).getByRole('heading', { name: 'Closed by Ana Silva' }).waitFor();
    await carla.goto(`${at.surface.address()}/#alerts?state=closed`);
    await rows(carla).getByText('Closed: benign').waitFor();
    await rows(carla).getByRole('link').click();
    await carla.getByRole('region', { name: 'Timeline' }).getByText('Closed by Ana Silva').waitFor();

    const all = sent.join('\n');
    expect(all).toContain('our backup team tested');
    for (const secret of [SUSPICION, 'among ourselves', 'acme/alerts']) expect(all).not.toContain(secret);
    expect((await acme.alerts.findOne({ number: 1 }))?.log.map(({ kind }) => kind)).toEqual([
      'opened',
      'acknowledged',
      'note',
      'published',
      'replied',
      'closed',
    ]);
  });
});
