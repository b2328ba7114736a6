import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../engine/detect/index.js';
import { Sieve } from '../../../engine/detect/sigma/sieve.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import { random } from '../../support/random.js';

const ORDINARY = '{"Channel":"Security","EventID":4624,"Message":"An account was successfully logged on."}';

/** A sieve that has seen enough ordinary records to have chosen its cores. */
function sieveOf(...literals: string[]): Sieve {
  const sieve = new Sieve(literals);
  for (let i = 0; i < 100; i++) sieve.passes(ORDINARY);
  return sieve;
}

/** A text as JSON, some of its characters written as escapes, in either case. */
function escaped(text: string, rng: ReturnType<typeof random>): string {
  const chars = [...JSON.stringify(text).slice(1, -1)];
  const plain = !text.includes('\\') && !text.includes('"');
  return chars
    .map((char) => (rng.int(2) ? char.toUpperCase() : char))
    .map((char) => (plain && rng.int(4) === 0 ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : char))
    .join('');
}

describe('a sieve', () => {
  it('lets ordinary records fall through', () => {
    expect(sieveOf('sekurlsa::logonpasswords', 'gentilkiwi.com').passes(ORDINARY)).toBe(false);
  });

  it('never holds back a record that holds a literal, however JSON writes it', () => {
    const rng = random(7);
    const literals = [
      'sekurlsa::logonpasswords',
      'gentilkiwi.com',
      'mimidrv.sys',
      '\\mimilib.dll',
      'kiwi legit printer',
      '10.0.0.1:4444',
    ];
    const sieve = sieveOf(...literals);
    expect(sieve.passes(ORDINARY)).toBe(false);
    for (let round = 0; round < 2000; round++) {
      const text = `{"Message":"x${escaped(rng.pick(literals), rng)}y"}`;
      expect(sieve.passes(text), text).toBe(true);
    }
  });

  it('knows the two characters outside ASCII that count as k and s', () => {
    const sieve = sieveOf('kiwikiwi', 'ssssssss');
    expect(sieve.passes(ORDINARY)).toBe(false);
    for (const text of ['\u212aiwi\u212aiwi', '\\u212Aiwi\\u212aiwi', '\u017f'.repeat(8), '\\u017F'.repeat(8)])
      expect(sieve.passes(`{"Message":"${text}"}`), text).toBe(true);
  });

  it('gives up where no core can be had', () => {
    expect(sieveOf('sekurlsa', '€€€€').passes(ORDINARY)).toBe(true);
    expect(sieveOf(...Array.from({ length: 100 }, (_, i) => `literal-${i}`)).passes(ORDINARY)).toBe(true);
  });
});

const sysmon = (field: string) =>
  `{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"UtcTime":"2026-03-04 05:06:07.000",${field}}`;
const keyword = (literal: string) => `title: Keyword
id: 7b1d5a34-7f2c-4b7d-8a54-0a6f0c1b2d3e
level: high
logsource: { product: windows }
detection: { keywords: ['${literal}'], condition: keywords }
`;

describe('keyword rules over records', () => {
  it('find the same with the record at hand as without, before and after cores were chosen', async () => {
    const read = (await loadFormats()).recogniser();
    const { matcher } = compileRules([{ file: 'k.yml', content: keyword('sekurlsa::') }]);
    for (let i = 0; i < 200; i++) {
      const hit = i % 7 === 0;
      const escapes = i % 14 === 0;
      const value = hit ? (escapes ? 'run SEKURLSA\\u003a:x' : 'run Sekurlsa::x') : `nothing ${i}`;
      const { parsed } = read.read(sysmon(`"CommandLine":"${value}"`), null, 0);
      expect(parsed.text).not.toBeNull();
      expect(matcher.match(parsed).length).toBe(hit ? 1 : 0);
      expect(matcher.match({ ...parsed, text: null }).length).toBe(hit ? 1 : 0);
    }
  });

  it('look into fields that were translated, which the record does not hold', async () => {
    const read = (await loadFormats()).recogniser();
    const { matcher } = compileRules([{ file: 'k.yml', content: keyword('NT AUTHORITY') }]);
    for (let i = 0; i < 200; i++) {
      const line = `{"Channel":"Security","EventID":4688,"TimeCreated":"2026-03-04T05:06:07Z","SubjectUserSid":"S-1-5-18","SubjectUserName":"DC01$","SubjectDomainName":"CORP","NewProcessName":"C:\\\\a${i}.exe"}`;
      expect(matcher.match(read.read(line, null, 0).parsed).length).toBe(1);
    }
  });

  it('find numbers however the record writes them', async () => {
    const read = (await loadFormats()).recogniser();
    const { matcher } = compileRules([{ file: 'k.yml', content: keyword('4000000') }]);
    for (let i = 0; i < 200; i++) {
      const { parsed } = read.read(sysmon(`"ProcessId":${i % 2 ? '4e6' : '4000001'}`), null, 0);
      expect(matcher.match(parsed).length).toBe(i % 2);
    }
  });
});
