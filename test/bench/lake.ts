import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Ecs } from '../../engine/event.js';
import { idOf } from '../../engine/ids.js';
import { eventsJob } from '../../engine/ingest/batch.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { writeParquet } from '../../engine/lake/bulk.js';
import { compact } from '../../engine/lake/compact.js';
import { datasetOf } from '../../engine/lake/dataset.js';
import { openLake, type TenantLake } from '../../engine/lake/index.js';
import { Journal } from '../../engine/lake/journal.js';
import { land } from '../../engine/lake/land.js';
import type { LakeEvent } from '../../engine/lake/pack.js';
import { placesOf } from '../../engine/lake/places.js';
import { spool } from '../../engine/lake/spool.js';
import { figure, type Measurement } from '../support/figures.js';
import { sharedData } from '../support/shared.js';
import { eventOf, readTemplates } from './lake/generate.js';
import { HUNTS, NEEDLES } from './lake/hunts.js';

const EVENTS = Number(process.env.MDR_BENCH_EVENTS ?? 10_000_000);
const DAYS = 14;
const FIRST_DAY = Date.UTC(2026, 2, 1);
const DAY_MS = 24 * 3600_000;
/** On which words of an original are searched. */
const TEXT_DAY = FIRST_DAY + 3 * DAY_MS;
/** Events that go the whole way, from accepted batches. */
const LANDING = 100_000;
const SAMPLE = 100_000;
/** So often each query is run; the middle one counts, and the first one beside it. */
const RUNS = 3;
const zip = promisify(gzip);

