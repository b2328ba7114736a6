import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { logSource, readTaxonomy } from '../../engine/ingest/formats/shared/taxonomy.js';
import { projectRoot } from '../../engine/root.js';
import { missingRuns } from '../support/verbatim.js';

const DATA = join(projectRoot, '../shared/data');
const { read } = (await loadFormats()).recogniser();

const linesOf = (file: string): string[] =>
  (file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file))
    .toString('utf8')
    .split('\n')
    .filter(Boolean);

/** How often each format, and each product/service/categories, came out of the files. */
function count(folder: string, files: (name: string) => boolean) {
  const formats: Record<string, number> = {};
  const sources: Record<string, number> = {};
  let untimed = 0;
  for (const name of readdirSync(folder).filter(files).sort()) {
    for (const line of linesOf(join(folder, name))) {
      const { format, parsed } = read(line, null, Date.UTC(2026, 0, 1));
      if (!(parsed.time > Date.UTC(2018, 0, 1) && parsed.time < Date.UTC(2027, 0, 1))) untimed++;
      formats[format.name] = (formats[format.name] ?? 0) + 1;
      const { product, service, categories } = parsed.logsource;
      for (const key of [`${product}/${service}`, ...categories]) sources[key] = (sources[key] ?? 0) + 1;
    }
  }
  return { formats, sources, untimed };
}

describe.skipIf(!existsSync(DATA))('recorded logs (skipped where the shared data are absent)', () => {
  it('holds in each record what a verbatim event says it does', () => {
    let verbatim = 0;
    for (const folder of ['otrf', 'sigmahq/regression'])
      for (const name of readdirSync(join(DATA, folder)).filter((file) => /\.jsonl(\.gz)?$/.test(file)))
        for (const [i, line] of linesOf(join(DATA, folder, name)).entries()) {
          if (folder === 'otrf' && i % 10) continue;
          const { parsed } = read(line, null, Date.UTC(2026, 0, 1));
          if (parsed.verbatim) verbatim++;
          expect(missingRuns(parsed), name).toEqual([]);
        }
    expect(verbatim).toBeGreaterThan(8000);
  });

  it('recognises every event of 44 recorded attacks', () => {
    const { formats, sources, untimed } = count(join(DATA, 'otrf'), (name) => name.endsWith('.gz'));
    expect(formats).toEqual({ windows: 88_906, cloudtrail: 103 });
    expect(untimed).toBe(0);
    expect(sources).toMatchObject({
      'windows/sysmon': 67_644,
      'windows/security': 17_964,
      'windows/powershell': 1330,
      'windows/powershell-classic': 1263,
      'windows/wmi': 65,
      'windows/msexchange-management': 3,
      'aws/cloudtrail': 103,
    });
    // Each equals the number of raw records of the channels and ids named beside it, counted without this code.
    expect(sources).toMatchObject({
      process_creation: 194 + 199, // Sysmon 1, Security 4688
      registry_set: 3943 + 9, // Sysmon 13, Security 4657
      registry_event: 8387 + 3943 + 9, // Sysmon 12 to 14, Security 4657
      process_access: 42_965, // Sysmon 10
      image_load: 9812, // Sysmon 7
      file_delete: 40 + 57, // Sysmon 23, 26
      pipe_created: 45 + 190, // Sysmon 17, 18
      ps_module: 1041, // PowerShell 4103
      ps_script: 94, // PowerShell 4104
    });
    // The 1,131 keys whose record lost its EventType are both.
    expect(sources.registry_add! + sources.registry_delete!).toBe(8387 + 1131);
  }, 60_000);

  it('recognises every CloudTrail and Zeek record', () => {
    expect(count(join(DATA, 'cloudtrail'), (name) => name.endsWith('.gz'))).toMatchObject({
      formats: { cloudtrail: 1233 },
      untimed: 0,
    });
    const zeek = count(join(DATA, 'zeek'), (name) => name.endsWith('.gz'));
    expect(zeek).toMatchObject({ formats: { zeek: 2140 }, untimed: 0 });
    expect(zeek.sources['zeek/'], 'every log has a service').toBeUndefined();
  });

  it('recognises every official regression event and every sign-in', () => {
    const { formats, untimed, sources } = count(join(DATA, 'sigmahq/regression'), (name) => name.endsWith('.jsonl'));
    expect([formats, untimed]).toEqual([{ windows: 116 }, 0]);
    expect(sources).toMatchObject({ process_creation: 68, file_event: 22, registry_set: 17, 'windows/wmi': 1 });
    expect(count(join(DATA, 'auth'), (name) => name.endsWith('.gz'))).toMatchObject({
      formats: { generic: 20_016 },
      untimed: 0,
    });
  });

  it('knows every log source that the public rules name for the products we read', () => {
    const known = knownSources();
    const missing = new Set<string>();
    const visit = (folder: string): void => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) visit(path);
        else if (entry.name.endsWith('.yml'))
          for (const document of parseAllDocuments(readFileSync(path, 'utf8'), { logLevel: 'silent' })) {
            const source = document.toJS()?.logsource ?? {};
            if (!['windows', 'linux', 'aws', 'zeek'].includes(source.product)) continue;
            if (source.service && !known.has(`${source.product}/${source.service}`))
              missing.add(`${source.product}/${source.service}`);
            if (source.product === 'windows' && source.category && !known.has(source.category))
              missing.add(source.category);
          }
      }
    };
    for (const folder of readdirSync(join(DATA, 'sigmahq')).filter((name) => name.startsWith('rules')))
      visit(join(DATA, 'sigmahq', folder));
    expect([...missing]).toEqual([]);
  }, 120_000);
});

/** Every `product/service` and category that the taxonomy can hand out. */
function knownSources(): Set<string> {
  const loose = z.record(z.string(), z.any());
  const known = new Set(['aws/cloudtrail']);
  const windows = readTaxonomy('windows', loose).services as Record<
    string,
    { events?: Record<string, { sigma?: string[] }> }
  >;
  for (const [name, service] of Object.entries(windows)) {
    known.add(`windows/${name}`);
    for (const event of Object.values(service.events ?? {}))
      for (const category of event.sigma ?? []) known.add(category);
  }
  const linux = readTaxonomy('linux', loose);
  for (const service of [...Object.values(linux.programs), linux.otherwise]) known.add(`linux/${service}`);
  const network = readTaxonomy('network', loose);
  for (const log of [...Object.keys(network.zeek), ...network.others.zeek]) known.add(`zeek/${log}`);
  return known;
}

it('makes one frozen object for one log source', () => {
  const one = logSource('windows', 'security', ['process_creation']);
  expect(logSource('windows', 'security', ['process_creation'])).toBe(one);
  expect(Object.isFrozen(one) && Object.isFrozen(one.categories)).toBe(true);
});
