import { beforeAll, describe, expect, it } from 'vitest';
import { renderText } from '../../../bot/cards/text.js';
import { numbersPicture, numbersSvg } from '../../../bot/charts/numbers.js';
import { precisionPicture, precisionSvg } from '../../../bot/charts/precision.js';
import { numbersCard } from '../../../commands/cards/numbers.js';
import type { TenantStore } from '../../../engine/store/index.js';
import { numbersOf } from '../../../engine/triage/numbers/index.js';
import { samplesOf } from '../../../engine/triage/numbers/read.js';
import { acknowledge, close, reopen } from '../../../engine/triage/work.js';
import { addTenant, alertRecord, NOW } from '../../commands/world.js';
import { testStore } from '../../support/services.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ana = { id: 'ana', name: 'Ana' };
const SECRET = 'zeta-secret';
const PERIOD = { from: NOW - DAY, until: NOW + DAY };

let acme: TenantStore;
let zeta: TenantStore;
let idle: TenantStore;

beforeAll(async () => {
  const { store } = await testStore();
  acme = await addTenant(store, 'acme', 'Acme');
  zeta = await addTenant(store, 'zeta', 'Zeta');
  idle = await addTenant(store, 'idle', 'Idle');
  for (const number of [1, 2, 3]) await acme.alerts.insert(alertRecord(number, { first: NOW - 10 * MINUTE }));
  await acme.alerts.insert(alertRecord(4, { created: NOW - 40 * DAY, updated: NOW - 40 * DAY, level: 'low' }));
  await acknowledge(acme, 1, ana, () => NOW + 5 * MINUTE);
  await close(acme, 1, ana, () => NOW + 30 * MINUTE, 'true_positive');
  await close(acme, 2, ana, () => NOW + 20 * MINUTE, 'benign');
  await reopen(acme, 2, ana, () => NOW + 25 * MINUTE);
  const rule = { ...alertRecord(1).rules[0]!, id: SECRET, title: SECRET };
  for (let number = 1; number <= 1203; number++)
    await zeta.alerts.insert(
      alertRecord(number, { rules: [rule], updated: NOW + (number % 7), published: { at: NOW, by: ana } }),
    );
});

describe('the numbers of a tenant', () => {
  it('come from its own records, with what nobody touched for long', async () => {
    const found = await numbersOf(acme, PERIOD);
    expect(found.all).toMatchObject({
      ...{ opened: 3, closed: 1, open: 3, unanswered: 2 },
      mttd: { mean: 10 * MINUTE },
      mtta: { count: 2, mean: 12.5 * MINUTE },
      mttr: { count: 1, mean: 30 * MINUTE },
    });
    expect(found.oldest).toEqual({ number: 4, age: 41 * DAY });
    expect(found.reopened).toBe(1);
    expect(JSON.stringify(found)).not.toContain(SECRET);
  });

  it('are nothing for a tenant without alerts, and its card says so', async () => {
    const found = await numbersOf(idle, PERIOD);
    expect(found.all).toMatchObject({ opened: 0, closed: 0, open: 0, mttd: { mean: null } });
    expect(renderText(numbersCard(found))).toContain('No alert was open at the end.');
  });

  it('are read a page at a time, each alert once, without texts', async () => {
    const numbers: number[] = [];
    for await (const page of samplesOf(zeta, PERIOD.from, {})) {
      expect(page.length).toBeLessThanOrEqual(500);
      expect(JSON.stringify(page)).not.toMatch(/ws01|a high rule fired|T1003/);
      numbers.push(...page.map(({ number }) => number));
    }
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1203 }, (_, i) => i + 1));
    expect((await numbersOf(zeta, PERIOD)).all.opened).toBe(1203);
  });

  it('of a customer are those of what was published', async () => {
    const shown = { published: { $exists: true as const } };
    expect((await numbersOf(acme, PERIOD, shown)).all.open).toBe(0);
    expect(await numbersOf(zeta, PERIOD, shown)).toMatchObject({ published: true, all: { opened: 1203 } });
  });

  it('say on their card what is still open, what was left out and how sure they are', async () => {
    const found = await numbersOf(acme, PERIOD);
    const card = numbersCard({
      ...found,
      skewed: { later: 1, earlier: 2 },
      simulated: 3,
      outcomes: { ...found.outcomes, test: { closed: 1, mttr: found.all.mttr } },
      truncated: true,
    });
    const text = renderText(card, { width: 200 });
    for (const part of [
      '3, 2 without an answer',
      '3 alerts are open: their time to resolve is not in the table yet. The oldest, `/mdr alert 4`, is 41 d 0 h old.',
      'Left out of MTTD, because a clock was wrong or old logs were read: 1 alert before its first event, 2 more than',
      'Not counted: 3 simulated alerts.',
      'Not counted: 1 duplicate or test.',
      'take a shorter period',
      'Still waiting for an answer, so far',
    ])
      expect(text).toContain(part);
  });

  it('are drawn as a picture in which hostile titles are text, with gaps where there was nothing', async () => {
    const { weeks } = await numbersOf(acme, { from: NOW - 60 * DAY, until: NOW + DAY });
    expect(weeks).toHaveLength(10);
    const svg = await numbersSvg(weeks);
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain('open at the end');
    expect(svg).not.toMatch(/<script|on\w+=|NaN/);
    const png = await numbersPicture(weeks);
    expect(Buffer.from(png).subarray(1, 4).toString()).toBe('PNG');
    expect(png.length).toBeGreaterThan(5000);
  });

  it('draw how right rules were, week by week, with hostile titles as text; and say so when no rule has enough verdicts', async () => {
    const weeks = [0, 1, 2].map((n) => ({ monday: NOW + n * 7 * DAY, real: n, judged: n === 1 ? 0 : 4 }));
    const svg = await precisionSvg([
      { id: 'r1', title: '<script>alert(1)</script>', weeks },
      { id: 'r2', title: 'Same', weeks },
      { id: 'r3', title: 'Same', weeks },
    ]);
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain('Same (r3)');
    expect(svg).not.toMatch(/<script|on\w+=|NaN/);
    expect(await precisionSvg([])).toContain('No rule has enough verdicts yet');
    expect(
      Buffer.from(await precisionPicture([]))
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });
});
