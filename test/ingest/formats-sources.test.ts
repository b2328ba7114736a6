import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { Fields, LogSource, Parsed, Value } from '../../engine/event.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { readTaxonomy } from '../../engine/ingest/formats/shared/taxonomy.js';
import { sharedData } from '../support/shared.js';

// Every log source that the public rules name must come out of some format, with the fields that its rules ask for.
const RULES = sharedData('sigmahq');
const formats = await loadFormats();
const { read } = formats.recogniser();
const events: Parsed[] = formats.list.flatMap((format) =>
  format.samples.map(({ line }) => read(line, null, Date.UTC(2026, 2, 5)).parsed),
);

interface Rule {
  source: { product?: string; service?: string; category?: string };
  fields: Set<string>;
}

/** Names of the fields of a detection; keyword lists name none. */
function fieldsOf(value: unknown, into: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) fieldsOf(item, into);
  else if (typeof value === 'object' && value !== null)
    for (const name of Object.keys(value)) into.add(name.split('|')[0]!);
}

function rulesBelow(folder: string): Rule[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): Rule[] => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return rulesBelow(path);
    if (!entry.name.endsWith('.yml')) return [];
    return parseAllDocuments(readFileSync(path, 'utf8'), { logLevel: 'silent' }).flatMap((document): Rule[] => {
      const rule = document.toJS();
      if (!rule?.logsource || !rule.detection) return [];
      const fields = new Set<string>();
      for (const [name, value] of Object.entries(rule.detection))
        if (name !== 'condition' && name !== 'timeframe') fieldsOf(value, fields);
      return [{ source: rule.logsource, fields: new Set([...fields].filter(Boolean)) }];
    });
  });
}

const covers = ({ product, service, category }: Rule['source'], event: LogSource): boolean =>
  ((product === undefined || product === event.product) &&
    (service === undefined || service === event.service) &&
    (category === undefined || event.categories.includes(category))) ||
  (event.also ?? []).some((other) => covers({ product, service, category }, other));

/** Windows names its services and categories in data; samples show the ways of writing, not each channel. */
function windowsSources(): LogSource[] {
  const { services } = readTaxonomy('windows', z.looseObject({ services: z.record(z.string(), z.any()) }));
  return Object.entries(services).flatMap(([service, given]) => {
    const events = Object.values((given.events ?? {}) as Record<string, { sigma?: string[] }>);
    const categories = events.flatMap(({ sigma }) => sigma ?? []);
    return [{ product: given.product ?? 'windows', service, categories }];
  });
}

function has(fields: Fields, name: string): boolean {
  if (fields[name] !== undefined) return true;
  let values: Value[] = [fields];
  for (const part of name.split('.'))
    values = values.flatMap((value) => {
      const inner = Array.isArray(value) ? value : [value];
      return inner.flatMap((item) =>
        typeof item === 'object' && item !== null && !Array.isArray(item) && Object.hasOwn(item, part)
          ? [item[part] as Value]
          : [],
      );
    });
  return values.some((value) => value !== undefined);
}

/** Fields that no log of the source has, and why. */
const NOT_THERE: Record<string, string> = {
  'proxy: cs-cookie': 'proxies leave cookies out of their usual layouts; JSON with W3C names may carry it',
  'linux/process_creation: LogonId': 'Sysmon for Linux has it under this name, where its session is known',
  'aws/cloudtrail: status': 'no record of CloudTrail has it',
};
/** Records that reach the rules under their own names, nested as they are: their samples need not show every call's parameters. */
const AS_WRITTEN = /^aws\/cloudtrail: (?:requestParameters|responseElements)\./;

describe.skipIf(RULES === null)('the public rules (skipped where the shared data are absent)', () => {
  const rules = RULES
    ? readdirSync(RULES)
        .filter((name) => name.startsWith('rules'))
        .flatMap((name) => rulesBelow(join(RULES, name)))
    : [];

  it('name no log source that no format gives', () => {
    const sources = [...events.map(({ logsource }) => logsource), ...windowsSources()];
    const missing = new Set<string>();
    for (const { source } of rules)
      if (!sources.some((each) => covers(source, each)))
        missing.add([source.product, source.category, source.service].map((part) => part ?? '').join(' / '));
    expect(rules.length).toBeGreaterThan(3000);
    expect([...missing]).toEqual([]);
  }, 120_000);

  it('find the fields that they ask for in the samples of their log source', () => {
    const missing = new Map<string, number>();
    for (const { source, fields } of rules) {
      // Windows events carry whatever their provider writes, under its own names.
      if (source.product === 'windows') continue;
      const suited = events.filter(({ logsource }) => covers(source, logsource));
      for (const name of fields)
        if (!suited.some((event) => has(event.fields, name))) {
          const key = `${[source.product, source.category, source.service].filter(Boolean).join('/')}: ${name}`;
          missing.set(key, (missing.get(key) ?? 0) + 1);
        }
    }
    expect([...missing.keys()].filter((key) => NOT_THERE[key] === undefined && !AS_WRITTEN.test(key)).sort()).toEqual(
      [],
    );
    expect(
      Object.keys(NOT_THERE).filter((key) => !missing.has(key)),
      'is there by now',
    ).toEqual([]);
  }, 120_000);
});
