import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compileRules, ownRules } from '../../../engine/detect/index.js';
import { coverageOf, navigatorLayer } from '../../../engine/detect/rulesets/coverage.js';
import { describe as describeRules } from '../../../engine/detect/rulesets/describe.js';
import { runExamples } from '../../../engine/detect/rulesets/examples.js';
import { readRuleFiles } from '../../../engine/detect/rulesets/files.js';
import { lintRules } from '../../../engine/detect/rulesets/lint.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import { knownLogSources } from '../../../engine/ingest/formats/shared/taxonomy.js';
import { sharedData } from '../../support/services.js';
import { ruleText } from './support.js';

const formats = await loadFormats();
const head = (more = '') => `title: A rule
id: 11111111-1111-4111-8111-111111111111
description: Something happens.
date: 2026-11-24
level: high
falsepositives: [Backup agents]
${more || 'logsource: { product: windows, category: process_creation }'}
`;
const lint = (content: string) =>
  lintRules([{ file: 'r.yml', content }], [], knownLogSources()).findings.map(({ check, line }) => [check, line]);
const detection = (text: string) => lint(`${head()}detection:\n${text}`).map(([check]) => check);

describe('checking what a rule says of itself', () => {
  const sound = `${head()}detection:\n  sel: { CommandLine|contains: abc }\n  condition: sel\n`;
  it('finds nothing in a sound rule', () => {
    expect(lint(sound)).toEqual([]);
  });
  it.each([
    ['no-id', /^id:.*\n/m, ''],
    ['bad-id', /^id:.*$/m, 'id: my-rule'],
    ['no-date', /^date:.*\n/m, ''],
    ['bad-date', /^date:.*$/m, 'date: yesterday'],
    ['bad-date', /^date:.*$/m, 'date: 2026-02-31x'],
    ['no-level', /^level:.*\n/m, ''],
    ['bad-level', /^level:.*$/m, 'level: severe'],
    ['bad-status', /^date:/m, 'status: fine\ndate:'],
    ['no-description', /^description:.*\n/m, ''],
    ['no-falsepositives', /^falsepositives:.*\n/m, ''],
    ['bad-tag', /^date:/m, 'tags: [attack.hacking]\ndate:'],
    ['unknown-logsource', 'product: windows', 'product: mainframe'],
    ['no-logsource', 'product: windows, category: process_creation', ''],
    ['unsupported', '|contains', '|resembles'],
    ['syntax', 'condition: sel', 'condition: other'],
  ])('says %s, with a line', (check, from, to) => {
    const findings = lint(sound.replace(from, to));
    expect(findings.map(([name]) => name)).toContain(check);
    for (const [, line] of findings) expect(line).toBeGreaterThan(0);
  });
  it('names the line', () => {
    expect(lint(sound.replace('level: high', 'level: severe'))).toEqual([['bad-level', 5]]);
    expect(lint(sound.replace('condition: sel', 'condition: sel and not other'))).toEqual([['syntax', 10]]);
  });
  it('finds the same id in two files', () => {
    const files = ['a.yml', 'b.yml'].map((file) => ({ file, content: sound }));
    const { findings, rules } = lintRules(files, [], knownLogSources());
    expect(findings).toMatchObject([{ file: 'b.yml', check: 'duplicate-id', severity: 'error' }]);
    expect(rules).toBe(1);
  });
});

