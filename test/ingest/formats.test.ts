import { describe, expect, it } from 'vitest';
import { MdrError } from '../../engine/errors.js';
import type { Ecs, Fields, Parsed, Value } from '../../engine/event.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { MAX_TEXT } from '../../engine/ingest/formats/shared/values.js';
import type { Format } from '../../engine/ingest/formats/types.js';
import { missingRuns } from '../support/verbatim.js';

// One suite for every log format: what a format must do, whichever it is.
const formats = await loadFormats();
const recogniser = formats.recogniser();
const RECEIVED = Date.UTC(2026, 2, 5);

/** A parsed event keeps its promises, whatever the record held. */
function checkParsed(parsed: Parsed): Ecs {
  expect(Number.isFinite(parsed.time)).toBe(true);
  expect(Object.isFrozen(parsed.logsource)).toBe(true);
  const ecs = parsed.ecs();
  expect(ecs['@timestamp']).toBe(new Date(parsed.time).toISOString());
  for (const [key, value] of Object.entries(ecs)) {
    if (typeof value === 'string') expect(Buffer.byteLength(value), key).toBeLessThanOrEqual(MAX_TEXT);
    else expect(Number.isSafeInteger(value), `${key} is a whole number`).toBe(true);
    expect(value, key).not.toBe('');
  }
  return ecs;
}

/** Anything may be refused, but only with one of our errors. */
function tryRead(line: string, named: Format | null): void {
  let parsed: Parsed;
  try {
    parsed = recogniser.read(line, named, RECEIVED).parsed;
  } catch (error) {
    if (!(error instanceof MdrError)) throw new Error(`${String(error)} for ${line.slice(0, 400)}`, { cause: error });
    expect(error.hint).not.toBe('');
    return;
  }
  checkParsed(parsed);
}

const HOSTILE: Value[] = [
  0,
  -1,
  1e308,
  1.5,
  true,
  false,
  null,
  '',
  '-',
  ' ',
  '\u0000',
  '\ud800',
  'x'.repeat(1_000_000),
  '\u{1f47e}'.repeat(20_000),
  '%s%n',
  '<!channel>',
  [],
  [null],
  [[[]]],
  {},
  { '#text': { '#text': {} } },
  { Name: 7 },
  ['a', { '@Name': '__proto__', '#text': 'x' }],
  '9999-99-99T99:99:99Z',
  '2026-02-30T00:00:00Z',
  1e12,
  '1772611200',
  'DOMAIN\\',
  '\\',
  '999.999.999.999',
  '0x',
  '::ffff:1.2.3.4',
];

/** Every way of putting a hostile value where a record has one, two levels down. */
function* spoiled(record: Fields): Generator<Fields> {
  for (const value of HOSTILE) {
    for (const key of Object.keys(record)) {
      yield { ...record, [key]: value };
      const inner = record[key];
      if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) continue;
      for (const name of Object.keys(inner)) yield { ...record, [key]: { ...inner, [name]: value } };
    }
  }
}

