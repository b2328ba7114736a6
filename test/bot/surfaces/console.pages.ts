import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pino } from 'pino';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { makeAnswer } from '../../../bot/answer.js';
import { makeHear } from '../../../bot/heard.js';
import { type Outbox, startOutbox } from '../../../bot/outbox.js';
import { loadCommands } from '../../../commands/index.js';
import { systemClock } from '../../../engine/clock.js';
import { type ConsoleHarness, consoleHarness } from './console.harness.js';

const AXE = createRequire(import.meta.url).resolve('axe-core');
const log = pino({ level: 'silent' });

/** The console with the real commands behind it, and the outbox that posts its alerts. */
export async function realConsole(env: Record<string, string> = {}): Promise<ConsoleHarness> {
  const commands = await loadCommands();
  const at = await consoleHarness(env, commands);
  const { store, queues, surface } = at;
  at.answerWith(makeAnswer({ store, queues, commands, clock: systemClock, log }));
  at.hearWith(makeHear({ store, queues, clock: systemClock, log }));
  const outbox: Outbox = startOutbox({ store, queues, surfaces: [surface], clock: systemClock, log, debounceMs: 50 });
  const { stop } = at;
  return Object.assign(at, {
    async stop() {
      await outbox.stop();
      await stop();
    },
  });
}

/** What pages complain of: errors, refusals by the content policy, dialogs. Chromium reports each failed request: those are looked at in the page. */
export function watch(page: Page, complaints: string[]): Page {
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|ERR_/.test(message.text()))
      complaints.push(message.text());
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return page;
}

export interface Visit extends BrowserContextOptions {
  /** Cookie of a session; without one the operator's sign-in link is opened. */
  cookie?: string;
  /** Where to begin, `#alerts`. */
  at?: string;
}

/** A browser session of somebody who is signed in. */
export async function visit(browser: Browser, console: ConsoleHarness, options: Visit, complaints: string[]) {
  const { cookie, at = '', ...rest } = options;
  const context = await browser.newContext({
    timezoneId: 'Europe/Berlin',
    viewport: { width: 1360, height: 800 },
    ...rest,
  });
  context.setDefaultTimeout(30_000);
  const page = watch(await context.newPage(), complaints);
  const address = console.surface.address();
  if (cookie) {
    const [name = '', value = ''] = cookie.split('=');
    await context.addCookies([{ name, value, url: address }]);
  } else await page.goto(console.surface.signInLink());
  await page.goto(`${address}/${at}`);
  await page.waitForSelector('#connection[data-state=live]');
  // Drawn: keys work on what is there, and typing does not wait for it.
  await page.locator('#pages a').first().waitFor({ state: 'attached' });
  return page;
}

interface AxeResult {
  violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[];
}

/** What axe-core finds wrong with a page (WCAG 2.2 A and AA, and good practice), each with where. */
export async function unfit(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const { violations } = (await page.evaluate('axe.run()')) as AxeResult;
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${JSON.stringify(target)} ${failureSummary}`),
  );
}
