import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compileRules } from '../../../engine/detect/index.js';
import { DryRunner } from '../../../engine/detect/rulesets/dryrun.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import { addTenant, detectionRecord, NOW } from '../../commands/world.js';
import { testStore } from '../../support/services.js';
import { folderOf, idOfRule, ruleText } from './support.js';

const line = (n: number, command: string, day = '2026-11-20') =>
  JSON.stringify({
    '@timestamp': `${day}T08:00:00Z`,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    EventID: 1,
    RecordNumber: n,
    Hostname: `ws${n % 2}`,
    CommandLine: command,
  });

it('says what rules would find in stored events and in a log, each event once, and how many alerts that makes a day', async () => {
  const { store } = await testStore();
  const acme = await addTenant(store, 'acme', 'Acme');
  const zeta = await addTenant(store, 'zeta', 'Zeta');
  const stored = (n: number, command: string, more = {}) => {
    const base = detectionRecord(n);
    return { ...base, created: NOW - n, event: { ...base.event, original: line(n, command) }, ...more };
  };
  const cut = { ...detectionRecord(9), event: { ...detectionRecord(9).event, original: '{"cut off' } };
  await acme.detections.insertNew([stored(1, 'alpha'), stored(2, 'alpha beta'), stored(3, 'alpha'), cut]);
  // Two rules fired on this event: it is one event.
  await acme.detections.insertNew([stored(4, 'alpha', { _id: 'again', event: stored(3, 'alpha').event })]);
  await zeta.detections.insertNew([stored(5, 'alpha')]);

  const formats = await loadFormats();
  const { matcher } = compileRules(
    [1, 2, 3].map((n) => ({ file: `${n}.yml`, content: ruleText(n, ['alpha', 'beta', 'none'][n - 1]!) })),
  );
  const all = new DryRunner(matcher, formats, null);
  await all.stored(store, null);
  expect(all.result()).toMatchObject({
    events: 4,
    refused: 1,
    more: false,
    rules: [
      { rule: { id: idOfRule(1) }, detections: 4, alerts: 3 },
      { rule: { id: idOfRule(2) }, detections: 1, alerts: 1 },
    ],
  });

  const one = new DryRunner(matcher, formats, new Set([idOfRule(2)]));
  await one.stored(store, 'zeta');
  const log = join(folderOf({}), 'x.ndjson');
  writeFileSync(log, [line(6, 'beta'), line(7, 'beta', '2026-11-24'), 'no json {', line(8, 'alpha')].join('\n'));
  await one.logged(log, NOW);
  const result = one.result();
  expect(result.rules).toMatchObject([{ rule: { id: idOfRule(2) }, detections: 2, perDay: 0.5, alerts: 2 }]);
  expect(result.days).toBe(4);
});
