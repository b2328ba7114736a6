import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { readYaml } from '../detect/sigma/yaml.js';
import { LEVELS } from '../detect/types.js';
import type { CoveringRule, Selector } from './types.js';

const MAX_BYTES = 1 << 20;

const part = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const logsource = z.object({ product: part, service: part, category: part });
const document = z.object({
  title: z.string(),
  id: z.string().optional(),
  name: z.string().optional(),
  level: z.enum(LEVELS as [string, ...string[]]).catch('medium'),
  logsource: logsource.optional(),
  correlation: z
    .object({
      rules: z.array(z.string()).or(z.string().transform((one) => [one])),
      generate: z.boolean().default(false),
    })
    .optional(),
  mdr: z.object({ compliance: z.array(z.string()).default([]) }).optional(),
});
type Document = z.infer<typeof document>;

/**
 * Every rule of ours and the operator's, with the requirements that it names under `mdr.compliance`.
 * What is not a rule, or cannot be read, is left out: the detector reports it.
 * @param folders files and folders of Sigma rules
 */
export async function loadCoveringRules(folders: readonly string[]): Promise<CoveringRule[]> {
  const documents: { file: string; rule: Document }[] = [];
  for (const folder of folders) {
    for (const path of await filesOf(folder)) {
      const text = await readFile(path, 'utf8');
      if (text.length > MAX_BYTES) continue;
      const file = relative(folder, path) || path;
      documents.push(...documentsOf(text).map((rule) => ({ file, rule })));
    }
  }
  const byName = new Map(
    documents.flatMap(({ rule }) => [rule.id, rule.name].flatMap((key) => (key ? [[key, rule]] : []))),
  );
  // What only feeds a correlation makes no detections of its own.
  const feeding = new Set(
    documents.flatMap(({ rule: { correlation } }) => (correlation && !correlation.generate ? correlation.rules : [])),
  );
  return documents.flatMap(({ file, rule }) => {
    if (rule.id === undefined || feeding.has(rule.id) || (rule.name && feeding.has(rule.name))) return [];
    const tags = rule.mdr?.compliance ?? [];
    return [
      {
        id: rule.id,
        title: rule.title,
        level: rule.level as CoveringRule['level'],
        file,
        tags,
        reads: readsOf(rule, byName, 0),
      },
    ];
  });
}

async function filesOf(path: string): Promise<string[]> {
  const info = await stat(path).catch(() => null);
  if (!info) return [];
  if (info.isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function documentsOf(text: string): Document[] {
  try {
    return [...readYaml(text)].flatMap(({ value }) => {
      const parsed = document.safeParse(value);
      return parsed.success ? [parsed.data] : [];
    });
  } catch {
    return [];
  }
}

/** What a rule reads; a correlation reads what its rules read. */
function readsOf(rule: Document, byName: ReadonlyMap<string, Document>, depth: number): Selector[] {
  if (rule.logsource) return [rule.logsource];
  if (depth > 8) return [];
  const reads = (rule.correlation?.rules ?? []).flatMap((key) => {
    const base = byName.get(key);
    return base ? readsOf(base, byName, depth + 1) : [];
  });
  return [...new Map(reads.map((selector) => [JSON.stringify(selector), selector])).values()];
}
