import { describe, expect, it } from 'vitest';
import { loadCommands } from '../../../commands/index.js';
import { entitiesIn, type World } from '../../../commands/plain/entities.js';
import { openPlain } from '../../../commands/plain/index.js';
import { readSentence } from '../../../commands/plain/sentence.js';
import type { Person } from '../../../engine/store/people.js';

const person = (id: string, name: string, identity = `slack:U${id}`): Person => ({
  _id: id,
  name,
  side: 'provider',
  identities: [identity],
  grants: [],
});
/** Tuesday 24 November 2026, 10:00 in Copenhagen. */
const WORLD: World = {
  people: [
    person('ana', 'Ana Silva'),
    person('bo', 'Bo Anders'),
    person('bob', 'Bo Berg'),
    person('mark', 'Mark Twain'),
  ],
  tenant: { _id: 'acme', name: 'Acme' },
  others: ['zeta'],
  now: Date.UTC(2026, 10, 24, 9),
  zone: 'Europe/Copenhagen',
};
const COMMON = new Set('mark seen as the for is on user host close'.split(' '));
const TERMS = new Map([['false positive', { kind: 'reason' as const, value: 'false_positive' }]]);

const found = (text: string, world = WORLD) =>
  entitiesIn(readSentence(text.split(' '))!, world, TERMS, (word) => COMMON.has(word)).map(({ kind, value, until }) =>
    until === undefined ? `${kind} ${value}` : `${kind} ${value}..${until}`,
  );

describe('numbers', () => {
  it.each([
    ['close 14', ['alert 14']],
    ['close #14 now', ['alert 14']],
    ['alert no. 8, please', ['alert 8']],
    ["12's owner", ['alert 12']],
    ['alerts 12, 13 and 14', ['alert 12', 'alert 13', 'alert 14']],
    ['close case 7', ['case 7']],
    ['incident #7', ['case 7']],
    ['event id 4625', []],
    ['the top 5', []],
    ['seen 3 times', []],
    ['port 443', []],
    ['at 12', []],
    ['i am looking at 14', ['alert 14']],
    ['look at 12 logs', []],
    ['tell me about 12', ['alert 12']],
    ['wait about 12 minutes', []],
    ['0', []],
    ['-3', []],
    ['99999999999', []],
    ['E7 and T1059.001', ['exception E7', 'technique T1059.001']],
    ['MDR_LINE_TIME', ['code MDR_LINE_TIME']],
  ])('%s', (text, expected) => expect(found(text)).toEqual(expected));
});

describe('observables', () => {
  it.each([
    ['on dc01?', ['host dc01']],
    ['on SRV-FILE01.', ['host SRV-FILE01']],
    ["ws-042's alerts", ['host ws-042']],
    ['host payroll', ['host payroll']],
    ['the last 24h', ['period 24h']],
    ['user jane.doe', ['user jane.doe']],
    ['CORP\\jane', ['user CORP\\jane']],
    ['svc-backup', ['user svc-backup']],
    ['jane@corp.example', ['user jane@corp.example']],
    ['10.0.0.1', ['ip 10.0.0.1']],
    ['10[.]0[.]0[.]1', ['ip 10.0.0.1']],
    ['10(.)0(.)0(.)1,', ['ip 10.0.0.1']],
    ['10.0.0.1:8443', ['ip 10.0.0.1']],
    ['2001:db8[:]:7', ['ip 2001:db8::7']],
    ['999.1.1.1', []],
    ['evil[.]example[dot]com', ['domain evil.example.com']],
    ['hxxps://evil[.]example/path?x=1', ['domain evil.example']],
    ['44d88612fea8a8f36de82e1278abb02f', ['hash 44d88612fea8a8f36de82e1278abb02f']],
    ['mimikatz.exe', ['file mimikatz.exe']],
    ['sha256 md5 o365 soc2', []],
    ['rule 1a2b3c4d', ['rule 1a2b3c4d']],
  ])('%s', (text, expected) => expect(found(text)).toEqual(expected));
});

describe('people', () => {
  it.each([
    ['give it to Ana', ['person ana']],
    ["ana's alerts", ['person ana']],
    ['to <@Uana>', ['person ana']],
    ['to @Uana', ['person ana']],
    ['to Bo Anders', ['person bo']],
    ['to anders', ['person bo']],
    ['for Mark', ['person mark']],
    ['mark as seen', []],
    ['to Nobody Known', []],
    ['for zeta', ['tenant zeta']],
    ['for all tenants', ['tenant all']],
  ])('%s', (text, expected) => expect(found(text)).toEqual(expected));

  it('takes a name in quotes as one, and a part of it that several have as it was said', () => {
    const quoted = readSentence(['to', 'Ana Silva'])!;
    expect(entitiesIn(quoted, WORLD, TERMS, () => false)).toMatchObject([{ kind: 'person', value: 'ana' }]);
    const several = { ...WORLD, people: [person('x', 'Kim Berg'), person('y', 'Kim Holm')] };
    expect(found('to kim', several)).toEqual(['person kim']);
  });
});

