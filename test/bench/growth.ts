import { compileRules } from '../../engine/detect/index.js';
import { readRuleFiles } from '../../engine/detect/rulesets/files.js';
import { readRuleText } from '../../engine/detect/sigma/document.js';
import type { Matcher } from '../../engine/detect/types.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { figure, type Measurement } from '../support/figures.js';
import { random } from '../support/random.js';
import { sharedData } from '../support/shared.js';
import { readLogs } from './detect.js';

const SIZES = [500, 1000, 2000];
const EVENTS = 20_000;
const ROUNDS = 8;
const SLICE = 250;
const SEED = 4;

/** `n` of a list, evenly spread over it, so that neighbours (rules of one kind, events of one log) are taken in proportion. */
function spread<T>(list: readonly T[], n: number, seed: number): T[] {
  if (n >= list.length) return [...list];
  const offset = random(seed).next();
  return Array.from({ length: n }, (_, i) => list[Math.floor(((i + offset) * list.length) / n)]!);
}

/** Processor time of work on a list, slice by slice, the least of each slice over all rounds: what else the machine does only ever adds. */
class Least {
  private readonly slices: number[] = [];
  constructor(private readonly work: (line: string) => void) {}
  round(lines: readonly string[]): void {
    for (let from = 0; from < lines.length; from += SLICE) {
      const slice = lines.slice(from, from + SLICE);
      const before = process.cpuUsage();
      for (const line of slice) this.work(line);
      const { user, system } = process.cpuUsage(before);
      const took = user + system;
      this.slices[from / SLICE] = Math.min(this.slices[from / SLICE] ?? Number.POSITIVE_INFINITY, took);
    }
  }
  /** Microseconds for each of so many lines. */
  each(lines: number): number {
    return this.slices.reduce((sum, us) => sum + us, 0) / lines;
  }
}

/** Exponent k of cost = c × rules^k that fits best (least squares over logarithms). */
function exponentOf(points: readonly (readonly [rules: number, cost: number])[]): number {
  const logs = points.map(([rules, cost]) => [Math.log(rules), Math.log(cost)] as const);
  const mean = (at: 0 | 1) => logs.reduce((sum, point) => sum + point[at], 0) / logs.length;
  const [x0, y0] = [mean(0), mean(1)];
  const over = logs.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0);
  return over / logs.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
}

const growth: Measurement = {
  name: 'growth',
  summary: 'what an event costs with 500, 1,000, 2,000 and all rules',
  async run({ data, rules }, progress) {
    const path = data ?? sharedData('otrf');
    const folders = rules.length > 0 ? rules : [sharedData('sigmahq') ?? ''];
    if (!path || folders.includes('')) throw new Error('the shared data is not here: name --data and --rules');
    const files = (await Promise.all(folders.map(readRuleFiles))).flatMap((read) => read.files);
    const texts = new Map(files.map(({ content }) => [content, readRuleText(content)]));
    const read = (content: string) => texts.get(content)!;
    const matchers: { rules: number; matcher: Matcher }[] = [];
    for (const size of [...SIZES.filter((n) => n < files.length), files.length]) {
      const { matcher } = compileRules(spread(files, size, SEED), {}, read);
      matchers.push({ rules: size, matcher });
      progress(`${size} rule files: ${matcher.rules.length} rules run`);
    }

    const lines: string[] = [];
    for await (const buffer of readLogs(path)) lines.push(...buffer.toString('utf8').split('\n').filter(Boolean));
    const sample = spread(lines, EVENTS, SEED);
    const formats = await loadFormats();
    const recogniser = formats.recogniser();
    const received = Date.now();
    let kept: unknown;
    let found = 0;
    const floor = new Least((line) => {
      kept = JSON.parse(line);
    });
    const reading = new Least((line) => {
      kept = recogniser.read(line, null, received).parsed;
    });
    const scans = matchers.map(
      ({ matcher }) =>
        new Least((line) => {
          found += matcher.match(recogniser.read(line, null, received).parsed).length;
        }),
    );
    for (let round = 0; round < ROUNDS; round++) for (const each of [floor, reading, ...scans]) each.round(sample);
    if (kept === undefined || found === 0) throw new Error(`nothing was found in the events under ${path}`);
    const costs = (least: Least) =>
      matchers.map(({ rules }, i) => [rules, scans[i]!.each(sample.length) - least.each(sample.length)] as const);
    const beyond = costs(floor);
    const matching = costs(reading);
    const [first, last] = [beyond[0]!, beyond.at(-1)!];
    const more = last[0] / first[0];
    return {
      name: 'growth',
      method: `${sample.length} events spread evenly over ${path.split('/').at(-1)}, rules spread evenly over all kinds (seed ${SEED}), one thread; microseconds of processor time an event beyond reading the line and JSON.parse (${floor.each(sample.length).toPrecision(3)} µs), the least of ${ROUNDS} alternating rounds for every ${SLICE} events. Reading a record as an event of its format is part of it, matching alone is not.`,
      figures: [
        ...beyond.map(([rules, cost]) => figure(`${rules} rules, beyond parse`, cost, 'µs/event')),
        ...matching.map(([rules, cost]) => figure(`${rules} rules, matching alone`, cost, 'µs/event')),
        figure(`${last[0]} rules cost as much as ${first[0]} rules, times`, last[1] / first[1], '×', `<= ${more / 2}`),
        figure('exponent of growth, beyond parse', exponentOf(beyond), '', '<= 0.8'),
        figure('exponent of growth, matching alone', exponentOf(matching), '', '<= 0.95'),
      ],
    };
  },
};
export default growth;