/** A repeatable source of numbers in [0, 1). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function mutated(line: string, next: () => number): string {
  const at = Math.floor(next() * line.length);
  const span = 1 + Math.floor(next() * 12);
  const from = Math.floor(next() * line.length);
  switch (Math.floor(next() * 4)) {
    case 0:
      return line.slice(0, at) + line.slice(at + span);
    case 1:
      return line.slice(0, at) + line.slice(from, from + span) + line.slice(at);
    case 2:
      return `${line.slice(0, at)}${String.fromCharCode(Math.floor(next() * 300))}${line.slice(at + 1)}`;
    default:
      return line.slice(0, at) + ['null', '[]', '{}', '""', '-1', '"\\\\"'][Math.floor(next() * 6)] + line.slice(at);
  }
}

describe.each(formats.list.map((format) => [format.name, format] as const))('format %s', (_name, format) => {
  it('says what it is and brings at least four samples', () => {
    expect(format.name).toMatch(/^[a-z][a-z0-9]*$/);
    expect(format.summary.length).toBeGreaterThan(20);
    expect(format.samples.length).toBeGreaterThanOrEqual(4);
    expect(formats.byName(format.name)).toBe(format);
  });

  it.each(format.samples.map((sample, i) => [i, sample] as const))('reads its sample %i', (_i, sample) => {
    const read = recogniser.read(sample.line, null, RECEIVED);
    expect(read.format.name).toBe(format.name);
    const ecs = checkParsed(read.parsed);
    expect(ecs).toMatchObject(sample.ecs);
    if (sample.fields) expect(read.parsed.fields).toMatchObject(sample.fields);
    expect(missingRuns(read.parsed), 'verbatim').toEqual([]);
    const { product, service, category } = sample.logsource;
    expect(read.parsed.logsource.product).toBe(product);
    if (service !== undefined) expect(read.parsed.logsource.service).toBe(service);
    if (category !== undefined) expect(read.parsed.logsource.categories).toContain(category);
    else expect(read.parsed.logsource.categories).toEqual([]);
    const again = recogniser.read(sample.line, format, RECEIVED).parsed;
    expect(again.logsource, 'one object for one kind of event').toBe(read.parsed.logsource);
    expect(again.ecs()).toEqual(ecs);
  });

  it('gives the same answer when a record is read twice', () => {
    for (const { line } of format.samples) {
      const { record, parsed } = recogniser.read(line, null, RECEIVED);
      if (typeof record === 'string') continue;
      const first = JSON.stringify([parsed.fields, parsed.ecs()]);
      const second = recogniser.fromRecord(record, RECEIVED, format).parsed;
      expect(JSON.stringify([second.fields, second.ecs()])).toBe(first);
    }
  });

  it('refuses what is not its own with MDR_FORMAT_UNKNOWN when it is named', () => {
    if (format.priority === 0) return;
    const foreign = format.kind === 'json' ? '{"@timestamp":"2026-03-04T08:00:00Z"}' : 'not a log line';
    expect(() => recogniser.read(foreign, format, RECEIVED)).toThrow(
      expect.objectContaining({ code: 'MDR_FORMAT_UNKNOWN' }),
    );
  });

  it('throws nothing but MdrError for values of every wrong kind in every field', () => {
    if (format.kind === 'line') {
      const long = 'a'.repeat(1_000_000);
      for (const { line } of format.samples)
        for (const value of ['', '\u0000', long, `${long} `, '"'.repeat(5000), '['.repeat(5000), '(('.repeat(5000)]) {
          tryRead(line + value, format);
          tryRead(value + line, format);
          tryRead(line.replace(/\d+/, value), format);
          tryRead(line.replace(/: .*/, `: ${value}`), format);
        }
      return;
    }
    for (const { line } of format.samples)
      for (const record of spoiled(JSON.parse(line)))
        try {
          checkParsed(recogniser.fromRecord(structuredClone(record), RECEIVED).parsed);
        } catch (error) {
          expect(error).toBeInstanceOf(MdrError);
        }
  }, 60_000);

  it('throws nothing but MdrError for samples changed at random', () => {
    const next = random(format.name.length * 7919);
    for (const { line } of format.samples)
      for (let i = 0; i < 300; i++) {
        let hostile = line;
        for (let n = 1 + Math.floor(next() * 4); n > 0; n--) hostile = mutated(hostile, next);
        tryRead(hostile, i % 2 ? format : null);
      }
  });
});

it('names the formats it knows when asked for another', () => {
  expect(() => formats.byName('__proto__')).toThrow(
    expect.objectContaining({ code: 'MDR_FORMAT_UNKNOWN', hint: expect.stringContaining('cloudtrail') }),
  );
});

it('hands out one log source object for one meaning', () => {
  const seen = new Map<string, unknown>();
  for (const { line } of formats.list.flatMap((format) => format.samples)) {
    const { logsource } = recogniser.read(line, null, RECEIVED).parsed;
    const key = JSON.stringify(logsource);
    expect(seen.get(key) ?? logsource).toBe(logsource);
    seen.set(key, logsource);
  }
});
