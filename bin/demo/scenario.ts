import { type DemoShape, demoIntrusion, demoNoise, demoShapes } from './content.js';
import { render, type Scope, seeded, type Vars } from './render.js';

/** Ordinary activity before the intrusion begins and after it ends, in seconds. */
const LEAD_S = 180;

export interface DemoEvent {
  /** Who sends it: the name of a source, one token each. */
  source: string;
  /** Name of its log format. */
  format: string;
  /** Event time, epoch milliseconds. */
  time: number;
  /** The record as it goes through the door; nothing in it says that it is simulated. */
  line: string;
  /** Id of the step of the intrusion that it belongs to. */
  step?: string;
  /** Id of the noise template that it was made from. */
  noise?: string;
}

export interface DemoOptions {
  /** Epoch milliseconds of the first event. */
  start: number;
  seed: number;
  /** Ordinary events for each step of the intrusion. */
  noisePerStep?: number;
}

/** The sources of the demo with their formats, each once. */
export function demoSources(): { source: string; format: string }[] {
  const seen = new Map(Object.values(demoShapes()).map(({ source, format }) => [source, format]));
  return [...seen].map(([source, format]) => ({ source, format }));
}

/**
 * The whole demo: the intrusion among ordinary events, about 46 minutes of event time. The same arguments give the same events.
 * @returns events sorted by time; the first is at `start`
 * @throws Error when the demo's data are inconsistent
 */
export function demoEvents({ start, seed, noisePerStep = 50 }: DemoOptions): DemoEvent[] {
  const shapes = demoShapes();
  const intrusion = demoIntrusion();
  const noise = demoNoise();
  const random = seeded(seed);
  const events: DemoEvent[] = [];

  const add = (shapeName: string, seconds: number, vars: Vars, origin: Pick<DemoEvent, 'step' | 'noise'>) => {
    const shape = shapes[shapeName];
    if (!shape) throw new Error(`the demo has no shape "${shapeName}"`);
    const time = start + Math.round(seconds * 1000);
    const scope: Scope = { vars: { ...shape.defaults, ...vars }, time, random, seed };
    events.push({ source: shape.source, format: shape.format, time, line: lineOf(shape, scope), ...origin });
  };

  for (const step of intrusion.steps) {
    const used = Object.assign({}, ...step.use.map((name) => named(intrusion.vars, name)));
    for (const { shape, after, repeat, set } of step.records)
      for (let i = 0; i < repeat.times; i++)
        add(shape, LEAD_S + step.at + after + i * repeat.every, { ...used, ...set }, { step: step.id });
  }

  const span = 2 * LEAD_S + Math.max(...intrusion.steps.map((step) => step.at));
  const weights = noise.templates.map((template) => template.weight);
  for (let i = 0; i < noisePerStep * intrusion.steps.length; i++) {
    const template = noise.templates[drawn(weights, random())]!;
    const chosen = template.choose.map((name) => {
      const list = named(noise.lists, name);
      return list[Math.floor(random() * list.length)]!;
    });
    const vars = Object.assign({}, ...chosen, template.set);
    add(template.shape, i === 0 ? 0 : random() * span, vars, { noise: template.id });
  }
  for (const { id, at, shape, set } of noise.once) add(shape, LEAD_S + at, set, { noise: id });

  return events.sort((a, b) => a.time - b.time);
}

function lineOf(shape: DemoShape, scope: Scope): string {
  return shape.line === undefined ? JSON.stringify(render(shape.record, scope)) : String(render(shape.line, scope));
}

function named<T>(from: Record<string, T>, name: string): T {
  const found = from[name];
  if (found === undefined) throw new Error(`the demo has no list or set of values "${name}"`);
  return found;
}

/** Index drawn by weight. @param at in [0, 1) */
function drawn(weights: readonly number[], at: number): number {
  let left = at * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return index < 0 ? weights.length - 1 : index;
}
