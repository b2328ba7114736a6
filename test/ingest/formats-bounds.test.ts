import { describe, expect, it } from 'vitest';
import type { Fields, LogSource } from '../../engine/event.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import type { Format } from '../../engine/ingest/formats/types.js';

// The detector makes a plan for each log source object it meets, and keeps it: records must not be able to make new ones.
const formats = await loadFormats();
const { read, fromRecord } = formats.recogniser();
const RECEIVED = Date.UTC(2026, 2, 5);
const TIME = '2026-03-04T08:00:00Z';

/** Names as an attacker would choose them: new ones, near misses of real ones, and names that every object has. */
const NAMES = (n: number): string[] => [
  `made-up-${n}`,
  `Security${n}`,
  `SECURITY${' '.repeat(n % 7)}`,
  `Microsoft-Windows-Sysmon/Operational${String.fromCharCode(n)}`,
  `conn_${n}`,
  `alert\n${n}`,
  ['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''][n % 5]!,
  'x'.repeat(n),
];

/** The name in every place that decides what an event is. */
function places(name: string, n: number): (Fields | string)[] {
  const tag = name.replace(/[\s:[\]]/g, '') || 'p';
  return [
    { Channel: name, EventID: n, TimeCreated: TIME },
    { Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 12, EventType: name, UtcTime: TIME },
    { Channel: 'Security', EventID: 4657, OperationType: name, TimeCreated: TIME },
    { '@timestamp': TIME, winlog: { channel: name, event_id: String(n), provider_name: name } },
    { '@timestamp': TIME, log_name: name, event_id: n },
    { Event: { System: { Channel: name, EventID: n, TimeCreated: { '@SystemTime': TIME } } } },
    { _path: name, ts: 1772611200 },
    { '@stream': name, ts: 1772611200 },
    { event_type: name, timestamp: TIME, src_ip: '10.0.0.1' },
    { eventVersion: '1', eventSource: name, eventName: name, eventTime: TIME },
    { __REALTIME_TIMESTAMP: '1772611260118403', SYSLOG_IDENTIFIER: name, SYSLOG_FACILITY: n, MESSAGE: 'm' },
    { '@timestamp': TIME, product: name, service: name, category: name, 'event.category': name },
    `<${n}>Mar  4 08:15:02 h ${tag}[1]: text`,
    `<${n}>1 ${TIME} h ${tag} 1 - - text`,
    `type=${'ABCDEFGHIJ'[n % 10]}X msg=audit(1772611200.431:${n}): arch=${tag} syscall=${n}`,
  ];
}

describe('log sources', () => {
  it('stay as few as the taxonomy has, whatever channels, services and logs the records name', () => {
    const seen = new Set<LogSource>();
    const after: number[] = [];
    let recognised = 0;
    for (let n = 0; n < 600; n++) {
      for (const name of NAMES(n))
        for (const record of places(name, n)) {
          try {
            const { parsed } = typeof record === 'string' ? read(record, null, RECEIVED) : fromRecord(record, RECEIVED);
            seen.add(parsed.logsource);
            recognised++;
          } catch (error) {
            expect(error).toMatchObject({ name: 'MdrError' });
          }
        }
      after.push(seen.size);
    }
    expect(recognised).toBeGreaterThan(50_000);
    expect(after.at(-1), 'the second half brings nothing new').toBe(after[299]);
    expect(seen.size).toBeLessThan(60);
    const meanings = new Set([...seen].map((source) => JSON.stringify(source)));
    expect(meanings.size, 'no two objects mean the same').toBe(seen.size);
  });
});

describe('recognising', () => {
  /** A repeatable choice. */
  function chooser(seed: number): <T>(list: readonly T[]) => T {
    let state = seed;
    return (list) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return list[Math.floor((state / 2 ** 32) * list.length)]!;
    };
  }

  const inOrder = (record: Fields | string, kind: Format['kind']): string | undefined =>
    [...formats.list]
      .filter((format) => format.kind === kind)
      .sort((a, b) => b.priority - a.priority)
      .find((format) => format.accepts(record))?.name;

  it('gives the format that asking in order of priority gives, for mixtures of all formats in any order', () => {
    const choose = chooser(20_260_304);
    const lines = formats.list.flatMap((format) => format.samples.map(({ line }) => line));
    const jsons = lines.filter((line) => line.startsWith('{'));
    const answers = new Map<string, number>();
    for (let i = 0; i < 5000; i++) {
      let line = choose(lines);
      if (line.startsWith('{')) {
        // Two records laid over each other, some fields left out: what no single format expects.
        const mixed = Object.entries({ ...JSON.parse(line), ...JSON.parse(choose(jsons)) });
        line = JSON.stringify(Object.fromEntries(mixed.filter(() => choose([true, true, true, false]))));
      } else if (choose([true, false])) line = line.slice(choose([0, 1, 4, 5])) + choose(lines);
      const json = line.startsWith('{');
      const expected = json ? inOrder(JSON.parse(line), 'json') : inOrder(line, 'line');
      let answer: string | undefined;
      try {
        answer = read(line, null, RECEIVED).format.name;
      } catch (error) {
        const { code } = error as { code: string };
        if (code === 'MDR_LINE_TIME') continue;
        expect(code, line).toBe(line.startsWith('[') ? 'MDR_LINE_JSON' : 'MDR_FORMAT_UNKNOWN');
      }
      expect(answer, line).toBe(expected);
      answers.set(answer ?? 'none', (answers.get(answer ?? 'none') ?? 0) + 1);
    }
    for (const { name } of formats.list) expect(answers.get(name), `${name} was met`).toBeGreaterThan(20);
    expect(answers.get('none')).toBeGreaterThan(20);
  });
});