const planted = {
  'an address': ['destination.ip', '198.51.100.77'],
  'a hash': ['process.hash.sha256', 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00'],
  'a name on the internet': ['dns.question.name', 'needle.example'],
  'a person': ['user.name', 'mallory'],
} as const satisfies Record<string, [keyof Ecs, string]>;
/** Of events that have such a field, one in so many carries what is searched for. */
const ONE_IN = 50_021;

/** A few events, far apart, carry what is searched for. */
function planter(): (ecs: Ecs) => void {
  const places = Object.values(planted).map(([field, value]) => ({ field, value, met: 0 }));
  return (ecs) => {
    for (const place of places)
      if (ecs[place.field] !== undefined && place.met++ % ONE_IN === 0) ecs[place.field] = place.value;
  };
}

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

const bench: Measurement = {
  name: 'lake',
  summary: 'events into Parquet, bytes per event, hunts and needle searches over ten million events',
  async run({ data }, progress) {
    const otrf = data ?? sharedData('otrf');
    if (!otrf) throw new Error('the shared data is not here: name its folder otrf with --data');
    const folders = [otrf, join(dirname(otrf), 'zeek'), join(dirname(otrf), 'cloudtrail')];
    const templates = await readTemplates(folders);
    progress(`${templates.length} records taken apart`);
    const root = await mkdtemp(join(tmpdir(), 'mdr-bench-lake-'));
    const lake = openLake(root);
    try {
      let sampled: string[] | null = [];
      let generating = 0;
      const machine = { host: '', id: '', command: '', original: '' };
      const plant = planter();
      function* events(): Generator<LakeEvent> {
        const copies = Math.ceil(EVENTS / templates.length);
        let n = 0;
        for (let copy = 0; copy < copies; copy++) {
          const day = FIRST_DAY + Math.floor((copy * DAYS) / copies) * DAY_MS;
          if (copy % 10 === 0) progress(`${n} events written`);
          for (const template of templates) {
            if (n >= EVENTS) return;
            const started = performance.now();
            // Different parts of a day, and another half hour for each file.
            const at = { n: copy, day: day + ((template.start / 1000) % 20) * 3600_000 + (copy % 97) * 31_000 };
            const event = eventOf(template, at, idOf('bench', String(n)), plant);
            if (n === Math.floor(EVENTS / 2)) machine.id = event.id;
            if (copy === Math.floor(copies / 2)) {
              const ecs = event.parsed.ecs();
              machine.host = ecs['host.name'] ?? machine.host;
              const command = ecs['process.command_line'];
              if (command && command.length > 60 && datasetOf(template.logsource, ecs) === 'process')
                machine.command = command.slice(-40);
            }
            if (event.time >= TEXT_DAY && event.time < TEXT_DAY + DAY_MS)
              machine.original = event.original.slice(-90, -40);
            if (sampled && sampled.length < SAMPLE) sampled.push(event.original);
            n++;
            generating += performance.now() - started;
            yield event;
          }
        }
      }
      const started = performance.now();
      const written = await writeParquet(root, 'bench', events());
      const seconds = (performance.now() - started) / 1000;
      const zipped = (await zip(sampled.join('\n'))).length / sampled.length;
      const plain = Buffer.byteLength(sampled.join('\n')) / sampled.length;
      sampled = null;
      const status = await lake.forTenant('bench').status();

      progress('the whole way, from accepted batches …');
      const whole = await landing(root, templates);

      const tenant = lake.forTenant('bench');
      const times = await runAll(tenant, HUNTS, {}, progress);
      const values = {
        ...Object.fromEntries(Object.entries(planted).map(([name, [, value]]) => [name, value])),
        'a machine': machine.host,
        'an event': machine.id,
        'words of a command line': machine.command,
      };
      const needles = await runAll(tenant, NEEDLES, values, progress);
      const text = await runAll(
        tenant,
        {
          'words of an original, one day':
            "SELECT time, host_name FROM events WHERE original LIKE '%' || $value || '%' LIMIT 100",
        },
        { 'words of an original, one day': machine.original },
        progress,
        { from: TEXT_DAY, until: TEXT_DAY + DAY_MS, timeoutMs: 120_000 },
      );
      const gigabytes = (bytes: number) => bytes / 1e9;
      const hunts = Object.values(times).map(({ middle }) => middle);
      return {
        name: 'lake',
        method: `${written} events made from ${templates.length} recorded ones with other machines, people, addresses and times, over ${DAYS} days; ${status.files} files. Each query ${RUNS} times in a process of its own with two threads and 1 GB; the middle time counts.`,
        figures: [
          figure('written into Parquet', Math.round(written / (seconds - generating / 1000)), 'events/s'),
          figure('the whole way: from accepted batches to sorted files', Math.round(whole), 'events/s'),
          figure('a record as JSON', plain, 'bytes'),
          figure("as gzip'd JSON", zipped, 'bytes'),
          figure('in the lake, columns included', status.bytes / written, 'bytes'),
          figure('the lake', gigabytes(status.bytes), 'GB'),
          ...Object.entries(times).map(([name, { middle }]) => figure(`hunt: ${name}`, middle / 1000, 's')),
          figure('hunts, median', median(hunts) / 1000, 's', '<= 1'),
          ...Object.entries(needles).map(([name, { middle }]) => figure(`needle: ${name}`, middle / 1000, 's', '<= 2')),
          figure(
            'needles, slowest at first',
            Math.max(...Object.values(needles).map(({ first }) => first)) / 1000,
            's',
          ),
          ...Object.entries(text).map(([name, { middle }]) => figure(name, middle / 1000, 's')),
        ],
      };
    } finally {
      lake.close();
      await rm(root, { recursive: true, force: true });
    }
  },
};
export default bench;

async function runAll(
  tenant: TenantLake,
  queries: Record<string, string>,
  values: Record<string, string>,
  progress: (text: string) => void,
  options: { from?: number; until?: number; timeoutMs?: number } = {},
): Promise<Record<string, { middle: number; first: number }>> {
  const times: Record<string, { middle: number; first: number }> = {};
  for (const [name, sql] of Object.entries(queries)) {
    const taken: number[] = [];
    let rows = 0;
    for (let run = 0; run < RUNS; run++) {
      const result = await tenant.query(sql, name in values ? { value: values[name]! } : [], {
        timeoutMs: 120_000,
        ...options,
      });
      taken.push(result.ms);
      rows = result.rows.length;
    }
    progress(`${name}: ${taken.map((ms) => ms.toFixed(0)).join(', ')} ms, ${rows} rows`);
    // What finds nothing shows nothing of how long finding takes.
    if (rows === 0) throw new Error(`"${name}" finds nothing of ${values[name] ?? 'what was written'}`);
    times[name] = { middle: median(taken), first: taken[0]! };
  }
  return times;
}

/** Accepted batches of 1,000 records to recent files and from there to sorted ones, in this thread. @returns events a second */
async function landing(root: string, templates: Awaited<ReturnType<typeof readTemplates>>): Promise<number> {
  const places = placesOf(root, 'whole-way');
  const formats = await loadFormats();
  const origin = { tenant: 'whole-way', source: 'bench', format: null, simulated: false };
  let lines: string[] = [];
  let count = 0;
  for (const template of templates) {
    lines.push(eventOf(template, { n: 1, day: FIRST_DAY }, '').original);
    if (lines.length < 300 && count + lines.length < LANDING) continue;
    const { data, options } = await eventsJob(origin, lines, FIRST_DAY, String(count));
    await spool(places, options.jobId, data);
    count += lines.length;
    lines = [];
    if (count >= LANDING) break;
  }
  const journal = new Journal(places);
  const started = performance.now();
  while ((await land(places, journal, formats, Date.now)) !== null);
  while (await compact(places, journal, () => Date.now() + 3600_000));
  const seconds = (performance.now() - started) / 1000;
  return [...(await journal.read()).files.values()].reduce((sum, { rows }) => sum + rows, 0) / seconds;
}
