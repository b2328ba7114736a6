import { describe, expect, it } from 'vitest';
import type { Fields } from '../../../engine/event.js';
import { compileConditions } from '../../../engine/triage/tune/conditions.js';
import { escapeSigma, leavesOf } from '../../../engine/triage/tune/fields.js';
import { narrowest } from '../../../engine/triage/tune/suggest.js';

const event = (more: Fields = {}): Fields => ({
  UtcTime: '2026-11-24 09:00:00.000',
  ProcessGuid: '{a23eae89-bd28-5903-0000-00102f345d00}',
  ProcessId: 4711,
  EventID: 1,
  Channel: 'Microsoft-Windows-Sysmon/Operational',
  Computer: 'srv01.corp.example',
  User: 'CORP\\svc-backup',
  Image: 'C:\\Windows\\System32\\vssadmin.exe',
  ParentImage: 'C:\\Program Files\\Backup\\agent.exe',
  CommandLine: 'vssadmin delete shadows /for=C: /job=101',
  ...more,
});
const keys = (found: ReturnType<typeof narrowest>) => found?.conditions.map(({ key }) => key).sort();
const value = (found: ReturnType<typeof narrowest>, key: string) =>
  found?.conditions.find((condition) => condition.key === key)?.values;
const covers = (found: ReturnType<typeof narrowest>, fields: Fields) =>
  compileConditions([{ id: 'x', conditions: found!.conditions }]).match(fields).length > 0;

describe('the narrowest exception', () => {
  it('takes who, where and what of one event, and nothing that is different every time', () => {
    const found = narrowest([event()], [], []);
    expect(keys(found)).toEqual(['CommandLine', 'Computer', 'Image', 'ParentImage', 'User']);
    expect(covers(found, event())).toBe(true);
    expect(covers(found, event({ User: 'CORP\\jane' }))).toBe(false);
  });

  it('widens to the history of harmless alerts: hosts become a list, command lines their common beginning', () => {
    const past = [
      event({ Computer: 'srv02.corp.example', CommandLine: 'vssadmin delete shadows /for=D: /job=102' }),
      event({ Computer: 'srv03.corp.example', CommandLine: 'vssadmin delete shadows /for=E: /job=103' }),
    ];
    const found = narrowest([event()], past, []);
    expect(found?.history).toEqual({ known: 2, covered: 2 });
    expect(value(found, 'Computer')).toEqual(['srv01.corp.example', 'srv02.corp.example', 'srv03.corp.example']);
    expect(value(found, 'CommandLine|startswith')).toEqual(['vssadmin delete shadows /for=']);
    for (const each of past) expect(covers(found, each)).toBe(true);
  });

  it('does not widen over a true positive', () => {
    const attack = event({
      User: 'CORP\\jane',
      ParentImage: 'C:\\Users\\jane\\x.exe',
      CommandLine: 'vssadmin delete shadows /all',
    });
    const nearAttack = event({
      User: 'CORP\\jane',
      ParentImage: 'C:\\Users\\jane\\x.exe',
      CommandLine: 'vssadmin delete shadows /all /quiet',
    });
    const found = narrowest([event()], [nearAttack], [attack]);
    expect(found?.hitsTruePositives).toBe(false);
    expect(covers(found, attack)).toBe(false);
    expect(found?.history).toEqual({ known: 1, covered: 0 });
  });

  it('takes in what tells little otherwise when only that tells it from a true positive', () => {
    const own = event({ Deployment: 'nightly', Ring: 'prod' });
    const found = narrowest([own], [], [event({ Deployment: 'manual', Ring: 'prod' })]);
    expect(found?.hitsTruePositives).toBe(false);
    expect(keys(found)).toContain('Deployment');
    expect(covers(found, own)).toBe(true);
  });

  it('says so when a true positive looks the same', () => {
    expect(narrowest([event()], [], [event({ ProcessId: 1 })])?.hitsTruePositives).toBe(true);
  });

  it('gives none when the events have too little in common', () => {
    const strangers = [
      event(),
      { ...event({ User: 'X\\y', Computer: 'other', Image: 'a.exe', ParentImage: 'b.exe', CommandLine: 'zzz' }) },
    ];
    const many = Array.from({ length: 8 }, (_, i) =>
      event({ User: `u${i}`, Computer: `c${i}`, Image: `${i}.x`, ParentImage: `${i}.y`, CommandLine: `${i}` }),
    );
    expect(narrowest([...strangers, ...many], [], [])).toBeNull();
    expect(narrowest([{ EventID: 1 }], [], [])).toBeNull();
  });

  it('uses the fields that a person names', () => {
    const found = narrowest([event()], [], [], ['parentimage', 'User']);
    expect(keys(found)).toEqual(['ParentImage', 'User']);
    expect(narrowest([event()], [], [], ['Nonsense'])).toBeNull();
  });

  it('reads nested records', () => {
    const cloud: Fields = {
      eventID: 'a1b2c3d4-0000-0000-0000-000000000000',
      eventTime: '2026-11-24T09:00:00Z',
      eventName: 'CreateAccessKey',
      sourceIPAddress: '198.51.100.7',
      userIdentity: { arn: 'arn:aws:iam::111122223333:user/terraform', accessKeyId: 'AKIA' },
    };
    const found = narrowest([cloud], [], []);
    expect(keys(found)).toEqual(expect.arrayContaining(['eventName', 'sourceIPAddress', 'userIdentity.arn']));
    expect(covers(found, cloud)).toBe(true);
  });

  it('survives what an attacker writes', () => {
    const nasty = event({
      CommandLine: '<!channel> *?\\ "}\n$(x) \\\\srv\\share\\*',
      'a|re': '(a+)+$',
      __proto__x: { constructor: { prototype: 'y' } } as never,
      ...Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`f${i}`, 'x'.repeat(500)])),
    });
    const found = narrowest([nasty], [], []);
    expect(covers(found, nasty)).toBe(true);
    expect(found!.conditions.length).toBeLessThanOrEqual(5);
    expect(leavesOf(nasty).size).toBeLessThanOrEqual(300);
  });
});

it.each(['a*b?c', 'C:\\x\\y', '\\\\srv\\a', 'end\\', '\\*', 'a\\\\*b', '\\?\\?', '***'])(
  'escapes %j so that it means just itself',
  (text) => {
    const { match } = compileConditions([{ id: 'x', conditions: [{ key: 'f', values: [escapeSigma(text)] }] }]);
    expect(match({ f: text })).toEqual(['x']);
    expect(match({ f: `${text}x` })).toEqual([]);
    expect(match({ f: text.replace(/[*?]/, 'zz') }).length).toBe(/[*?]/.test(text) ? 0 : 1);
  },
);
