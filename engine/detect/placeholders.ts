import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { MdrError } from '../errors.js';

const MAX_BYTES = 4 << 20;
const value = z.union([z.string().max(1000), z.number()]).transform(String);
const schema = z.record(
  z.string().regex(/^[^%\s]{1,100}$/, 'a name without % and spaces'),
  z.union([value, z.array(value).max(10_000)]).transform((v) => (Array.isArray(v) ? v : [v])),
);

/**
 * Values of `%placeholder%`s for the `expand` modifier, from a YAML mapping of names to a value or a list.
 * @param path null: there are none
 * @throws MdrError MDR_CONFIG
 */
export async function readPlaceholders(path: string | null): Promise<Record<string, string[]>> {
  if (!path) return {};
  const bad = (why: string, cause?: unknown) =>
    new MdrError(
      'MDR_CONFIG',
      `the placeholders at "${path}" cannot be taken: ${why}.`,
      'MDR_PLACEHOLDERS names a YAML file of lists, such as "known_dcs: [dc01, dc02]".',
      { cause },
    );
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw bad(cause.message, cause);
  });
  if (text.length > MAX_BYTES) throw bad('the file is larger than 4 MiB');
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'silent' });
  if (document.errors[0]) throw bad(document.errors[0].message);
  const parsed = schema.safeParse(document.toJS({ maxAliasCount: 50 }) ?? {});
  if (!parsed.success) throw bad(`${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`);
  return parsed.data;
}
