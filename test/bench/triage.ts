import { setTimeout } from 'node:timers/promises';
import { detectionsOf, type Found } from '../../engine/detect/found.js';
import { Addresses } from '../../engine/triage/addresses.js';
import { triage } from '../../engine/triage/stage.js';
import { ordinaryDay } from '../eval/triage/ordinary.js';
import { place, recordings } from '../eval/triage/place.js';
import { setting } from '../eval/triage/setting.js';
import { figure, type Measurement } from '../support/figures.js';
import { spending } from '../support/spent.js';
import { inWorld, TENANT } from './world.js';

const DAYS = 3;
const BATCH = 500;
/** Events that are made ready at once. */
const CHUNK = 5000;
const START = Date.UTC(2026, 9, 5);
const DAY_MS = 86_400_000;

/** Detections of ordinary days and of the recorded attacks, through the stage as the worker runs it: records in MongoDB, habits in Redis. */
const bench: Measurement = {
  name: 'triage',
  summary: 'detections of three ordinary days and all recorded attacks, through triage with its records and habits',
  async run(options, progress) {
    const { folder, formats, matcher, random, make } = await setting(options, 7);
    const attacks = place(recordings(folder), { start: START, days: DAYS, random, company: make.company });
    return inWorld(START, progress, async ({ store, queues, scope }) => {
      let detections = 0;
      let slowest = 0;
      let wallMs = 0;
      let ownMs = 0;
      for (let day = 0; day < DAYS; day++) {
        const recogniser = formats.recogniser();
        const addresses = new Addresses();
        const ids: string[] = [];
        const lines = [
          ...ordinaryDay(make, START + day * DAY_MS, day, 1),
          ...attacks.flatMap((attack) =>
            attack.lines.filter(({ time }) => Math.floor((time - START) / DAY_MS) === day),
          ),
        ].sort((a, b) => a.time - b.time);
        for (let from = 0; from < lines.length; from += CHUNK) {
          const found: Found[] = [];
          for (const { line } of lines.slice(from, from + CHUNK)) {
            const { format, parsed } = recogniser.read(line, null, START);
            addresses.note(parsed);
            const seen = { tenant: TENANT, source: 'bench', format: format.name, line, parsed, simulated: false };
            found.push(...detectionsOf(seen, [...matcher.match(parsed)]));
          }
          // The driver's heartbeats have their turn, before it takes the server for gone.
          await setTimeout(20);
          await scope.detections.insertNew(found.map((each) => ({ ...each, created: START })));
          ids.push(...found.map(({ _id }) => _id));
        }
        await addresses.keep(queues.redis, queues.prefix, TENANT);
        const spent = spending();
        const began = performance.now();
        for (let from = 0; from < ids.length; from += BATCH) {
          const started = performance.now();
          await triage({ store, queues, clock: () => START }, TENANT, ids.slice(from, from + BATCH));
          slowest = Math.max(slowest, performance.now() - started);
        }
        wallMs += performance.now() - began;
        ownMs += spent();
        detections += ids.length;
        progress(`day ${day + 1}: ${ids.length.toLocaleString('en')} detections`);
      }
      return {
        name: 'triage',
        method: `${DAYS} days of ${make.company.people.length} people with ${attacks.length} recorded attacks, in batches of ${BATCH}, one after the other. On one core: by the processor time of the stage; MongoDB and Redis have theirs.`,
        figures: [
          figure('detections', detections, ''),
          figure('alerts', await scope.alerts.count({}), ''),
          figure('groups kept quiet', await scope.quiets.count({}), ''),
          figure('detections a second on one core', Math.round((detections / ownMs) * 1000), '/s', '>= 1000'),
          figure(
            'detections a second by the clock, waiting for MongoDB',
            Math.round((detections / wallMs) * 1000),
            '/s',
          ),
          figure('slowest batch', Math.round(slowest), 'ms'),
        ],
      };
    });
  },
};
export default bench;
