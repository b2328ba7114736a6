import { beforeAll, describe, expect, it } from 'vitest';
import { counters } from '../../../engine/counters.js';
import { createCorrelator } from '../../../engine/detect/correlate/correlator.js';
import { judgeAll } from '../../../engine/detect/correlate/judging.js';
import { redisState } from '../../../engine/detect/correlate/redis.js';
import { compileRules } from '../../../engine/detect/index.js';
import { type DetectParts, detect } from '../../../engine/detect/stage.js';
import { eventsJob } from '../../../engine/ingest/batch.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import { log } from '../../../engine/log.js';
import type { TenantStore } from '../../../engine/store/index.js';
import { triage } from '../../../engine/triage/stage.js';
import { liveTunings, tuningChanged } from '../../../engine/triage/tune/live.js';
import { tuneRule } from '../../../engine/triage/tune/rules.js';
import { addTenant, NOW } from '../../commands/world.js';
import { testQueues, testStore } from '../../support/services.js';

const RULES = `title: Failed logon
id: failed
name: failed
level: low
logsource: { product: windows, service: security }
detection:
  sel: { EventID: 4625 }
  condition: sel
---
title: Successful logon
id: success
name: success
level: informational
logsource: { product: windows, service: security }
detection:
  sel: { EventID: 4624 }
  condition: sel
---
title: Many failed logons
id: many
level: high
tags: [attack.credential-access, attack.t1110]
correlation:
  type: event_count
  rules: failed
  group-by: TargetUserName
  timespan: 10m
  condition: { gte: 5 }
---
title: Failed logons and no success
id: never
level: medium
correlation:
  type: temporal
  rules: [failed, success]
  group-by: TargetUserName
  timespan: 5m
  condition: failed and not success
`;
let now = NOW;
const clock = () => now;
let parts: Required<Pick<DetectParts, 'correlator'>> & DetectParts;
const line = (second: number, user: string, host = 'dc01', EventID = 4625) =>
  JSON.stringify({
    '@timestamp': new Date(NOW - 600_000 + second * 1000).toISOString(),
    Hostname: host,
    Channel: 'Security',
    EventID,
    TargetUserName: user,
    IpAddress: '203.0.113.9',
  });
let batch = 0;
const run = async (tenant: string, lines: string[], id = `b${batch++}`) => {
  const { data } = await eventsJob({ tenant, source: 's', format: null, simulated: false }, lines, now, id);
  await detect(parts, data, id);
};
const tenantOf = (name: string): Promise<TenantStore> => addTenant(parts.store, name, name);

beforeAll(async () => {
  const { store } = await testStore();
  const { queues } = await testQueues();
  const { matcher, correlations, problems } = compileRules([{ file: 'r.yml', content: RULES }]);
  expect(problems).toEqual([]);
  const tunings = liveTunings({ redis: queues.redis, prefix: queues.prefix, clock, log });
  const correlator = createCorrelator(correlations, redisState(queues.redis, queues.prefix), clock);
  parts = { store, queues, formats: await loadFormats(), matcher, tunings, correlator, clock, log };
});

describe('correlations in the worker', () => {
  it('find over batches, once, and grow with what comes after; the rules below make no detections', async () => {
    const acme = await tenantOf('acme');
    await run(
      'acme',
      [1, 2, 3].map((s) => line(s, 'bob')),
    );
    expect(await acme.detections.count()).toBe(0);
    await run('acme', [line(5, 'BOB'), line(4, 'bob')], 'again');
    await run('acme', [line(5, 'BOB'), line(4, 'bob')], 'again');
    const [found, ...others] = await acme.detections.find();
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      rule: { id: 'many', level: 'high', techniques: ['T1110'] },
      event: { format: 'correlation', ecs: { 'host.name': 'dc01', 'source.ip': '203.0.113.9' } },
      correlated: { text: '5 events in 10 min by TargetUserName bob', count: 5 },
    });
    expect(found!.observables).toContainEqual({ kind: 'ip', value: '203.0.113.9' });
    await run(
      'acme',
      [6, 7].map((s) => line(s, 'bob')),
    );
    expect((await acme.detections.find()).map((each) => each.correlated?.count)).toEqual([7]);
    expect((await counters(parts.queues.redis, parts.queues.prefix, 'acme').read()).cut).toBe(0);
  });

  it('what one tenant sends counts for no other', async () => {
    const [one, two] = [await tenantOf('one'), await tenantOf('two')];
    await run(
      'one',
      [1, 2, 3, 4].map((s) => line(s, 'bob')),
    );
    await run(
      'two',
      [5].map((s) => line(s, 'bob')),
    );
    expect([await one.detections.count(), await two.detections.count()]).toEqual([0, 0]);
  });

  it('a detection of a correlation joins an alert on what its events share, and says what was counted', async () => {
    const zeta = await tenantOf('zeta');
    await run(
      'zeta',
      [1, 2, 3, 4, 5].map((s) => line(s, 'eve', `ws0${s}`)),
    );
    const [found] = await zeta.detections.find();
    await triage(parts, 'zeta', [found!._id]);
    const [alert] = await zeta.alerts.find();
    expect(alert).toMatchObject({
      entity: { kind: 'user', value: 'eve' },
      rules: [{ id: 'many', text: '5 events in 10 min by TargetUserName eve' }],
    });
    expect(alert!.observables.filter(({ kind }) => kind === 'host')).toHaveLength(5);
  });

  it('conditions on what does not happen are judged when the window is over', async () => {
    const late = await tenantOf('late');
    await run('late', [line(1, 'ann'), line(2, 'joe'), line(30, 'joe', 'dc01', 4624)]);
    await judgeAll(parts);
    expect(await late.detections.count()).toBe(0);
    now += 2 * 300_000 + 600_000 + 1000;
    await judgeAll(parts);
    await judgeAll(parts);
    const found = await late.detections.find();
    expect(found.map((each) => each.correlated?.text)).toEqual([
      'failed and not success in 5 min by TargetUserName ann',
    ]);
    // What comes after that is late, and is counted.
    await run('late', [line(3, 'ann')]);
    expect((await counters(parts.queues.redis, parts.queues.prefix, 'late').read()).late).toBe(1);
  });

  it("a tenant's tuning holds for correlations too", async () => {
    const tuned = await tenantOf('tuned');
    const rule = { id: 'many', title: 'Many failed logons', level: 'high' as const };
    await tuneRule(tuned, rule, { id: 'ana', name: 'Ana' }, clock, 'noise', (was) => ({ ...was, level: 'low' }));
    await tuningChanged(parts.queues.redis, parts.queues.prefix, 'tuned');
    await run(
      'tuned',
      [1, 2, 3, 4, 5].map((s) => line(s, 'bob')),
    );
    expect((await tuned.detections.find()).map((each) => each.rule.level)).toEqual(['low']);
  });
});