describe('words of judgement', () => {
  it.each([
    ['as false positive', ['reason false_positive']],
    ['as False-Positive!', ['reason false_positive']],
    ['high and above', ['level high+']],
    ['at least medium', ['level medium+']],
    ['criticals', ['level critical']],
  ])('%s', (text, expected) => expect(found(text)).toEqual(expected));
});

describe('times', () => {
  it.each([
    ['since yesterday', ['period yesterday']],
    ['today', ['period today']],
    ['yesterday', ['period yesterday..today']],
    ['last night', ['period 2026-11-23T18:00..2026-11-24T08:00']],
    ['in the last 4 hours', ['period 4h']],
    ['the past two days', ['period 2d']],
    ['last hour', ['period 1h']],
    ['since 9am', ['period 2026-11-24T09:00']],
    ['since 14:30', ['period 2026-11-23T14:30']],
    ['since monday', ['period yesterday']],
    ['on Friday', ['period 2026-11-20..2026-11-21']],
    ['since tuesday', ['period 2026-11-17']],
    ['over the weekend', ['period 2026-11-21..yesterday']],
    ['last week', ['period 2026-11-16..yesterday']],
    ['this week', ['period yesterday']],
    ['in October', ['period 2026-10-01..2026-11-01']],
    ['on 20 November', ['period 2026-11-20..2026-11-21']],
    ['since 2026-11-20', ['period 2026-11-20']],
    ['between 22:00 and 02:00', ['period 2026-11-23T22:00..2026-11-24T02:00']],
    ['two days ago', ['period 2026-11-22..yesterday']],
    ['since 31 February', []],
    ['since 25:00', []],
    ['2026-13-45', []],
  ])('%s', (text, expected) => expect(found(text)).toEqual(expected));

  it('goes by the wall clock on the days that the clocks change', () => {
    // 25 October 2026, 03:00 becomes 02:00 in Copenhagen; 29 March 2026, 02:00 becomes 03:00.
    const autumn = { ...WORLD, now: Date.UTC(2026, 9, 25, 11) };
    expect(found('last night', autumn)).toEqual(['period 2026-10-24T18:00..2026-10-25T08:00']);
    const spring = { ...WORLD, now: Date.UTC(2026, 2, 29, 10) };
    expect(found('since yesterday', spring)).toEqual(['period yesterday']);
    expect(found('in the last 24 hours', spring)).toEqual(['period 24h']);
  });

  it('is the day of the tenant, not that of the server', () => {
    const auckland = { ...WORLD, now: Date.UTC(2026, 10, 24, 12), zone: 'Pacific/Auckland' };
    expect(found('on monday', auckland)).toEqual(['period 2026-11-23..yesterday']);
  });
});

describe('hostile text', async () => {
  const plain = openPlain(await loadCommands());
  const understand = (words: string[]) => plain.understand(words, WORLD, null);

  it('is not looked at when it is long', () => {
    for (const words of [
      ['x'.repeat(1_000_000)],
      ['show', 'a'.repeat(500)],
      new Array(100).fill('12'),
      ['close', ...new Array(5000).fill('#1')],
    ])
      expect(understand(words)).toBeNull();
  });

  it('makes nothing of nothing', () => {
    for (const words of [[], [''], ['\u200b', '\u202e'], ['...', '???'], ['\0', '\0']])
      expect(understand(words)).toBeNull();
  });

  it('reads through what cannot be seen', () => {
    const hidden = ['clo\u200bse', '\u202e14', 'as', 'fal\u00adse', 'posi\u2060tive'];
    expect(understand(hidden)!.choices[0]!.line).toEqual(['close', '14', 'false_positive']);
    expect(understand(['ｃｌｏｓｅ', '１４', 'as', 'benign'])!.choices[0]!.line).toEqual(['close', '14', 'benign']);
  });

  it('never takes several alerts, a case or another tenant for one alert', () => {
    for (const text of [
      'close 14 and 15 as benign',
      'close case 7 as benign',
      'close 14 as benign for zeta',
      'close 14 as benign for all tenants',
      'close 1 2 3 4 5 6 7 8 9 as benign',
    ])
      expect(understand(text.split(' '))?.sure ?? false).toBe(false);
  });

  it('is quick with whatever is made to be slow', () => {
    const slow = [
      ['since', ...new Array(30).fill('since last')],
      ['a.'.repeat(150)],
      ['-'.repeat(200), '1'.repeat(150)],
      new Array(59).fill('constructor'),
      new Array(59).fill('__proto__'),
      ['[.]'.repeat(100)],
      ['a@'.repeat(150)],
      ['between', ...new Array(50).fill('1 of')],
    ];
    for (const words of slow) understand(words);
    // Time of the processor: other work on the machine is not ours to measure.
    const began = process.cpuUsage();
    for (const words of slow) for (let i = 0; i < 10; i++) understand(words);
    expect(process.cpuUsage(began).user / 1000 / (slow.length * 10)).toBeLessThan(20);
  });
});
