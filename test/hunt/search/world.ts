import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ownRules } from '../../../engine/detect/index.js';
import { idOf } from '../../../engine/ids.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import { writeParquet } from '../../../engine/lake/bulk.js';
import { type Lake, openLake } from '../../../engine/lake/index.js';
import type { LakeEvent } from '../../../engine/lake/pack.js';

export const NOW = Date.parse('2026-11-26T09:30:00Z');
export const formats = await loadFormats();
const recogniser = formats.recogniser();

/** A record as the lake keeps it; null when no format takes it. */
export function eventOf(line: string, tenant = 'acme', source = 'test'): LakeEvent | null {
  try {
    const { format, parsed } = recogniser.read(line, null, NOW);
    return { id: idOf(tenant, source, line), source, format: format.name, simulated: false, parsed, original: line };
  } catch {
    return null;
  }
}

export const eventsOf = (lines: readonly string[], tenant = 'acme'): LakeEvent[] =>
  lines.flatMap((line) => eventOf(line, tenant) ?? []);

/** A lake of its own, gone after the tests of the file. */
export async function lakeWith(
  lines: readonly string[],
  tenant = 'acme',
): Promise<{ root: string; lake: Lake; events: LakeEvent[] }> {
  const root = await mkdtemp(join(tmpdir(), 'mdr-hunt-'));
  const lake = openLake(root);
  afterAll(async () => {
    lake.close();
    await rm(root, { recursive: true, force: true });
  });
  const events = eventsOf(lines, tenant);
  if (events.length > 0) await writeParquet(root, tenant, events);
  return { root, lake, events };
}

/** Every example of our own rules: what they must find, and what they must not. */
export async function ruleExamples(): Promise<string[]> {
  const lines: string[] = [];
  for (const name of (await readdir(ownRules)).filter((each) => each.endsWith('.yml')))
    for (const document of parseAllDocuments(await readFile(join(ownRules, name), 'utf8'))) {
      const examples =
        (document.toJS() as { mdr?: { examples?: Record<string, unknown> } } | null)?.mdr?.examples ?? {};
      const visit = (value: unknown): void => {
        if (Array.isArray(value)) value.forEach(visit);
        else if (typeof value === 'string') lines.push(value);
        else if (typeof value === 'object' && value !== null)
          lines.push(JSON.stringify((value as { events?: unknown }).events ? '' : value));
        const inner = (value as { events?: unknown } | null)?.events;
        if (Array.isArray(inner)) inner.forEach(visit);
      };
      Object.values(examples).forEach(visit);
    }
  return lines.filter((line) => line !== '""');
}
