import { beforeAll, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { peopleOf } from '../../bot/people.js';
import compliance from '../../commands/compliance.js';
import type { Context } from '../../commands/types.js';
import { activity, BatchActivity, DAY_MS } from '../../engine/activity.js';
import { loadCoveringRules } from '../../engine/compliance/rules.js';
import { ownRules } from '../../engine/detect/index.js';
import type { Queues } from '../../engine/queues.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import type { Person } from '../../engine/store/people.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, alertRecord, NOW } from './world.js';

let store: Store;
let queues: Queues;
let tenant: TenantStore;
let ana: Person;

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  tenant = await addTenant(store, 'acme', 'Acme');
  ana = await addPerson(store, 'ana', 'Ana Silva', [{ tenant: 'acme', role: 'analyst' }]);
  const batch = new BatchActivity(NOW);
  batch.note({ logsource: { product: 'windows', service: 'security', categories: [] }, time: NOW - DAY_MS });
  await activity(queues.redis, queues.prefix, 'acme').add('b1', 'dc', batch);
  const cleared = (await loadCoveringRules([ownRules])).find(
    ({ file }) => file === 'windows-security-log-cleared.yml',
  )!;
  const rules = [{ ...alertRecord(5).rules[0]!, id: cleared.id, title: cleared.title }];
  await tenant.alerts.insert(alertRecord(5, { rules, title: 'Security log cleared on dc-01' }));
});

async function text(line: string, more: Partial<Context> = {}): Promise<string> {
  const context: Context = {
    ...{ tenant, person: ana, role: 'analyst', queues, clock: () => NOW, alert: null, internal: true },
    ...{ commands: [compliance], people: () => peopleOf(store, 'acme') },
    ...more,
  };
  return renderText(await compliance.run(context, line.split(' ').filter(Boolean)), { width: 250 });
}

describe('/mdr compliance', () => {
  it('lists the frameworks', async () => {
    expect(await text('')).toMatch(/pci-dss.*PCI DSS 4\.0\.1/);
  });

  it('shows every requirement of a period with its state, and which log sources were silent', async () => {
    const card = await text('pci-dss last 3d');
    expect(card).toContain('PCI DSS 4.0.1: Acme (acme)');
    expect(card).toMatch(/10\.1\.1\b.*Outside/);
    expect(card).toContain('windows/security: 2 days without events (2026-11-22, 2026-11-24)');
    expect(card).toContain('mdr compliance acme pci-dss --out report.html');
  });

  it('shows one requirement: rules, log sources, alerts and what was done', async () => {
    const card = await text('pci-dss 10.3.2 last 3d');
    expect(card).toMatch(/Security log cleared .*High.*yes.*3/);
    expect(card).toMatch(/5 .*High .*Security log cleared on dc-01.* no .*open/);
    expect(await text('hipaa 164.312(b)')).toContain('Audit controls');
  });

  it('keeps alerts that were not published from the customer, and says so', async () => {
    const card = await text('pci-dss 10.3.2 last 3d', { internal: false });
    expect(card).not.toContain('dc-01');
    expect(card).toContain('has not published');
  });

  it.each([
    ['gdpr-77', /no framework "gdpr-77"/],
    ['pci-dss soon', /is not a period/],
    ['pci-dss 99.9', /no requirement "99\.9"/],
  ])('refuses %s and says what there is', async (line, message) => {
    await expect(text(line)).rejects.toThrow(message);
  });
});
