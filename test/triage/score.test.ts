import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../engine/root.js';
import { profileSchema } from '../../engine/store/tenants.js';
import { judge } from '../../engine/triage/arrange.js';
import { NOTHING_COMMON } from '../../engine/triage/commonness.js';
import { entityOf, observablesOf } from '../../engine/triage/observables.js';
import { score } from '../../engine/triage/score.js';
import { strandOf, weave } from '../../engine/triage/strands.js';
import { readWeights, WEIGHTS } from '../../engine/triage/weights.js';
import { detection } from '../support/detections.js';

const profile = profileSchema.parse({ crownJewels: [{ name: 'dc01', why: 'domain controller' }] });

describe('entities', () => {
  const time = { '@timestamp': '' };
  it.each([
    [{ 'host.name': 'WS01.corp.example', 'user.name': 'ada' }, 'host', 'ws01'],
    [{ 'host.name': '10.0.0.5' }, 'host', '10.0.0.5'],
    [{ 'user.name': 'Ada', 'source.ip': '192.0.2.1' }, 'user', 'ada'],
    [{ 'host.name': 'localhost', 'user.name': '-', 'source.ip': '192.0.2.1' }, 'ip', '192.0.2.1'],
    [{ 'cloud.account.id': '111122223333' }, 'host', '111122223333'],
    [{}, 'host', 'proxy'],
  ] as const)('%j belongs to %s %s', (ecs, kind, value) => {
    expect(entityOf({ ...time, ...ecs }, 'proxy')).toEqual({ kind, value });
  });

  it('observables name nobody twice, and nobody who is nobody', () => {
    const found = observablesOf({
      ...time,
      'host.name': 'a',
      'user.name': 'x',
      'user.target.name': 'X',
      'source.ip': '127.0.0.1',
      'destination.ip': '192.0.2.9',
    });
    expect(found).toEqual([
      { kind: 'host', value: 'a' },
      { kind: 'user', value: 'x' },
      { kind: 'ip', value: '192.0.2.9' },
    ]);
  });
});

