import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { MdrError } from '../../engine/errors.js';
import { seenOf } from '../../engine/hunt/input.js';
import { loadModels } from '../../engine/hunt/models/index.js';
import type { Finding, Seen } from '../../engine/hunt/models/types.js';
import { GRID, gridOf, Running } from '../../engine/hunt/runner/one.js';
import { newRecord } from '../../engine/hunt/runner/types.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { figure, type Measurement } from '../support/figures.js';
import { random as seeded } from '../support/random.js';
import { sharedData } from '../support/shared.js';
import { ordinaryFlows, placeCloud, placeZeek } from './models/records.js';
import { type Line, maker } from './triage/maker.js';
import { ordinaryDay } from './triage/ordinary.js';
import { company } from './triage/people.js';
import { place, recordings } from './triage/place.js';

const DAY = 86_400_000;
/** A Monday. */
const START = Date.UTC(2026, 9, 5);
/** Ordinary days before the first attack, and days with attacks. */
const BEFORE = 14;
const DAYS = 7;
/** Ordinary activity by this much. */
const SHARE = Number(process.env.MDR_EVAL_SHARE ?? 0.25);
const SEED = Number(process.env.MDR_EVAL_SEED ?? 7);

interface Recorded {
  name: string;
  lines: Line[];
}

/** Recorded attacks in an ordinary company, with all rules switched off: which of them hunting models alone find. */
const models: Measurement = {
  name: 'models',
  summary:
    'recorded attacks in ordinary weeks, rules switched off: which the hunting models alone find, and what else they say',
  async run(options, progress) {
    const otrf = options.data ?? sharedData('otrf');
    if (!otrf) throw new Error('the shared data is not here: name --data, its folder "otrf"');
    const beside = (folder: string) => (existsSync(join(dirname(otrf), folder)) ? join(dirname(otrf), folder) : null);
    const [zeek, cloud] = [beside('zeek'), beside('cloudtrail')];
    const formats = await loadFormats();
    const random = seeded(SEED).next;
    const make = maker(company(random), random);
    const window = { start: START + BEFORE * DAY, days: DAYS, random, company: make.company };
    const read = (folder: string, file: string) =>
      gunzipSync(readFileSync(join(folder, file)))
        .toString('utf8')
        .split('\n')
        .filter(Boolean);
    const attacks: Recorded[] = [
      ...place(recordings(otrf), window),
      ...(zeek ? [{ name: 'zeek apt29-day1', lines: placeZeek(read(zeek, 'apt29-day1.jsonl.gz'), window) }] : []),
      ...(cloud ? [{ name: 'cloudtrail stratus', lines: placeCloud(read(cloud, 'stratus.jsonl.gz'), window) }] : []),
    ];
    const all = await loadModels();
    const running = all.map(
      (model) =>
        new Running(model, newRecord(START), model.start(), {
          known: {},
          off: false,
          every: Math.max(4 * GRID, model.every ?? 0),
        }),
    );
    const attackOf = new Map<string, string>();
    let events = 0;
    let slot = START;
    const began = performance.now();
    for (let day = 0; day < BEFORE + DAYS + 1; day++) {
      const midnight = START + day * DAY;
      const ordinary =
        day < BEFORE + DAYS ? [...ordinaryDay(make, midnight, day, SHARE), ...ordinaryFlows(make, midnight)] : [];
      const lines: (Line & { attack: string | null })[] = ordinary.map((line) => ({ ...line, attack: null }));
      for (const { name, lines: recorded } of attacks)
        for (const line of recorded)
          if (Math.floor((line.time - START) / DAY) === day) lines.push({ ...line, attack: name });
      const recogniser = formats.recogniser();
      const seen: Seen[] = [];
      for (const [i, { line, attack, time }] of lines.entries()) {
        try {
          const id = `${day}-${i}`;
          seen.push({ ...seenOf(recogniser.read(line, null, time).parsed, id), time });
          if (attack) attackOf.set(id, attack);
        } catch (error) {
          if (!(error instanceof MdrError)) throw error;
        }
      }
      seen.sort((a, b) => a.time - b.time);
      events += seen.length;
      for (let from = 0; from < seen.length; ) {
        const its = gridOf(seen[from]!.time);
        let to = from;
        while (to < seen.length && seen[to]!.time < its + GRID) to++;
        for (; slot < its; slot += GRID) for (const each of running) each.reach(slot + GRID);
        for (const each of running) each.take(seen.slice(from, to));
        from = to;
      }
      for (const each of running) each.reach(midnight + DAY);
      progress(
        `day ${day + 1}: ${seen.length.toLocaleString('en')} events, ${running.reduce((n, { fresh }) => n + fresh.length, 0)} findings so far`,
      );
    }
    const seconds = (performance.now() - began) / 1000;
    for (const { fault, model } of running) if (fault) throw new Error(`${model.name}: ${fault.stack}`);

    const findings = running.flatMap(({ fresh }) => fresh);
    const by = new Map<string, Finding[]>();
    const empty: Finding[] = [];
    for (const finding of findings) {
      // Of the attack that most of its events are of; half of them at least.
      const names = finding.evidence.map((id) => attackOf.get(id) ?? null);
      const counts = grouped(names, (name) => name);
      const [best] = [...counts].filter(([name]) => name !== null).sort((a, b) => b[1].length - a[1].length);
      if (best && best[1].length * 2 >= names.length) by.set(best[0]!, [...(by.get(best[0]!) ?? []), finding]);
      else empty.push(finding);
    }
    progress('');
    progress('findings  recording: models');
    for (const { name } of attacks) {
      const found = by.get(name) ?? [];
      const said = grouped(found, ({ model }) => model);
      progress(
        `${String(found.length).padStart(8)}  ${name}: ${[...said].map(([model, { length }]) => (length > 1 ? `${model} × ${length}` : model)).join(', ') || 'NOTHING'}`,
      );
    }
    progress('');
    for (const { model, score, words } of empty)
      progress(`without an attack: ${model} ${score.toFixed(2)} ${words.slice(0, 220)}`);
    const people = make.company.people.length;
    const weekly = (empty.length / ((BEFORE + DAYS) / 7)) * (1000 / people);
    const perModel = [...grouped(empty, ({ model }) => model)].map(
      ([, { length }]) => (length / ((BEFORE + DAYS) / 7)) * (1000 / people),
    );
    return {
      name: 'models',
      method: `${attacks.length} recordings placed into the last week of ${BEFORE + DAYS} days of ${people} people (seed ${SEED}, share ${SHARE}); ${all.length} models as the runner asks them, hourly; no rule runs. A finding is a recording's when at least half of its events are.`,
      figures: [
        figure('events', events, ''),
        figure(
          'recordings found by models alone',
          by.size,
          `of ${attacks.length}`,
          `>= ${Math.ceil(attacks.length * 0.6)}`,
        ),
        figure(
          'models that found one',
          new Set([...by.values()].flat().map(({ model }) => model)).size,
          `of ${all.length}`,
        ),
        figure('findings in recordings', findings.length - empty.length, ''),
        figure('findings without an attack', empty.length, ''),
        figure('findings without an attack, a week and 1,000 people, all models', weekly, '', '<= 8'),
        figure('the same, of the loudest model', Math.max(0, ...perModel), '', '<= 1'),
        figure('events a second through all models', Math.round(events / seconds), '/s'),
      ],
    };
  },
};
export default models;

function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
