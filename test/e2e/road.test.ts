import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoEvents } from '../../bin/demo/scenario.js';
import { counters } from '../../engine/counters.js';
import { openBrowser } from '../support/browser.js';
import { CHANNEL, openRoad, type Road, TENANT, until } from './harness.js';

let road: Road;
let browser: Browser | null;

beforeAll(async () => {
  [road, browser] = await Promise.all([openRoad(), openBrowser()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await road?.stop();
}, 60_000);

/** A Sysmon process creation as Winlogbeat ships it; `commandLine` is the attacker's to choose. */
function processCreation(host: string, commandLine: string, at = new Date()): string {
  return JSON.stringify({
    '@timestamp': at.toISOString(),
    host: { name: host },
    winlog: {
      channel: 'Microsoft-Windows-Sysmon/Operational',
      provider_name: 'Microsoft-Windows-Sysmon',
      event_id: '1',
      computer_name: host,
      event_data: {
        UtcTime: at.toISOString().replace('T', ' ').replace('Z', ''),
        Image: 'C:\\Windows\\System32\\vssadmin.exe',
        OriginalFileName: 'VSSADMIN.EXE',
        CommandLine: commandLine,
        ParentImage: 'C:\\Windows\\System32\\cmd.exe',
        User: 'ACME\\eve',
      },
    },
  });
}

const alertsOf = async () => (await road.store.forTenant(TENANT)).alerts;
const rootsIn = () => road.slack.workspace.roots(CHANNEL);
const words = (value: unknown) => JSON.stringify(value);

describe('the road from a log line to a thread', () => {
  it('an attack sent through the HTTP door becomes a thread in Slack and in a browser, and people can work it', async () => {
    const page = browser ? await signIn(browser, road.parts.bot.facts.console!) : null;
    const answer = await road.send(processCreation('fs01', 'vssadmin.exe delete shadows /all /quiet'));
    expect(answer).toMatchObject({ status: 202, body: { accepted: 1, refused: 0 } });

    const root = await until('the alert in Slack', async () => rootsIn().find((m) => words(m.blocks).includes('fs01')));
    const alert = await until('the alert record', async () => (await alertsOf()).findOne({ 'entity.value': 'fs01' }));
    expect(words(root.blocks)).toContain(alert.title);

    if (page) await page.getByText(alert.title).first().waitFor();
    else console.warn('no Chromium here: the browser half of this test is skipped');

    const before = root.ts;
    await road.slack.click(root, buttonOf(root.blocks, 'ack'));
    await until('the acknowledged record', async () =>
      (await alertsOf()).findOne({ number: alert.number, state: 'acknowledged' }),
    );
    await until('the edited message', async () =>
      rootsIn().some((m) => m.ts === before && /acknowledged/i.test(words(m.blocks))),
    );
    expect(rootsIn().filter((m) => words(m.blocks).includes('fs01'))).toHaveLength(1);
    await until('the entry in the thread', async () =>
      road.slack.workspace.replies(CHANNEL, before).some((m) => words(m.blocks).includes('Ana')),
    );
    if (page) {
      await page
        .getByText(/acknowledged/i)
        .first()
        .waitFor();
      await page.context().close();
    }
  });

  it('commands typed in Slack are answered, unknown ones with a suggestion', async () => {
    await road.slack.slash('alerts');
    await until('the list', async () => road.slack.ephemerals.find((e) => words(e.blocks).includes('fs01')));
    await road.slack.slash('alrets');
    await until('the suggestion', async () => road.slack.ephemerals.find((e) => /did you mean/i.test(words(e.blocks))));
  });

  it('a stranger learns how to ask, and nothing else', async () => {
    await road.slack.slash('alerts', { user: 'U0STRANGER' });
    const answer = await until('the refusal', async () => road.slack.ephemerals.find((e) => e.user === 'U0STRANGER'));
    expect(words(answer.blocks)).toContain('MDR_PERSON_UNKNOWN');
    expect(words(answer.blocks)).not.toContain('fs01');
  });

  it('markup in a log value never renders', async () => {
    const evil = 'vssadmin delete shadows /all <!channel> <@U0ANA> ](http://evil.example/x) *bold*';
    await road.send(processCreation('evil01', evil));
    const root = await until('the alert', async () => rootsIn().find((m) => words(m.blocks).includes('evil01')));
    const alert = await until('the record', async () => (await alertsOf()).findOne({ 'entity.value': 'evil01' }));
    await road.slack.slash(`alert ${alert.number}`);
    const shown = await until('the full card', async () =>
      road.slack.ephemerals.find((e) => words(e.blocks).includes('evil01') && words(e.blocks).includes('shadows')),
    );
    for (const message of [root, shown]) {
      // In mrkdwn text the brackets must be escaped; rich text elements of type "text" never parse markup.
      const mrkdwn = [...words(message.blocks).matchAll(/"type":"mrkdwn","text":"((?:[^"\\]|\\.)*)"/g)]
        .map((m) => m[1]!)
        .join('\n');
      expect(`${mrkdwn}\n${message.text ?? ''}`).not.toMatch(/<!channel>|<@U0ANA>|<http/);
      expect(words(message.blocks)).not.toMatch(/"type":"(broadcast|user|link)"/);
    }
  });

  it('bad lines are counted and kept, the others go through', async () => {
    const long = JSON.stringify({ '@timestamp': new Date().toISOString(), message: 'x'.repeat(20 * 1024 * 1024) });
    const before = await counters(road.queues.redis, road.queues.prefix, TENANT).read();
    const body = [processCreation('bad01', 'vssadmin delete shadows /all'), '{"broken": ', long, '[1,2]'].join('\n');
    const answer = await road.send(body);
    expect(answer.body).toMatchObject({ accepted: 1, refused: 3 });
    expect((answer.body.errors as { line: number; code: string }[]).map((e) => [e.line, e.code])).toEqual([
      [2, 'MDR_LINE_JSON'],
      [3, 'MDR_LINE_TOO_LONG'],
      [4, 'MDR_LINE_JSON'],
    ]);
    await until('the good line', async () => (await alertsOf()).findOne({ 'entity.value': 'bad01' }));
    const after = await counters(road.queues.redis, road.queues.prefix, TENANT).read();
    expect(after.refused - before.refused).toBe(3);
    expect(await (await road.store.forTenant(TENANT)).deadletters.count()).toBeGreaterThanOrEqual(3);
    await road.slack.slash('status');
    await until('the count in /mdr status', async () =>
      road.slack.ephemerals.find((e) => /refused/i.test(words(e.blocks))),
    );
  });

  it('every process stops cleanly on SIGTERM', async () => {
    for (const part of Object.values(road.parts)) expect(await part.stop(), part.output()).toBe(0);
  });
});

describe('the simulated intrusion', () => {
  it('covers eight tactics from three sources', () => {
    const events = demoEvents({ start: 0, seed: 1 });
    expect(new Set(events.map((event) => event.source)).size).toBeGreaterThanOrEqual(3);
  });
});

async function signIn(chromium: Browser, link: string): Promise<Page> {
  const page = await (await chromium.newContext()).newPage();
  await page.goto(link);
  return page;
}

/** The action id of the button that runs a command. */
function buttonOf(blocks: unknown, command: string): string {
  const found = new RegExp(`"action_id":"(mdr:${command}:[^"]*)"`).exec(words(blocks))?.[1];
  if (!found) throw new Error(`no button for ${command} in ${words(blocks)}`);
  return found;
}