describe('score', () => {
  const alertOf = (...detections: ReturnType<typeof detection>[]) => {
    const observables = detections.flatMap((each) => each.observables);
    const judged = judge(weave(detections.map(strandOf)), observables, NOTHING_COMMON, { profile });
    return { ...judged, observables, entity: judged.entity! };
  };

  it('is the sum of its reasons', () => {
    const alert = alertOf(detection(0, { level: 'high' }), detection(1, { rule: 'r2', tactics: ['persistence'] }));
    expect(alert.reasons.reduce((sum, reason) => sum + reason.points, 0)).toBe(alert.score);
    expect(alert.reasons.map((reason) => reason.points)).toEqual([60, 4, 4, 1]);
  });

  it('sees no progress in what is common here', () => {
    const alert = alertOf(
      detection(0),
      detection(1, { rule: 'r2', tactics: ['discovery'] }),
      detection(2, { rule: 'r3', tactics: ['impact'] }),
    );
    const words = (rarity: number) =>
      score({ ...alert, rules: alert.rules.map((rule) => ({ ...rule, rarity })) }, { profile })
        .reasons.map(({ text }) => text)
        .join('\n');
    expect(words(1)).toContain('3 tactics in the order of an attack, from execution to impact');
    expect(words(0.4)).toContain('3 ATT&CK tactics seen');
    expect(words(0.4)).not.toContain('in the order');
  });

  it('is higher on a crown jewel, and says which', () => {
    const jewel = score(
      { rules: alertOf(detection(0)).rules, observables: [], entity: { kind: 'host', value: 'dc01' } },
      { profile },
    );
    expect(jewel.score - alertOf(detection(0)).score).toBe(15);
    expect(jewel.reasons.at(-1)!.text).toContain('dc01 is a crown jewel (domain controller)');
  });

  it('counts a rule that is mostly wrong here for less, says why, and never for less than the least', () => {
    const alert = alertOf(detection(0, { level: 'high' }));
    const verdicts = (real: number, wrong: number, benign = 0) => new Map([['r1', { real, benign, false: wrong }]]);
    const judged = (...of: Parameters<typeof verdicts>) => score(alert, { profile, verdicts: verdicts(...of) });
    expect(judged(0, 0).reasons).toEqual(alert.reasons);
    const wrong = judged(1, 9);
    expect(wrong.reasons.map(({ points }) => points)).toEqual([60, Math.round(60 * (5 / 16 / (4 / 6))) - 60]);
    expect(wrong.reasons[1]!.text).toBe('Rule r1 was real in 1 of 10 judged alerts here');
    expect(wrong.score).toBe(28);
    expect(wrong.level).toBe('low');
    expect(judged(0, 10_000).score).toBe(24);
    expect(judged(10_000, 0).score).toBe(66);
    expect(judged(0, 0, 10).score).toBeGreaterThan(judged(0, 10).score);
  });

  it('never counts a critical rule for less, and lets another rule lead where it is trusted more', () => {
    const wrong = (id: string) => new Map([[id, { real: 0, benign: 0, false: 50 }]]);
    const critical = alertOf(detection(0, { level: 'critical' }));
    expect(score(critical, { profile, verdicts: wrong('r1') }).score).toBe(critical.score);
    const two = alertOf(detection(0, { level: 'high' }), detection(1, { rule: 'r2', level: 'medium' }));
    const led = score(two, { profile, verdicts: wrong('r1') });
    expect(led.reasons[0]).toEqual({ points: 35, text: 'the rule in it that counts most, Rule r2, is medium' });
  });

  it('is higher where data is held, by its classes, each once and within a bound, and says where', () => {
    const holding = profileSchema.parse({
      crownJewels: [{ name: 'dc01', data: ['confidential'] }],
      assets: [
        { name: 'WS01.corp.example', data: ['PII', 'PCI'] },
        { name: 'ws02', data: ['PHI', 'PII'] },
      ],
    });
    const on = (...hosts: string[]) =>
      score(
        {
          rules: alertOf(detection(0)).rules,
          entity: { kind: 'host', value: hosts[0]! },
          observables: hosts.slice(1).map((value) => ({ kind: 'host' as const, value })),
        },
        { profile: holding },
      ).reasons.at(-1)!;
    const { data } = WEIGHTS;
    expect(on('ws01')).toEqual({
      points: Math.min(data.most, data.PCI + data.PII),
      text: 'WS01.corp.example holds PCI, PII data',
    });
    expect(on('ws02', 'WS01')).toEqual({ points: data.most, text: 'WS01.corp.example, ws02 hold PCI, PHI, PII data' });
    expect(on('dc01')).toEqual({ points: data.confidential, text: 'dc01 holds confidential data' });
    expect(on('ws03').text).not.toContain('data');
  });

  it('is higher with a privileged account of the profile, of everywhere, or a group of them, once', () => {
    const own = profileSchema.parse({ privileged: [{ name: 'CORP\\svc-backup', why: 'reads every disk' }] });
    const by = (...users: string[]) => {
      const { reasons, score: total } = score(
        {
          rules: alertOf(detection(0)).rules,
          entity: { kind: 'host', value: 'ws01' },
          observables: users.map((value) => ({ kind: 'user' as const, value })),
        },
        { profile: own },
      );
      return [total - 35, reasons.at(-1)!.text];
    };
    const { points, named } = WEIGHTS.privileged;
    expect(by('svc-backup@corp.example')).toEqual([
      points,
      'the privileged account CORP\\svc-backup is involved (reads every disk)',
    ]);
    expect(by('CORP\\Administrator', 'root')).toEqual([points, 'the privileged account administrator is involved']);
    expect(by('Domain Admins')).toEqual([named, 'the privileged group domain admins is named']);
    expect(by('ann', 'domain')[0]).toBe(0);
  });

  it('is higher the surer the source of an indicator is, and not for one that says nothing here', () => {
    const [base] = alertOf(detection(0)).rules;
    const sure = (confidence: number, rarity = 1) =>
      score(
        {
          rules: [{ ...base!, id: 'indicator:ip:198.51.100.7', confidence, rarity }],
          observables: [],
          entity: { kind: 'host', value: 'x' },
        },
        { profile },
      ).reasons.find(({ text }) => text.startsWith('a known bad value'))?.points ?? 0;
    expect([20, 50, 75, 100].map((each) => sure(each))).toEqual([0, 0, 4, 8]);
    expect(sure(100, 0.1)).toBe(0);
  });

  it('can be made with weights that were copied before there were all parts', () => {
    const copy = join(mkdtempSync(join(tmpdir(), 'mdr-weights-')), 'mine.yaml');
    const old = readFileSync(join(projectRoot, 'engine/triage/weights.yaml'), 'utf8')
      .replace(/^(progress|indicator|data|answers):.*\n(^ .*\n)*/gm, '')
      .replace(/^ {2}groups:\n(^ {4}.*\n)*/m, '');
    expect(old).not.toMatch(/^(progress|indicator|data|answers| {2}groups):/m);
    writeFileSync(copy, old);
    const { progress, indicator, data } = readWeights(copy);
    expect({ progress, indicator, data }).toEqual({
      progress: WEIGHTS.progress,
      indicator: WEIGHTS.indicator,
      data: WEIGHTS.data,
    });
    expect(readWeights(copy).privileged.groups).toEqual([]);
  });

  it('stays within 100', () => {
    const many = Array.from({ length: 30 }, (_, i) =>
      detection(i, { rule: `r${i}`, level: 'critical', tactics: [`t${i}`] }),
    );
    expect(alertOf(...many).score).toBe(100);
    expect(alertOf(...many).level).toBe('critical');
  });
});
