import { createHash } from 'node:crypto';
import { loadRules } from '../../engine/detect/index.js';
import { createLookout, type Lookout } from '../../engine/detect/indicators/hits/lookout.js';
import { readFieldMap } from '../../engine/detect/indicators/hits/plan.js';
import { TableBuilder } from '../../engine/detect/indicators/memory/builder.js';
import { Table } from '../../engine/detect/indicators/memory/table.js';
import type { IndicatorType, Known } from '../../engine/detect/indicators/types.js';
import type { Parsed } from '../../engine/event.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { figure, type Measurement } from '../support/figures.js';
import { random } from '../support/random.js';
import { sharedData } from '../support/shared.js';
import { readLogs } from './detect.js';

const ROUNDS = 7;
const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Made-up indicators in the mix that feeds have, none of which stands in the logs. */
export function* madeUp(count: number): Generator<Known> {
  const { int, next } = random(11);
  const hex = (n: number, length: number) => createHash('sha512').update(`${n}`).digest('hex').slice(0, length);
  const word = (n: number) => hex(n, 6 + (n % 14)).replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)]!);
  const address = () => `${11 + int(100)}.${int(256)}.${int(256)}`;
  for (let n = 0; n < count; n++) {
    const share = next();
    const [type, value]: [IndicatorType, string] =
      share < 0.25
        ? ['ip', `${address()}.${int(256)}`]
        : share < 0.27
          ? ['ip', `${address()}.0/24`]
          : share < 0.29
            ? ['ip', `2a0${int(10)}:${hex(n, 4)}::${hex(n, 3)}`]
            : share < 0.54
              ? ['domain', `${word(n)}.${word(n % 999)}.example`]
              : share < 0.74
                ? ['url', `${word(n)}.example/${hex(n, 12)}/${word(n)}.php?id=${n}`]
                : share < 0.84
                  ? ['sha256', hex(n, 64)]
                  : share < 0.92
                    ? ['md5', hex(n, 32)]
                    : share < 0.97
                      ? ['sha1', hex(n, 40)]
                      : ['email', `${word(n)}@${word(n % 777)}.example`];
    yield { type, value, source: `feed-${n % 20}`, confidence: 50 + (n % 50), expires: 2e12, threat: null };
  }
}

function build(count: number): { table: Table; ms: number } {
  const started = performance.now();
  const builder = new TableBuilder();
  for (const known of madeUp(count)) builder.add(known);
  const { data } = builder.build();
  return { table: new Table(data), ms: performance.now() - started };
}

/** The dearest kind of event: a sensor's web request, of which nothing was seen before. @returns nanoseconds each */
function timeWeb(lookout: Lookout): number {
  const { int } = random(5);
  const logsource = { product: 'zeek', service: 'http', categories: ['proxy', 'webserver'] };
  const events = Array.from({ length: 50_000 }, (_, n): Parsed => {
    const host = `h${int(1e9)}.cdn.example`;
    const to = `${11 + int(100)}.${int(256)}.${int(256)}.${int(256)}`;
    const uri = `/a/${n}/b?c=${int(1e9)}`;
    const fields = { 'id.orig_h': '10.0.0.5', 'id.resp_h': to, host, 'cs-host': host, uri, 'c-uri': uri, dst_ip: to };
    return { time: Date.now(), logsource, fields, ecs: () => ({ '@timestamp': '' }) };
  });
  const started = performance.now();
  for (const event of events) lookout.match(event);
  return ((performance.now() - started) / events.length) * 1e6;
}

const indicators: Measurement = {
  name: 'indicators',
  summary: 'what looking for a million indicators costs beside the rules, one thread; memory of one and three million',
  async run({ data, rules }, progress) {
    const path = data ?? sharedData('otrf');
    const folders = rules.length > 0 ? rules : [sharedData('sigmahq') ?? ''];
    if (!path || folders.includes('')) throw new Error('the shared data is not here: name --data and --rules');
    const million = build(1_000_000);
    progress(`1,000,000 indicators in ${Math.round(million.ms)} ms`);
    const three = build(3_000_000);
    progress(`3,000,000 indicators in ${Math.round(three.ms)} ms`);
    const formats = await loadFormats();
    const { matcher } = await loadRules(folders);
    const map = readFieldMap();

    // Parsed beforehand: what is measured is the looking alone.
    const events: Parsed[] = [];
    const recogniser = formats.recogniser();
    for await (const buffer of readLogs(path))
      for (const line of buffer.toString('utf8').split('\n'))
        if (line !== '') events.push(recogniser.read(line, null, Date.now()).parsed);
    let hits = 0;
    const time = (work: (event: Parsed) => { length: number }): number => {
      const started = performance.now();
      hits = 0;
      for (const event of events) hits += work(event).length;
      return performance.now() - started;
    };
    // A new lookout each round: what it remembers of the round before would flatter it.
    const looking = (table: Table) => () => createLookout([table], map, Date.now);
    const ways = { rules: () => matcher, one: looking(million.table), three: looking(three.table) };
    const took = { rules: [] as number[], one: [] as number[], three: [] as number[] };
    for (let round = 0; round <= ROUNDS; round++)
      for (const [name, way] of Object.entries(ways)) {
        const looker = way();
        const ms = time((event) => looker.match(event));
        if (round > 0) took[name as keyof typeof took].push(ms);
      }
    const [forRules, forOne, forThree] = [median(took.rules), median(took.one), median(took.three)];
    const forWeb = median(Array.from({ length: 3 }, () => timeWeb(createLookout([million.table], map, Date.now))));
    progress(
      `rules ${Math.round(forRules)} ms, indicators ${forOne.toFixed(1)} ms, three million ${forThree.toFixed(1)} ms`,
    );
    return {
      name: 'indicators',
      method: `${events.length} parsed events from ${path.split('/').at(-1)}, ${matcher.rules.length} rules, made-up indicators in the mix of feeds, one thread; median of ${ROUNDS} rounds after one uncounted. Build times include making the indicators up.`,
      figures: [
        figure('indicators, of the time for rules', forOne / forRules, '×', '<= 0.15'),
        figure('the same with 3,000,000', forThree / forRules, '×'),
        figure('time per event', (forOne / events.length) * 1e6, 'ns'),
        figure('time per web request to a new host, address and URL', forWeb, 'ns'),
        figure('events/s with rules and indicators, of rules alone', forRules / (forRules + forOne), '×'),
        figure('hits (none is planted)', hits, ''),
        figure('bytes per indicator, 1,000,000', million.table.size / million.table.count, 'B', '<= 100'),
        figure('bytes per indicator, 3,000,000', three.table.size / three.table.count, 'B', '<= 100'),
        figure('build, 1,000,000', million.ms / 1000, 's', '<= 10'),
        figure('build, 3,000,000', three.ms / 1000, 's'),
      ],
    };
  },
};
export default indicators;
