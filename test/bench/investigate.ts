import { join } from 'node:path';
import { detectionsOf, eventIdOf } from '../../engine/detect/found.js';
import type { Formats } from '../../engine/ingest/formats/index.js';
import { investigate } from '../../engine/investigate/index.js';
import { writeParquet } from '../../engine/lake/bulk.js';
import { openLake } from '../../engine/lake/index.js';
import type { LakeEvent } from '../../engine/lake/pack.js';
import { triage } from '../../engine/triage/stage.js';
import { ordinaryDay } from '../eval/triage/ordinary.js';
import { type Attack, place, recordings } from '../eval/triage/place.js';
import { setting } from '../eval/triage/setting.js';
import { figure, type Measurement } from '../support/figures.js';
import { inWorld, TENANT } from './world.js';

const EVENTS = Number(process.env.MDR_BENCH_EVENTS ?? 10_000_000);
const START = Date.UTC(2026, 5, 1);
const DAY_MS = 86_400_000;
/** Recorded attacks that are investigated: those with the most events. */
const ATTACKS = 5;

/** A line as the worker would hand it to the lake. */
function eventOf(recogniser: ReturnType<Formats['recogniser']>, line: string): LakeEvent {
  const { format, parsed } = recogniser.read(line, null, START);
  const seen = { tenant: TENANT, source: 'bench', format: format.name, line, parsed, simulated: false };
  return { ...seen, original: line, id: eventIdOf(seen) };
}

/** Investigations of recorded attacks in a lake of ten million events: ordinary days around them, as in `eval -- triage`. */
const bench: Measurement = {
  name: 'investigate',
  summary: 'investigations of recorded attacks in a lake of ten million events (MDR_BENCH_EVENTS)',
  async run(options, progress) {
    const { folder, formats, matcher, random, make } = await setting(options, 7);
    const chosen = recordings(folder)
      .sort((a, b) => b.lines.length - a.lines.length)
      .slice(0, ATTACKS);
    const attacks = place(chosen, { start: START, days: 14, random, company: make.company });
    return inWorld(START, progress, async ({ store, queues, scope, work }) => {
      const lake = openLake(join(work, 'lake'));
      const clock = () => Date.now();
      const ids: string[] = [];
      let written = 0;
      function* events(): Generator<LakeEvent> {
        for (let day = 0; written < EVENTS; day++) {
          const recogniser = formats.recogniser();
          const ordinary = ordinaryDay(make, START + day * DAY_MS, day % 14, 1.2);
          for (const { line } of ordinary) {
            written++;
            yield eventOf(recogniser, line);
          }
          if (day % 10 === 9) progress(`${written.toLocaleString('en')} events`);
        }
      }
      const attacking = async (attack: Attack): Promise<LakeEvent[]> => {
        const recogniser = formats.recogniser();
        const out: LakeEvent[] = [];
        const found: ReturnType<typeof detectionsOf> = [];
        for (const { line } of attack.lines) {
          const event = eventOf(recogniser, line);
          out.push(event);
          found.push(...detectionsOf({ ...event, tenant: TENANT, line }, [...matcher.match(event.parsed)]));
        }
        await scope.detections.insertNew(found.map((each) => ({ ...each, created: START })));
        ids.push(...found.map(({ _id }) => _id));
        return out;
      };
      const began = performance.now();
      for (const attack of attacks) await writeParquet(lake.root, TENANT, await attacking(attack));
      await writeParquet(lake.root, TENANT, events());
      progress(`written in ${Math.round((performance.now() - began) / 1000)} s`);
      for (let from = 0; from < ids.length; from += 500)
        await triage({ store, queues, clock }, TENANT, ids.slice(from, from + 500));
      const alerts = await scope.alerts.find({ mergedInto: { $exists: false } }, { sort: { score: -1 }, limit: 10 });
      const times: number[] = [];
      let steps = 0;
      let cut = 0;
      for (const { number } of alerts) {
        const started = performance.now();
        const found = await investigate({ store: scope, lake: lake.forTenant(TENANT), clock }, number);
        times.push(performance.now() - started);
        steps += found.chain.length;
        cut += found.spent.cut.length;
        progress(
          `alert ${number}: ${Math.round(times.at(-1)!)} ms, ${found.spent.queries} questions, ${found.chain.length} steps, ${Object.keys(found.events).length} events${found.spent.cut.length > 0 ? `, cut: ${found.spent.cut.join('; ')}` : ''}`,
        );
      }
      times.sort((a, b) => a - b);
      const { events: inLake } = await lake.forTenant(TENANT).status();
      lake.close();
      return {
        name: 'investigate',
        method: `${alerts.length} alerts of ${ATTACKS} recorded attacks, among ordinary days of a company of ${make.company.people.length} people, one after the other.`,
        figures: [
          figure('events in the lake', inLake, '', EVENTS >= 10_000_000 ? '>= 10000000' : null),
          figure('investigations', alerts.length, '', '>= 5'),
          figure('steps found', steps, ''),
          figure('median', Math.round(times[Math.floor(times.length / 2)] ?? 0), 'ms'),
          figure('slowest', Math.round(times.at(-1) ?? 0), 'ms', '<= 10000'),
          figure('questions left out or cut', cut, ''),
        ],
      };
    });
  },
};
export default bench;
