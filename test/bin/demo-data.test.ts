import { beforeAll, describe, expect, it } from 'vitest';
import { demoIntrusion, demoNoise, demoTenant } from '../../bin/demo/content.js';
import { type DemoEvent, demoEvents, demoSources } from '../../bin/demo/scenario.js';
import { createCorrelator } from '../../engine/detect/correlate/correlator.js';
import { memoryState } from '../../engine/detect/correlate/memory.js';
import { loadRules, ownRules } from '../../engine/detect/index.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { entityOf } from '../../engine/triage/observables.js';

const START = Date.UTC(2026, 10, 24, 2, 10);
const { steps } = demoIntrusion();
const noise = demoNoise();
const events = demoEvents({ start: START, seed: 7 });
const attack = events.filter((event) => event.step !== undefined);
const ordinary = events.filter((event) => event.step === undefined);

interface Outcome {
  event: DemoEvent;
  format: string;
  time: number;
  entity: string;
  rules: string[];
}
const outcomes = new Map<DemoEvent, Outcome>();

/** Files of the rules that any of these events matched, sorted. */
const matched = (of: readonly DemoEvent[]) => [...new Set(of.flatMap((event) => outcomes.get(event)!.rules))].sort();

beforeAll(async () => {
  const [formats, { matcher, correlations }] = await Promise.all([loadFormats(), loadRules([ownRules])]);
  const recogniser = formats.recogniser();
  for (const event of events) {
    // The sender names no format here: each line must be recognised for what it is.
    const { format, parsed } = recogniser.read(event.line, null, event.time);
    const alone = matcher.match(parsed).filter(({ id }) => !correlations.silent.has(id));
    const rules = alone.map((rule) => rule.file);
    const entity = entityOf(parsed.ecs(), event.source).value;
    outcomes.set(event, { event, format: format.name, time: parsed.time, entity, rules });
  }
});

describe('the demo tenant', () => {
  it('has a profile that the store accepts, with crown jewels that the intrusion reaches', () => {
    const { id, profile } = demoTenant();
    expect(id).toBe('tarnwick');
    const touched = new Set(attack.map((event) => outcomes.get(event)!.entity));
    for (const { name } of profile.crownJewels) expect(touched).toContain(name.toLowerCase());
  });
});

describe('the demo events', () => {
  it('are the same for the same seed and differ for another', () => {
    expect(demoEvents({ start: START, seed: 7 })).toEqual(events);
    expect(demoEvents({ start: START, seed: 8 })).not.toEqual(events);
  });

  it('begin at the time given, are sorted, and last about 46 minutes', () => {
    expect(events[0]!.time).toBe(START);
    expect(events.map((event) => event.time)).toEqual(events.map((event) => event.time).sort((a, b) => a - b));
    const minutes = (events.at(-1)!.time - START) / 60_000;
    expect(minutes).toBeGreaterThan(40);
    expect(minutes).toBeLessThan(50);
  });

  it('hold about 1,500 ordinary ones, or as many as asked for', () => {
    expect(ordinary.length).toBeGreaterThan(1300);
    expect(ordinary.length).toBeLessThan(1700);
    const few = demoEvents({ start: START, seed: 7, noisePerStep: 2 }).filter((event) => event.noise !== undefined);
    expect(few).toHaveLength(2 * steps.length + noise.once.length);
  });

  it('are recognised as their format, with their time', () => {
    for (const event of events) {
      const { format, time } = outcomes.get(event)!;
      expect(format, event.line).toBe(event.format);
      // CloudTrail's times are whole seconds.
      const least = event.format === 'cloudtrail' ? 1000 : 1;
      expect(Math.abs(time - event.time), event.line).toBeLessThan(least);
    }
  });

  it('come from the sources that the demo declares', () => {
    const sources = new Set(attack.map((event) => event.source));
    expect(sources.size).toBeGreaterThanOrEqual(3);
    expect([...sources].sort()).toEqual(
      demoSources()
        .map(({ source }) => source)
        .sort(),
    );
  });

  it('say nowhere that they are simulated, and leave no placeholder', () => {
    for (const { line } of events) expect(line).not.toMatch(/simulat|\bdemo\b|\{\{|undefined|\[object/i);
  });

  it('use only addresses and names set aside for examples', () => {
    const allowed = /^(10\.|127\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.)/;
    for (const { line } of events) {
      const versions = /Chrome\/[\d.]+|WindowsPowerShell\/[\d.]+|Platform\\\\[\d.-]+|OneDrive\/[\d.]+/g;
      for (const [address] of line.replace(versions, '').matchAll(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/g))
        expect(address, line).toMatch(allowed);
    }
  });
});

describe('the intrusion', () => {
  it.each(steps.map((step) => [step.id, step] as const))(
    '%s matches the rules that it names and no others',
    (id, step) => {
      expect(matched(attack.filter((event) => event.step === id))).toEqual([...step.rules].sort());
    },
  );

  it('spans about 40 minutes and at least nine tactics', () => {
    expect((attack.at(-1)!.time - attack[0]!.time) / 60_000).toBeCloseTo(40, 0);
    expect(new Set(steps.map((step) => step.tactic)).size).toBeGreaterThanOrEqual(9);
  });

  it('makes several alerts with several rules each', () => {
    const rulesOf = new Map<string, Set<string>>();
    for (const event of attack) {
      const { entity, rules } = outcomes.get(event)!;
      for (const rule of rules) rulesOf.set(entity, (rulesOf.get(entity) ?? new Set()).add(rule));
    }
    const alerts = Object.fromEntries([...rulesOf].map(([entity, rules]) => [entity, rules.size]));
    expect(alerts).toEqual({
      'tw-ws-014': 11,
      '10.20.30.14': 3,
      'tw-dc-01': 5,
      'tw-fs-01': 6,
      'tw-build-02': 6,
      '10.20.40.12': 1,
      'svc-build-deploy': 6,
      'tw-web-01': 1,
      '10.20.10.20': 1,
    });
    expect(matched(attack).length).toBeGreaterThanOrEqual(14);
  });
});

describe('the noise', () => {
  it('matches no rule, whatever the seed draws', async () => {
    const [formats, { matcher, correlations }] = await Promise.all([loadFormats(), loadRules([ownRules])]);
    const declared = new Set(noise.once.map((item) => item.id));
    for (const seed of [1, 2, 3]) {
      const watch = createCorrelator(correlations, memoryState(), () => START).watch('tarnwick');
      for (const { line, time, noise: from } of demoEvents({ start: START, seed })) {
        if (from === undefined || declared.has(from)) continue;
        const { format, parsed } = formats.recogniser().read(line, null, time);
        const hits = [...matcher.match(parsed)];
        const alone = hits.filter(({ id }) => !correlations.silent.has(id));
        expect(
          alone.map((rule) => rule.file),
          line,
        ).toEqual([]);
        const seen = { tenant: 'tarnwick', source: 's', format: format.name, line, parsed, simulated: false };
        watch.observe(seen, hits);
      }
      expect((await watch.settle()).found.map(({ rule }) => rule.title)).toEqual([]);
    }
  });

  it('draws every template', () => {
    const drawn = new Set(ordinary.map((event) => event.noise));
    expect(noise.templates.map((template) => template.id).filter((id) => !drawn.has(id))).toEqual([]);
  });

  it.each(noise.once.map((item) => [item.id, item.rules] as const))(
    '%s looks like an attack and is declared',
    (id, rules) => {
      expect(matched(ordinary.filter((event) => event.noise === id))).toEqual([...rules].sort());
    },
  );
});
