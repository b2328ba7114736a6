import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compileRules, ownRules } from '../../../engine/detect/index.js';
import { type RuleDocument, readRuleFile } from '../../../engine/detect/sigma/document.js';
import type { Fields, LogSource } from '../../../engine/event.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import { random } from '../../support/random.js';
import { sharedData } from '../../support/shared.js';
import { referenceMatches } from './reference.js';

type Rng = ReturnType<typeof random>;

function filesOf(folder: string): { file: string; content: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yml'))
    .sort()
    .map((name) => ({ file: name, content: readFileSync(join(folder, name), 'utf8') }));
}

/** Field entries anywhere in a detection. */
function entries(part: unknown): [string, unknown][] {
  if (Array.isArray(part)) return part.flatMap(entries);
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) => [[key, value] as [string, unknown]]);
}

/** A value made so that it likely, but not surely, satisfies an entry. */
function valueFor(rng: Rng, key: string, raw: unknown): unknown {
  const modifiers = key.split('|').slice(1);
  const list = Array.isArray(raw) ? raw : [raw];
  if (list.length === 0 || raw === null) return undefined;
  const chosen = modifiers.includes('all') ? list.map(String).join(rng.pick(['', ' ', ' x '])) : rng.pick(list);
  if (chosen === null || typeof chosen === 'object') return undefined;
  let text = String(chosen).replace(
    /\\([*?\\])|([*?])/g,
    (_all, literal: string | undefined) => literal ?? rng.pick(['', 'q', 'zz\\']),
  );
  const around = () => rng.pick(['', 'C:\\a', 'x', ' ', '\\', '/']);
  if (modifiers.includes('contains') || modifiers.includes('endswith')) text = around() + text;
  if (modifiers.includes('contains') || modifiers.includes('startswith')) text += around();
  const way = rng.int(12);
  if (way === 0) text = text.slice(1);
  else if (way === 1) text = text.toUpperCase();
  else if (way === 2) text += 'x';
  else if (way === 3) return [text, 'other'];
  else if (way === 4 && /^\d+$/.test(text)) return Number(text);
  return text;
}

function eventFrom(rng: Rng, rule: RuleDocument): Fields {
  const fields: Fields = {};
  for (const [name, part] of Object.entries(rule.detection)) {
    if (name === 'condition' || rng.int(4) === 0) continue;
    for (const [key, raw] of entries(part)) {
      const field = key.split('|')[0]!;
      if (field === '' || (field in fields && rng.int(2))) continue;
      const value = valueFor(rng, key, raw);
      if (value !== undefined) fields[field] = value as Fields[string];
    }
  }
  return fields;
}

function compare(
  files: { file: string; content: string }[],
  events: number,
  seed: number,
): { compared: number; matched: number } {
  const { matcher } = compileRules(files);
  const documents = files.flatMap(({ file, content }) => readRuleFile(file, content).rules);
  const kept = new Set(matcher.rules.map((rule) => `${rule.file} ${rule.id}`));
  const rules = documents.filter((rule) => kept.has(`${rule.file} ${rule.id}`));
  const rng = random(seed);
  const sources = new Map<string, { logsource: LogSource; covering: RuleDocument[] }>();
  let compared = 0;
  let matched = 0;
  for (let i = 0; i < events; i++) {
    const rule = rng.pick(rules);
    const { product, service, category } = rule.logsource;
    const key = `${product}/${service}/${category}`;
    let source = sources.get(key);
    if (!source) {
      const fits = (wanted: string | null | undefined, own: string | null | undefined) =>
        !wanted || wanted.toLowerCase() === (own ?? '').toLowerCase();
      const logsource = { product: product ?? '', service: service ?? '', categories: category ? [category] : [] };
      const covering = rules.filter(
        (r) =>
          fits(r.logsource.product, product) &&
          fits(r.logsource.service, service) &&
          fits(r.logsource.category, category),
      );
      source = { logsource, covering };
      sources.set(key, source);
    }
    const fields = eventFrom(rng, rule);
    const hits = new Set(
      matcher
        .match({ time: 0, logsource: source.logsource, fields, ecs: () => ({ '@timestamp': '' }) })
        .map((r) => r.id),
    );
    const sample =
      source.covering.length > 40
        ? [rule, ...Array.from({ length: 40 }, () => rng.pick(source.covering))]
        : source.covering;
    for (const each of sample) {
      const expected = referenceMatches(each, fields);
      if (expected === null) continue;
      compared++;
      if (expected) matched++;
      if (hits.has(each.id) !== expected)
        expect.fail(
          `${each.file} (${each.title}): expected ${expected} for ${JSON.stringify(fields)} with seed ${seed}, event ${i}`,
        );
    }
  }
  return { compared, matched };
}

describe('the compiled matcher agrees with the reference evaluator', () => {
  it('on events built from our own rules', () => {
    const { compared, matched } = compare(filesOf(ownRules), 4000, 11);
    expect(compared).toBeGreaterThan(4000);
    expect(matched).toBeGreaterThan(200);
  });

  const shared = sharedData('sigmahq');
  it.skipIf(!shared)(
    'on events built from the public rules (skipped without the shared data)',
    { timeout: 120_000 },
    () => {
      const { compared, matched } = compare(filesOf(shared!), 2500, 12);
      expect(compared).toBeGreaterThan(25_000);
      expect(matched).toBeGreaterThan(500);
    },
  );

  const attacks = sharedData('otrf');
  const title = 'on recorded events, every public rule against each (skipped without the shared data)';
  it.skipIf(!shared || !attacks)(title, { timeout: 120_000 }, async () => {
    const files = filesOf(shared!);
    const { matcher } = compileRules(files);
    const kept = new Set(matcher.rules.map((rule) => rule.id));
    const rules = files
      .flatMap(({ file, content }) => readRuleFile(file, content).rules)
      .filter((rule) => kept.has(rule.id));
    const recogniser = (await loadFormats()).recogniser();
    const rng = random(13);
    let matched = 0;
    for (const name of readdirSync(attacks!).filter((each) => each.endsWith('.jsonl.gz'))) {
      const lines = gunzipSync(readFileSync(join(attacks!, name)))
        .toString('utf8')
        .trim()
        .split('\n');
      // Rare kinds of event are as interesting as common ones: at most a few of each kind from each file.
      const kinds = new Map<string, number>();
      for (let i = 0; i < 400; i++) {
        const { parsed } = recogniser.read(rng.pick(lines), null, 0);
        const kind = `${parsed.fields.Channel} ${parsed.fields.EventID}`;
        const seen = kinds.get(kind) ?? 0;
        if (seen >= 2) continue;
        kinds.set(kind, seen + 1);
        const hits = new Set(matcher.match(parsed).map((rule) => rule.id));
        for (const rule of rules) {
          const { product, service, category } = rule.logsource;
          const source = parsed.logsource;
          const covers =
            (!product || product === source.product) &&
            (!service || service === source.service) &&
            (!category || source.categories.includes(category));
          const expected = covers && referenceMatches(rule, parsed.fields);
          if (expected === null) continue;
          if (expected) matched++;
          if (hits.has(rule.id) !== expected)
            expect.fail(`${rule.file}: expected ${expected} for ${JSON.stringify(parsed.fields)} in ${name}`);
        }
      }
    }
    expect(matched).toBeGreaterThan(30);
  });
});
