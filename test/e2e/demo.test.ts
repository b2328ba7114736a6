import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../engine/root.js';
import type { Store } from '../../engine/store/index.js';
import { openBrowser } from '../support/browser.js';
import { testEnv } from '../support/services.js';
import { until } from './harness.js';

let env: NodeJS.ProcessEnv;
let store: Store;
const running: ChildProcess[] = [];

beforeAll(async () => {
  const own = await testEnv();
  store = own.store;
  env = { ...process.env, ...own.env, NODE_OPTIONS: '--import tsx' };
});
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

function mdr(...args: string[]) {
  const child = spawn(process.execPath, [join(projectRoot, 'bin/mdr.ts'), ...args], { cwd: projectRoot, env });
  running.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  return { child, output: () => text };
}

async function demo() {
  const { child, output } = mdr('demo', '--quick');
  const link = await until('the console’s address', async () => /Console: +(\S+)/.exec(output())?.[1], 40_000).catch(
    (error) => {
      throw new Error(`${error.message}\n${output()}`);
    },
  );
  await until('the replay', async () => output().includes('is replayed'), 40_000);
  const stop = async () => {
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    return code as number;
  };
  return { link, output, stop };
}

describe('npm run demo, once the machine is prepared', () => {
  it('shows a simulated intrusion, answers commands, stops cleanly and keeps its data', {
    timeout: 120_000,
  }, async () => {
    const first = await demo();
    const [tenant] = await store.tenants.find().lean();
    const { alerts } = await store.forTenant(tenant!._id);
    await until('several alerts', async () => (await alerts.count()) >= 4);
    const made = await alerts.find();
    expect(made.every((alert) => alert.simulated)).toBe(true);
    const tactics = new Set(made.flatMap((alert) => alert.rules.flatMap((rule) => rule.tactics)));
    expect(tactics.size).toBeGreaterThanOrEqual(8);

    const browser = await openBrowser();
    if (browser) {
      const page = await browser.newPage();
      await page.goto(first.link);
      await page.getByText('Simulated').first().waitFor();
      const box = page.getByRole('textbox').first();
      for (const [command, answer] of [
        ['/mdr help', '/mdr alerts'],
        ['/mdr alerts', 'open alerts'],
        ['/mdr alert 1', 'Why this score'],
      ] as const) {
        await box.fill(command);
        await page.keyboard.press('Enter');
        await page.getByText(answer).last().waitFor();
      }
      await browser.close();
    } else console.warn('no Chromium here: the browser part of this test is skipped');

    const chat = mdr('chat', '--as', 'demo', 'alerts');
    const [code] = await once(chat.child, 'exit');
    expect(code, chat.output()).toBe(0);
    expect(chat.output()).toContain('open alerts');
    expect(await first.stop(), first.output()).toBe(0);

    const before = await alerts.count();
    const second = await demo();
    expect(second.output()).toContain(`The ${before} alerts of earlier runs are there`);
    expect(await second.stop(), second.output()).toBe(0);
  });
});