describe('checking what a rule looks for', () => {
  it.each([
    ['  sel: { CommandLine: a }\n  condition: sel and not sel', 'never-matches'],
    ['  sel: { CommandLine|all: [a, b] }\n  condition: sel', 'never-matches'],
    ["  sel: { Image: 'cmd.exe' }\n  condition: sel", 'never-matches'],
    ["  sel: { Image|startswith: 'C:\\Temp\\*' }\n  condition: sel", 'never-matches'],
    ['  sel: { CommandLine: a }\n  condition: not sel', 'too-broad'],
    ['  sel: { CommandLine|re: ".*" }\n  condition: sel', 'too-broad'],
    ['  sel: { CommandLine|contains: a }\n  condition: sel', 'too-broad'],
    ['  sel: [ab]\n  condition: sel', 'too-broad'],
    ['  sel: { CommandLine: abc }\n  other: { User: abc }\n  condition: sel', 'unused'],
  ])('%j: %s', (text, check) => {
    expect(detection(text)).toContain(check);
  });
  it.each([
    "  sel: { Image|endswith: '\\cmd.exe', CommandLine|contains|all: [a, b] }\n  condition: sel",
    "  sel: { Image: 'C:\\Windows\\*' }\n  condition: sel".replace('\\*', '\\\\*'),
    '  sel_a: { CommandLine: abc }\n  sel_b: { CommandLine: def }\n  flt: { User: x }\n  condition: 1 of sel_* and not flt',
    '  a: { CommandLine: abc }\n  _b: { User: x }\n  condition: all of them and not _b',
    "  sel: { '|all': [abc, def] }\n  condition: sel",
    '  sel: { Image: System }\n  condition: sel',
    '  sel: { Signature|re: ".+" }\n  condition: sel',
  ])('has nothing to say about %j', (text) => {
    expect(detection(text)).toEqual([]);
  });
  it('survives hostile rules', () => {
    const deep = `${'{a: '.repeat(200)}1${'}'.repeat(200)}`;
    for (const text of [
      `  sel: ${deep}\n  condition: sel`,
      '  sel: { CommandLine|re: "^(a+)+$" }\n  condition: sel',
      '  condition: 1 of them',
      `  sel: &x [*x]\n  condition: sel`,
    ])
      expect(() => detection(text)).not.toThrow();
  });
});

describe('our own pack', async () => {
  const { files } = await readRuleFiles(ownRules);
  it('has no finding', () => {
    expect(lintRules(files, [], knownLogSources()).findings).toEqual([]);
  });
});

const sigmahq = sharedData('sigmahq');
it.skipIf(!sigmahq)(
  'the public rules run but for two that need placeholders, and every log source that they ask for is made (skipped without the shared data)',
  async () => {
    const { files, problems } = await readRuleFiles(sigmahq!);
    const { findings } = lintRules(files, problems, knownLogSources());
    expect(
      findings.filter(({ severity }) => severity === 'error').every(({ message }) => message.includes('placeholder')),
    ).toBe(true);
    expect(findings.filter(({ check }) => check === 'unknown-logsource')).toEqual([]);
  },
  60_000,
);

describe('running examples', () => {
  const sysmon = (command: string) =>
    `{ "@timestamp": "2026-11-24T08:00:00Z", Channel: Microsoft-Windows-Sysmon/Operational, EventID: 1, Hostname: a, CommandLine: ${command} }`;
  const run = (content: string) => {
    const files = [{ file: 'r.yml', content }];
    return runExamples(files, compileRules(files), formats);
  };
  it('tells the ones that behave from the ones that do not', async () => {
    const content = ruleText(
      1,
      'evil',
      `mdr:\n  examples:\n    positive: [${sysmon('very evil')}, ${sysmon('good')}]\n    negative: [${sysmon('good')}, ${sysmon('evil')}]\n`,
    );
    const { results } = await run(content);
    expect(results.map(({ kind, number, passed, text }) => [kind, number, passed, text])).toEqual([
      ['positive', 1, true, ''],
      ['positive', 2, false, 'the rule does not fire'],
      ['negative', 1, true, ''],
      ['negative', 2, false, 'the rule fires'],
    ]);
  });
  it('plays sequences against correlations', async () => {
    const content = `${ruleText(1, 'evil').replace('title', 'name: part\ntitle')}---
title: Three of them
id: 22222222-1111-4111-8111-111111111111
level: high
correlation:
  type: event_count
  rules: [part]
  group-by: [Hostname]
  timespan: 5m
  condition: { gte: 3 }
mdr:
  examples:
    positive:
      - sequence:
          - record: ${sysmon('evil').replace('2026-11-24T08:00:00Z', '{{iso}}')}
            times: 3
    negative:
      - sequence:
          - record: ${sysmon('evil').replace('2026-11-24T08:00:00Z', '{{iso}}')}
            times: 2
`;
    const { results } = await run(content);
    expect(results.map(({ kind, passed, text }) => [kind, passed, text])).toEqual([
      ['positive', true, ''],
      ['negative', true, ''],
    ]);
  });
  it('says what cannot be read, and which rules have none', async () => {
    expect((await run(ruleText(1, 'x'))).without).toEqual(['r.yml']);
    const bad = await run(ruleText(1, 'x', 'mdr:\n  examples: { positive: ["{broken json"] }\n'));
    expect(bad.results).toMatchObject([{ passed: false, text: expect.stringContaining('cannot be read') }]);
    const odd = await run(ruleText(1, 'x', 'mdr:\n  examples: { positive: [7] }\n'));
    expect(odd.results).toMatchObject([{ passed: false }]);
  });
});

