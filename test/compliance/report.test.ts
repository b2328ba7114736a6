import { beforeEach, describe, expect, it } from 'vitest';
import { activity, BatchActivity, DAY_MS } from '../../engine/activity.js';
import { toHtml } from '../../engine/compliance/html.js';
import { frameworkCalled } from '../../engine/compliance/index.js';
import { toMarkdown } from '../../engine/compliance/markdown.js';
import { readPeriod } from '../../engine/compliance/period.js';
import { makeReport } from '../../engine/compliance/report.js';
import type { CoveringRule, Report, RequirementReport } from '../../engine/compliance/types.js';
import type { LogSource } from '../../engine/event.js';
import type { Queues } from '../../engine/queues.js';
import type { Alert, AlertEntry } from '../../engine/store/alerts.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { addTenant, alertRecord, detectionRecord, NOW, opened } from '../commands/world.js';
import { testQueues, testStore } from '../support/services.js';

const SECURITY: LogSource = Object.freeze({ product: 'windows', service: 'security', categories: [] });
const rule = (id: string, tags: string[], service = 'security'): CoveringRule => ({
  id,
  title: `Rule ${id}`,
  level: 'low',
  file: `${id}.yml`,
  tags,
  reads: [{ product: 'windows', service, category: null }],
});
const RULES = [
  rule('account', ['pci-dss-10.2.1.5']),
  rule('cleared', ['pci-dss-10.3.2', 'pci-dss-10.7.2']),
  rule('defender', ['pci-dss-5.3.5'], 'windefend'),
];

let store: Store;
let queues: Queues;
let tenant: TenantStore;
beforeEach(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  tenant = await addTenant(store, 'acme', 'Acme');
});

async function sent(time: number, events = 1, to = tenant): Promise<void> {
  const batch = new BatchActivity(NOW);
  for (let i = 0; i < events; i++) batch.note({ logsource: SECURITY, time });
  await activity(queues.redis, queues.prefix, to.id).add(`b${time}`, 'dc', batch);
}
const entry = (kind: AlertEntry['kind'], at: number): AlertEntry => ({
  id: kind,
  at,
  actor: 'ana',
  actorName: 'Ana Silva',
  kind,
  text: kind,
});
const fired = (id: string, more: Partial<Alert> = {}): Partial<Alert> => {
  const base = alertRecord(0);
  return { rules: [{ ...base.rules[0]!, id, title: `Rule ${id}`, count: 4 }], ...more };
};
async function report(words = 'last 10d', more: Partial<Parameters<typeof makeReport>[0]> = {}): Promise<Report> {
  const parts = { tenant, queues, clock: () => NOW, rules: RULES, ...more };
  return makeReport(parts, await frameworkCalled('pci-dss'), readPeriod(words.split(' '), NOW));
}
const on = (made: Report, number: string): RequirementReport =>
  made.requirements.find(({ requirement }) => requirement.number === number)!;

