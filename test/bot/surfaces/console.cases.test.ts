import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { theLaw } from '../../../engine/breach/index.js';
import { changeBreach, declareBreach } from '../../../engine/breach/save.js';
import { caseOf } from '../../../engine/respond/case/join.js';
import { openCase } from '../../../engine/respond/case/open.js';
import { type Asking, changeCase } from '../../../engine/respond/case/save.js';
import type { Change } from '../../../engine/respond/case/types.js';
import type { TenantStore } from '../../../engine/store/index.js';
import { addPerson, NOW } from '../../commands/world.js';
import { openBrowser } from '../../support/browser.js';
import type { ConsoleHarness } from './console.harness.js';
import { realConsole, unfit, visit } from './console.pages.js';

let at: ConsoleHarness;
let acme: TenantStore;
let requests = 0;
const browser: Browser | null = await openBrowser();
if (!browser) console.warn('no Chromium found: the page of cases is not tested in a browser');
const cookies: Record<string, string> = {};
const by = (): Asking => ({ by: { id: 'ana', name: 'Ana' }, clock: () => NOW, request: `c${++requests}` });
const opening = (title: string) =>
  ({ title, type: 'other', severity: 'high', priority: 'P2', lead: null, reason: '' }) as const;

beforeAll(async () => {
  at = await realConsole();
  await addPerson(at.store, 'ana', 'Ana', [{ tenant: 'acme', role: 'analyst' }]);
  await addPerson(at.store, 'otto', 'Otto', [{ tenant: '*', role: 'lead' }]);
  await addPerson(at.store, 'carla', 'Carla', [{ tenant: 'acme', role: 'responder' }], 'customer');
  for (const id of ['ana', 'otto', 'carla']) cookies[id] = await at.signedIn(`console:${id}`);
  acme = await at.store.forTenant('acme');
  const zeta = await at.store.forTenant('zeta');
  await openCase(acme, by(), opening('<b>internal</b> \u202eexe'));
  await openCase(acme, by(), opening('shown to the customer'));
  await openCase(acme, by(), opening('closed one'));
  await openCase(zeta, by(), opening('of zeta'));
  const changes: [number, Change][] = [
    [
      1,
      { kind: 'task-add', title: 'take an image', lane: 'provider', owner: null, due: null, after: [], checklist: [] },
    ],
    [2, { kind: 'state', to: 'triage', reason: 'r' }],
    [
      2,
      { kind: 'task-add', title: 'internal task', lane: 'provider', owner: null, due: null, after: [], checklist: [] },
    ],
    [2, { kind: 'publish' }],
    [3, { kind: 'close', outcome: 'test', reason: 'r' }],
  ];
  for (const [number, change] of changes) await changeCase(acme, number, by(), change);
});
afterAll(async () => {
  await browser?.close();
  await at.stop();
});

const read = async (who: string, query = '') =>
  (await at.askAs(cookies[who]!, `/api/read/cases${query}`)).json.rows.map(
    ({ tenant, number, open }: { tenant: string; number: number; open: number }) => `${tenant} ${number}: ${open}`,
  );

describe('the list of cases', () => {
  it("has those of one's tenants, open ones unless asked otherwise, and of a customer's those that are published", async () => {
    expect((await read('ana')).sort()).toEqual(['acme 1: 1', 'acme 2: 1']);
    expect((await read('otto', '?state=all')).sort()).toEqual(['acme 1: 1', 'acme 2: 1', 'acme 3: 0', 'zeta 1: 0']);
    expect(await read('ana', '?state=closed')).toEqual(['acme 3: 0']);
    expect(await read('carla', '?state=all')).toEqual(['acme 2: 0']);
    expect((await at.askAs(cookies.ana!, '/api/read/cases?tenant=zeta')).json.code).toBe('MDR_FORBIDDEN');
    expect((await at.askAs(cookies.ana!, '/api/read/cases?state=$ne')).json.code).toBe('MDR_REQUEST_BAD');
  });
});

describe.skipIf(!browser)('the page of cases', { timeout: 60_000 }, () => {
  const complaints: string[] = [];
  afterEach(async () => {
    await Promise.all((browser?.contexts() ?? []).map((context) => context.close()));
    expect(complaints.splice(0)).toEqual([]);
  });

  it('lists them, shows one with its timeline, and its buttons work', async () => {
    const page = await visit(browser!, at, { cookie: cookies.ana!, at: '#cases' }, complaints);
    await page.getByRole('link', { name: 'acme 1' }).click();
    await page.getByText('take an image').first().waitFor();
    // What tries to hide is shown, and nothing of a title is markup.
    expect(await page.locator('.card b').count()).toBe(0);
    await page.getByText('Timeline of case 1').waitFor();
    await page.getByRole('button', { name: 'I lead it' }).click();
    await page.getByText('Ana is incident lead').first().waitFor();
    expect((await caseOf(acme, 1)).people).toEqual([{ role: 'lead', id: 'ana', name: 'Ana' }]);
    expect(await unfit(page)).toEqual([]);
  });
});

describe('the board of breach duties', () => {
  const board = async (who: string, query = '') =>
    (await at.askAs(cookies[who]!, `/api/read/breaches${query}`)).json.rows as {
      tenant: string;
      duty: string;
      at: number | null;
    }[];

  it('has the open duties of one’s tenants, and shows the customer nothing that is not for them', async () => {
    const asking = { ...by(), law: theLaw() };
    await declareBreach(acme, 2, asking);
    const facts = [
      { fact: 'personal_data', value: true },
      { fact: 'role.controller', value: true },
      { fact: 'law.EEA', value: true },
      { fact: 'aware', value: { at: NOW } },
    ];
    await changeBreach(acme, 2, { ...asking, request: 'facts' }, { kind: 'facts', facts, reason: '' });
    const due = { tenant: 'acme', case: 2, duty: 'eu.gdpr.33', state: expect.any(String), at: NOW + 72 * 3_600_000 };
    expect(await board('ana')).toContainEqual(expect.objectContaining(due));
    expect(await board('otto', '?tenant=zeta')).toEqual([]);
    expect(await board('carla')).toEqual([]);
    await changeCase(acme, 2, by(), {
      kind: 'person',
      role: 'legal',
      person: { id: 'carla', name: 'Carla' },
      reason: '',
    });
    expect((await board('carla')).map(({ duty }) => duty)).toContain('eu.gdpr.33');
  });

  it.skipIf(!browser)('is a page that counts down', async () => {
    const complaints: string[] = [];
    const page = await visit(browser!, at, { cookie: cookies.ana!, at: '#breaches' }, complaints);
    const row = page.getByRole('row').filter({ hasText: 'eu.gdpr.33 ' });
    await row.first().waitFor();
    await page.locator('.countdown').first().waitFor();
    await page.getByText('Check with counsel').first().waitFor();
    expect(await unfit(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