/** ATT&CK Navigator layer file format 4.5, the properties that it requires and those that we use. */
const layerSchema = z.strictObject({
  name: z.string(),
  versions: z.strictObject({ navigator: z.string().regex(/^(4\.9|[5-9]\.)/), layer: z.literal('4.5') }),
  domain: z.enum(['enterprise-attack', 'mobile-attack', 'ics-attack']),
  description: z.string(),
  sorting: z.int().min(0).max(3),
  layout: z.strictObject({
    layout: z.enum(['side', 'flat', 'mini']),
    showID: z.boolean(),
    showName: z.boolean(),
    expandedSubtechniques: z.enum(['none', 'all', 'annotated']),
  }),
  hideDisabled: z.boolean(),
  techniques: z.array(
    z.strictObject({
      techniqueID: z.string().regex(/^T\d{4}(\.\d{3})?$/),
      score: z.number().optional(),
      comment: z.string().optional(),
      enabled: z.boolean(),
      showSubtechniques: z.boolean(),
    }),
  ),
  gradient: z
    .strictObject({
      colors: z.array(z.string().regex(/^#[0-9a-f]{6}$/)).min(2),
      minValue: z.number(),
      maxValue: z.number(),
    })
    .refine(({ minValue, maxValue }) => maxValue > minValue),
  legendItems: z.array(z.strictObject({ label: z.string(), color: z.string() })),
  metadata: z.array(z.strictObject({ name: z.string(), value: z.string() })),
});

describe('coverage', () => {
  const rules = [
    ruleText(1, 'a'),
    ruleText(2, 'b').replace('attack.t1059', 'attack.t1059.001'),
    ruleText(3, 'c').replace(/tags.*\n/, ''),
  ].flatMap((content, i) => describeRules(`${i}.yml`, content));
  it('counts techniques and tactics of the rules that run', () => {
    const all = coverageOf(rules);
    expect([...all.techniques].map(([id, of]) => [id, of.length])).toEqual([
      ['T1059', 1],
      ['T1059.001', 1],
    ]);
    expect(all.tactics.find(({ tactic }) => tactic === 'execution')).toEqual({
      tactic: 'execution',
      techniques: 2,
      rules: 2,
    });
    expect(all.untagged).toBe(1);
    const less = coverageOf(rules, new Set([rules[0]!.id]));
    expect([...less.techniques.keys()]).toEqual(['T1059.001']);
    expect(coverageOf([{ ...rules[0]!, problem: 'x' }]).techniques.size).toBe(0);
  });
  it('makes a layer that the Navigator takes', async () => {
    const layer = navigatorLayer(coverageOf(rules, new Set([rules[0]!.id])), 'Rules', 'text');
    expect(layerSchema.parse(layer).techniques).toEqual([
      { techniqueID: 'T1059.001', score: 1, comment: 'Rule 2 (high)', enabled: true, showSubtechniques: false },
      { techniqueID: 'T1059', enabled: true, showSubtechniques: true },
    ]);
    const { files } = await readRuleFiles(ownRules);
    const own = navigatorLayer(
      coverageOf(files.flatMap(({ file, content }) => describeRules(file, content))),
      'Rules',
      '',
    );
    expect(layerSchema.safeParse(own).success).toBe(true);
    expect(layerSchema.safeParse(navigatorLayer(coverageOf([]), '', '')).success).toBe(true);
  });
});