describe('an assessor reads', () => {
  it('that nothing was watched while no log arrived', async () => {
    const made = await report();
    expect(on(made, '10.2.1.5')).toMatchObject({ status: 'silent', sources: [] });
    expect(on(made, '10.2.1.5').rules).toMatchObject([{ heard: false, detections: 0 }]);
    expect(on(made, '10.4.1').status).toBe('silent');
    expect(on(made, '10.1.1').status).toBe('outside');
    expect(on(made, '8.2.5')).toMatchObject({ status: 'no-rule' });
    expect(made.retention).toEqual({ oldestAlert: null, firstDay: null });
  });

  it('which days a log source was silent', async () => {
    for (const day of [0, 1, 2, 5, 6, 9]) await sent(NOW - day * DAY_MS, 3);
    await sent(NOW - 20 * DAY_MS);
    const made = await report();
    expect(made.sources).toEqual([
      {
        name: 'windows/security',
        from: ['dc'],
        events: 18,
        days: 6,
        gaps: ['2026-11-16 to 2026-11-17', '2026-11-20 to 2026-11-21'],
        silent: 4,
      },
    ]);
    expect(on(made, '10.2.1.5')).toMatchObject({ status: 'gaps' });
    expect(on(made, '10.2.1.5').absent).toContain('aws/cloudtrail');
    expect(made.retention.firstDay).toBe('2026-11-04');
    // What only rules show was not watched on the silent days either.
    expect(on(made, '10.3.2')).toMatchObject({ status: 'gaps' });
    expect(on(made, '10.3.2').because).toBe(
      '1 of 1 rule had events to watch. 1 of 1 log source had days without any event.',
    );
    // The rule for Defender reads what never arrived.
    expect(on(made, '5.3.5')).toMatchObject({ status: 'silent' });
  });

  it('what was found, who took it, and how it ended', async () => {
    for (let day = 0; day < 10; day++) await sent(NOW - day * DAY_MS);
    const created = NOW - 2 * DAY_MS;
    const times = { first: created, last: created, created, updated: NOW };
    await tenant.alerts.insert(
      alertRecord(
        1,
        fired('account', {
          ...times,
          state: 'closed',
          reason: 'benign',
          log: [opened, entry('acknowledged', created + 600_000), entry('closed', created + 3_600_000)],
        }),
      ),
    );
    await tenant.alerts.insert(alertRecord(2, fired('cleared', times)));
    await tenant.alerts.insert(
      alertRecord(3, fired('account', { first: NOW - 40 * DAY_MS, last: NOW - 40 * DAY_MS, updated: NOW })),
    );
    const made = await report();
    expect(on(made, '10.2.1.5')).toMatchObject({
      status: 'covered',
      violations: [
        {
          number: 1,
          detections: 4,
          acknowledged: { by: 'Ana Silva', at: created + 600_000 },
          closed: { by: 'Ana Silva', reason: 'benign' },
        },
      ],
      response: { alerts: 1, acknowledged: 1, closed: 1, open: 0, late: 0, medianMs: 600_000 },
    });
    // 10.7.3 looks at the alerts of 10.7.2, and nobody has touched that one for two days.
    expect(on(made, '10.7.3')).toMatchObject({ status: 'open', response: { alerts: 1, open: 1, late: 1 } });
    expect(on(made, '10.4.1').violations.map(({ number }) => number)).toEqual([2, 1]);
    expect(made.retention.oldestAlert).not.toBeNull();
  });

  it('which rules are switched off and what exceptions hide', async () => {
    await sent(NOW);
    await tenant.ruleTunings.insert({
      ...{ _id: 't1', rule: 'account', title: 'Rule account', disabled: true, level: null, asked: null },
      ...{ log: [], revision: 1 },
    } as never);
    await tenant.exceptions.insert({
      ...{ _id: 'e1', number: 1, state: 'active', rules: [{ id: 'cleared', title: 'Rule cleared', level: 'low' }] },
      ...{ conditions: [], reason: 'Imaging', alert: null, author: { id: 'ana', name: 'Ana Silva' }, created: NOW },
      ...{ updated: NOW, expires: NOW + DAY_MS, log: [], revision: 1 },
    } as never);
    const hidden = detectionRecord(1);
    const event = { ...hidden.event, time: NOW - 1000 };
    await tenant.detections.insert({ ...hidden, event, rule: { ...hidden.rule, id: 'cleared' }, suppressed: 'e1' });
    const made = await report();
    expect(on(made, '10.2.1.5').status).toBe('no-rule');
    expect(on(made, '10.3.2').rules).toMatchObject([{ hidden: 1 }]);
    expect(made.tuned).toEqual({
      disabled: ['Rule account'],
      exceptions: [{ number: 1, rules: ['Rule cleared'], reason: 'Imaging', by: 'Ana Silva' }],
    });
  });

  it('nothing of another tenant', async () => {
    const other = await addTenant(store, 'zeta', 'Zeta');
    await other.alerts.insert(alertRecord(1, fired('account')));
    await sent(NOW, 5, other);
    const made = await report();
    expect(made.sources).toEqual([]);
    expect(on(made, '10.2.1.5').violations).toEqual([]);
  });

  it('no alert that the reader may not see, and that this is so', async () => {
    await sent(NOW);
    await tenant.alerts.insert(alertRecord(1, fired('account')));
    const made = await report('1d', { shown: { state: { $ne: 'new' } } });
    expect(on(made, '10.2.1.5').violations).toEqual([]);
    expect(toMarkdown(made)).toContain('has not published');
  });
});

describe('the file', () => {
  const HOSTILE = 'x | **b** [l](https://evil.example) <img src=x onerror=alert(1)> `c`\n# top';

  it('holds every requirement and its alerts, as Markdown in which nothing from a log is markup', async () => {
    await sent(NOW);
    await tenant.alerts.insert(alertRecord(7, fired('account', { title: HOSTILE })));
    const text = toMarkdown(await report('1d'));
    for (const number of ['10.2.1.5', '10.5.1', '12.10.5']) expect(text).toContain(`### ${number} `);
    const row = text.split('\n').find((line) => line.startsWith('| \\#7 |'))!;
    expect(row).toBe(
      '| \\#7 | high | x \\| \\*\\*b\\*\\* \\[l\\](https\\://evil.example) \\<img src=x onerror=alert(1)\\> \\`c\\` \\# top | 2026-11-24 08:59 | no | open |',
    );
  });

  it('is a page without script, link or image, in which nothing from a log is markup', async () => {
    await sent(NOW);
    await tenant.alerts.insert(alertRecord(7, fired('account', { title: HOSTILE })));
    const html = toHtml(await report('1d'));
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(html).not.toMatch(/<(img|script|a|iframe)\b/);
    expect(html).toContain('<h3>10.5.1 Twelve months of audit logs</h3>');
  });
});
