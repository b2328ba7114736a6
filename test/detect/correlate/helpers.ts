import { createCorrelator } from '../../../engine/detect/correlate/correlator.js';
import { memoryState } from '../../../engine/detect/correlate/memory.js';
import type { State } from '../../../engine/detect/correlate/types.js';
import type { Found, Seen } from '../../../engine/detect/found.js';
import { compileRules, type RuleBase } from '../../../engine/detect/index.js';
import type { Fields } from '../../../engine/event.js';
import { ANY_SOURCE } from '../sigma/helpers.js';

/** Rules `a`, `b`, `c`, `d`: each matches events whose field `k` is (or holds) its letter. */
export const BASE = ['a', 'b', 'c', 'd']
  .map(
    (name) =>
      `title: Rule ${name}\nid: id-${name}\nname: ${name}\nlogsource: {}\ndetection:\n  s:\n    k: ${name}\n  condition: s\n`,
  )
  .join('---\n');

/** A correlation document; `block` is YAML under `correlation:`. */
export const correlation = (block: string, name = 'x', extra = ''): string =>
  `---\ntitle: Correlation ${name}\nid: id-${name}\nname: ${name}\nlevel: high\n${extra}correlation:\n${block
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}\n`;

/** @throws Error with the first problem's code and reason */
export function baseOf(text: string): RuleBase {
  const base = compileRules([{ file: 'c.yml', content: text }]);
  if (base.problems[0]) throw new Error(`${base.problems[0].code} ${base.problems[0].reason}`);
  return base;
}

/** An event: seconds after `T0`, and fields. */
export type Sample = [at: number, fields: Fields];
export const T0 = Date.UTC(2026, 10, 24, 12, 0, 0);

export function recordOf([at, fields]: Sample, tenant = 'acme'): Seen {
  const time = T0 + at * 1000;
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return {
    tenant,
    source: 'test',
    format: 'test',
    line: JSON.stringify([at, fields]),
    simulated: false,
    parsed: {
      time,
      logsource: ANY_SOURCE,
      fields,
      ecs: () => ({
        '@timestamp': new Date(time).toISOString(),
        'host.name': text(fields.host),
        'user.name': text(fields.user),
        'source.ip': text(fields.ip),
      }),
    },
  };
}

/** Run samples in batches. @returns what was found, the latest version of each detection, by id */
export async function run(
  base: RuleBase,
  batches: readonly (readonly Sample[])[],
  { state = memoryState(), tenant = 'acme', now = () => T0, judge = true }: RunOptions = {},
): Promise<{ found: Map<string, Found>; late: number; cut: number }> {
  const correlator = createCorrelator(base.correlations, state, now);
  const found = new Map<string, Found>();
  let late = 0;
  let cut = 0;
  for (const batch of batches) {
    const watch = correlator.watch(tenant);
    for (const sample of batch) {
      const record = recordOf(sample, tenant);
      watch.observe(record, [...base.matcher.match(record.parsed)]);
    }
    const result = await watch.settle();
    for (const each of result.found) found.set(each._id, each);
    late += result.late;
    cut += result.cut;
  }
  while (judge) {
    const result = await correlator.judge(tenant);
    for (const each of result.found) found.set(each._id, each);
    await result.done();
    if (result.judged === 0) break;
  }
  return { found, late, cut };
}

interface RunOptions {
  state?: State;
  tenant?: string;
  now?: () => number;
  judge?: boolean;
}

/** `<rule name letter>@<seconds>` of each detection, sorted by time: when it fired. */
export const shown = (found: ReadonlyMap<string, Found>): string[] =>
  [...found.values()]
    .sort((a, b) => a.event.time - b.event.time || (a.rule.id < b.rule.id ? -1 : 1))
    .map((each) => `${each.rule.id.slice(3)}@${(each.event.time - T0) / 1000}`);

/** One document and its events in one go. */
export async function firesOf(text: string, samples: readonly Sample[]): Promise<string[]> {
  return shown((await run(baseOf(text), [samples])).found);
}
