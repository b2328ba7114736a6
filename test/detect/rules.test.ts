import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadRules, ownRules } from '../../engine/detect/index.js';
import { LEVELS } from '../../engine/detect/types.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';

const TACTICS = [
  ...['reconnaissance', 'resource-development', 'initial-access', 'execution', 'persistence', 'privilege-escalation'],
  ...['defense-evasion', 'credential-access', 'discovery', 'lateral-movement', 'collection', 'command-and-control'],
  ...['exfiltration', 'impact'],
];
const TAG = /^attack\.(t\d{4}(?:\.\d{3})?|[a-z-]+)$/;
const TECHNIQUE = /^attack\.t\d{4}/;
const RECEIVED = Date.UTC(2026, 10, 24, 12);

const sentence = z.string().min(20).max(600);
const example = z.union([z.string().min(20), z.record(z.string(), z.unknown())]);

/** What every rule of ours must hold; stricter than Sigma. */
const ownRule = z.strictObject({
  title: z.string().min(10).max(100),
  id: z.uuid({ version: 'v4' }),
  status: z.enum(['stable', 'test', 'experimental']),
  description: sentence,
  references: z.array(z.string().regex(/^https:\/\/attack\.mitre\.org\/techniques\/T\d{4}\/(?:\d{3}\/)?$/)).min(1),
  author: z.literal('mdr'),
  date: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  tags: z.array(z.string().regex(TAG)).min(2),
  logsource: z.strictObject({
    product: z.string().optional(),
    category: z.string().optional(),
    service: z.string().optional(),
  }),
  detection: z.record(z.string(), z.unknown()),
  falsepositives: z.array(z.string().min(10)).min(1),
  level: z.enum(LEVELS as [string, ...string[]]),
  mdr: z.strictObject({
    response: z.string().regex(/^[a-z0-9-]+$/),
    /** Requirements that it covers; test/compliance/ checks that there are such. */
    compliance: z.array(z.string()).min(1).optional(),
    triage: z.array(sentence).min(2).max(4),
    examples: z.strictObject({ positive: z.array(example).min(1), negative: z.array(example).min(2) }),
  }),
});
type OwnRule = z.infer<typeof ownRule>;

const names = readdirSync(ownRules).filter((name) => name !== 'README.md');
const texts = names.map((name) => [name, parse(readFileSync(join(ownRules, name), 'utf8'))] as [string, unknown]);
const rules = texts.map(([name, rule]) => [name, rule as OwnRule] as const);

describe('the rule pack as content', () => {
  it('has at least 32 rules over at least 10 tactics', () => {
    expect(names.length).toBeGreaterThanOrEqual(32);
    const tactics = new Set(rules.flatMap(([, rule]) => rule.tags).map((tag) => tag.slice('attack.'.length)));
    expect(TACTICS.filter((tactic) => tactics.has(tactic)).length).toBeGreaterThanOrEqual(10);
  });

  it('covers endpoint, identity, cloud and network logs', () => {
    const products = new Set(rules.map(([, rule]) => rule.logsource.product));
    expect([...products]).toEqual(
      expect.arrayContaining(['aws', 'azure', 'gcp', 'linux', 'm365', 'okta', 'suricata', 'windows', 'zeek']),
    );
  });

  it('gives every rule an id and a title of its own', () => {
    for (const key of ['id', 'title'] as const) {
      const values = rules.map(([, rule]) => rule[key].toLowerCase());
      expect(values.filter((value, i) => values.indexOf(value) !== i)).toEqual([]);
    }
  });

  describe.each(texts)('%s', (name, rule) => {
    it('is well formed and complete', () => {
      expect(name).toMatch(/^[a-z0-9-]+\.yml$/);
      const parsed = ownRule.safeParse(rule);
      expect(parsed.success ? [] : parsed.error.issues).toEqual([]);
      const { logsource, date } = rule as OwnRule;
      expect(name.startsWith(`${logsource.product ?? logsource.category}-`)).toBe(true);
      expect(logsource.category ?? logsource.service).toBeDefined();
      expect(new Date(date).toISOString().slice(0, 10)).toBe(date);
    });

    it('names known tactics and techniques, and refers to exactly these techniques', () => {
      const { tags, references } = rule as OwnRule;
      const techniques = tags.filter((tag) => TECHNIQUE.test(tag)).map((tag) => tag.slice('attack.'.length));
      const tactics = tags.filter((tag) => !TECHNIQUE.test(tag)).map((tag) => tag.slice('attack.'.length));
      expect(techniques.length).toBeGreaterThan(0);
      expect(tactics.length).toBeGreaterThan(0);
      expect(tactics.filter((tactic) => !TACTICS.includes(tactic))).toEqual([]);
      const pages = techniques.map(
        (id) => `https://attack.mitre.org/techniques/${id.toUpperCase().replace('.', '/')}/`,
      );
      expect(references).toEqual(pages);
    });
  });
});

describe('the rule pack at work', async () => {
  const [{ matcher, problems }, formats] = await Promise.all([loadRules([ownRules]), loadFormats()]);
  const recogniser = formats.recogniser();

  /** Files of the rules that a record matches, through the real formats. */
  const matches = (record: OwnRule['mdr']['examples']['positive'][number]): string[] => {
    const line = typeof record === 'string' ? record : JSON.stringify(record);
    return matcher.match(recogniser.read(line, null, RECEIVED).parsed).map((rule) => rule.file);
  };

  it('compiles whole', () => {
    expect(problems).toEqual([]);
    expect(matcher.rules.map((rule) => rule.file).sort()).toEqual([...names].sort());
  });

  describe.each(rules)('%s', (name, rule) => {
    it.each(rule.mdr.examples.positive.map((record, i) => [i + 1, record] as const))(
      'fires on its example %i',
      (_, record) => {
        expect(matches(record)).toContain(name);
      },
    );
    it.each(rule.mdr.examples.negative.map((record, i) => [i + 1, record] as const))(
      'is silent on its near miss %i',
      (_, record) => {
        expect(matches(record)).not.toContain(name);
      },
    );
  });

  it('has near misses that are of the kind of log that the rule is about, wherever the rule asks for one kind', () => {
    const kinds = (record: OwnRule['mdr']['examples']['positive'][number]) => {
      const line = typeof record === 'string' ? record : JSON.stringify(record);
      return recogniser.read(line, null, RECEIVED).parsed.logsource;
    };
    const strangers = rules.filter(([, rule]) => {
      const { product, category, service } = rule.logsource;
      return !rule.mdr.examples.negative.some((record) => {
        const kind = kinds(record);
        return (
          (product === undefined || kind.product === product) &&
          (category === undefined || kind.categories.includes(category)) &&
          (service === undefined || kind.service === service)
        );
      });
    });
    expect(strangers.map(([name]) => name)).toEqual([]);
  });
});
