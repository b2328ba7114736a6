import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoEvents } from '../../bin/demo/scenario.js';
import { counters } from '../../engine/counters.js';
import { createCorrelator } from '../../engine/detect/correlate/correlator.js';
import { memoryState } from '../../engine/detect/correlate/memory.js';
import { loadRules, ownRules } from '../../engine/detect/index.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { openLake } from '../../engine/lake/index.js';
import type { Detection } from '../../engine/store/detections.js';
import { testLakeOf } from '../support/parts.js';
import { CHANNEL, openRoad, type Road, TENANT, until } from './harness.js';

let road: Road;
beforeAll(async () => {
  road = await openRoad();
}, 60_000);
afterAll(async () => {
  await road?.stop();
}, 60_000);

describe('kill -9 in mid-replay', () => {
  it('loses no event and posts no alert twice', { timeout: 120_000 }, async () => {
    const events = demoEvents({ start: Date.now() - 3_000_000, seed: 3, noisePerStep: 60 });
    const recogniser = (await loadFormats()).recogniser();
    const { matcher, correlations } = await loadRules([ownRules]);
    const correlator = createCorrelator(correlations, memoryState(), Date.now);
    const watch = correlator.watch(TENANT);
    const expected = new Set<string>();
    for (const { line, time, source } of events) {
      const { format, parsed } = recogniser.read(line, null, time);
      const hits = [...matcher.match(parsed)];
      watch.observe({ tenant: TENANT, source, format: format.name, line, parsed, simulated: false }, hits);
      for (const { id } of hits) if (!correlator.silent.has(id)) expected.add(`${line}\n${id}`);
    }
    // Those whose windows have to be over first are judged after this test.
    for (const { _id } of (await watch.settle()).found) expected.add(_id);
    expect(expected.size).toBeGreaterThan(10);

    const groups = new Map<string, typeof events>();
    for (const event of events) {
      const path = `${event.source}?format=${event.format}`;
      groups.set(path, [...(groups.get(path) ?? []), event]);
    }
    let accepted = 0;
    const sendAll = (async () => {
      for (const [path, of] of groups) {
        const [source = '', query = ''] = path.split('?');
        for (let from = 0; from < of.length; from += 25) {
          const part = of.slice(from, from + 25);
          const { status, body } = await road.send(part.map((event) => event.line).join('\n'), source, `?${query}`);
          expect(status).toBe(202);
          accepted += body.accepted as number;
        }
      }
    })();
    // Three deaths of the worker and one of the bot while batches are in hand.
    for (const name of ['worker', 'bot', 'worker', 'worker'] as const) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      await road.parts[name].kill();
      await road.restart(name);
    }
    await sendAll;
    expect(accepted).toBe(events.length);

    const count = counters(road.queues.redis, road.queues.prefix, TENANT);
    const scope = await road.store.forTenant(TENANT);
    await until('every accepted event processed', async () => (await count.read()).processed === events.length, 60_000);
    await until(
      'every detection in an alert',
      async () => (await scope.detections.count({ alert: null })) === 0,
      60_000,
    );

    const stored = await scope.detections.find({}, { limit: 100_000 });
    const keyOf = (d: Detection) => (d.correlated ? d._id : `${d.event.original}\n${d.rule.id}`);
    expect(new Set(stored.map(keyOf))).toEqual(expected);
    const alerts = await scope.alerts.find();
    const open = alerts.filter(({ mergedInto }) => mergedInto === undefined);
    for (const { number, detections } of open)
      expect(stored.filter(({ alert }) => alert === number).length, `alert ${number}`).toBe(detections);
    // What is in no alert is in a quiet group, each once, or is common here.
    const rest = stored.filter(({ alert }) => alert === 0);
    for (const quiet of await scope.quiets.find())
      expect(rest.filter((detection) => detection.quiet === quiet._id).length).toBe(
        quiet.strands.reduce((sum, { count }) => sum + count, 0),
      );
    expect(rest.length + open.reduce((sum, alert) => sum + alert.detections, 0)).toBe(stored.length);

    const lake = openLake(testLakeOf(road.env));
    const inLake = lake.forTenant(TENANT);
    await until('every event in the lake', async () => (await inLake.status()).waiting === 0, 60_000);
    const { rows } = await inLake.query('SELECT original FROM events', [], { maxRows: 100_000 });
    lake.close();
    expect(rows.map(({ original }) => original).sort()).toEqual(events.map(({ line }) => line).sort());

    const roots = () => road.slack.workspace.roots(CHANNEL);
    await until('every alert in Slack', async () => roots().length >= alerts.length, 60_000);
    // Long enough for a second post of something, were there one, to arrive.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const keys = roots().map((message) => JSON.stringify(message.metadata));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toHaveLength(alerts.length);
    for (const root of roots()) {
      const replies = road.slack.workspace.replies(CHANNEL, root.ts).map((message) => JSON.stringify(message.metadata));
      expect(new Set(replies).size).toBe(replies.length);
    }
  });
});
