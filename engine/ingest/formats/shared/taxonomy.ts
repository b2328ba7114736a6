import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { z } from 'zod';
import type { LogSource } from '../../../event.js';
import { projectRoot } from '../../../root.js';

/** Read one file of `engine/ingest/taxonomy/`. Once, when a format is loaded; a broken file is a broken installation. */
export function readTaxonomy<T>(name: string, schema: z.ZodType<T>): T {
  const text = readFileSync(join(projectRoot, 'engine/ingest/taxonomy', `${name}.yaml`), 'utf8');
  return schema.parse(parse(text, { merge: true }));
}

const known = new Map<string, LogSource>();

/**
 * The one frozen object for a kind of event: the detector looks its rules up by identity. Called while loading, not per event.
 * @param also further sources that such an event counts as
 */
export function logSource(
  product: string,
  service: string,
  categories: readonly string[] = [],
  also: readonly LogSource[] = [],
): LogSource {
  const key = JSON.stringify([product, service, categories, also]);
  let found = known.get(key);
  if (!found) {
    found = Object.freeze({
      product,
      service,
      categories: Object.freeze([...categories]),
      ...(also.length > 0 && { also: Object.freeze([...also]) }),
    });
    known.set(key, found);
  }
  return found;
}

/** Every kind of event that the loaded formats can make. */
export const knownLogSources = (): readonly LogSource[] => [...known.values()];
