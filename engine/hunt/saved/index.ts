import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { MdrError } from '../../errors.js';
import type { Parameter } from '../../lake/cells.js';
import { projectRoot } from '../../root.js';
import { type SavedHunt, savedSchema } from './types.js';

export type { SavedHunt } from './types.js';

const MOST_TEXT = 500;
let loaded: Promise<readonly SavedHunt[]> | undefined;

/** Every saved hunt of this folder, one YAML file each, by name; read when first asked for. @throws Error naming the file that is wrong */
export function savedHunts(): Promise<readonly SavedHunt[]> {
  loaded ??= load(join(projectRoot, 'engine/hunt/saved'));
  return loaded;
}

export async function load(folder: string): Promise<SavedHunt[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  return Promise.all(
    names.map(async (name) => {
      const hunt = readSaved(await readFile(join(folder, name), 'utf8'), name);
      if (`${hunt.id}.yaml` !== name) throw new Error(`${name}: its id is ${hunt.id}`);
      return hunt;
    }),
  );
}

/** @throws Error that says what is wrong with the file */
export function readSaved(text: string, name: string): SavedHunt {
  const parsed = savedSchema.safeParse(parse(text));
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw new Error(`${name}: ${first?.path.join('.')}: ${first?.message}`);
  }
  const { query, parameters } = parsed.data;
  for (const used of namesIn(query))
    if (used !== 'since' && !Object.hasOwn(parameters, used))
      throw new Error(`${name}: $${used} is no parameter of it`);
  for (const parameter of Object.keys(parameters))
    if (!namesIn(query).has(parameter)) throw new Error(`${name}: its query does not use $${parameter}`);
  return parsed.data;
}

const namesIn = (sql: string): Set<string> => new Set([...sql.matchAll(/\$([a-z_]+)/g)].map(([, name]) => name!));

/** @throws MdrError MDR_HUNT_UNKNOWN when none, or several, are called like this */
export function savedCalled(hunts: readonly SavedHunt[], typed: string): SavedHunt {
  const name = typed.toLowerCase();
  const exact = hunts.find(({ id }) => id === name);
  if (exact) return exact;
  const begins = name.length >= 3 ? hunts.filter(({ id }) => id.startsWith(name)) : [];
  if (begins.length === 1) return begins[0]!;
  throw new MdrError(
    'MDR_HUNT_UNKNOWN',
    begins.length > 1
      ? `several saved hunts begin with "${typed.slice(0, 40)}": ${begins
          .slice(0, 5)
          .map(({ id }) => id)
          .join(', ')}.`
      : `there is no saved hunt "${typed.slice(0, 60)}".`,
    'See /mdr hunt list.',
  );
}

/**
 * The values that a query is given: those said, otherwise its own. They are bound, never written into the query.
 * @throws MdrError MDR_HUNT_BAD for a parameter that it does not have, or a value that is none of its type
 */
export function paramsOf(
  hunt: SavedHunt,
  said: Readonly<Record<string, string>>,
  since: number,
): Record<string, Parameter> {
  const names = Object.keys(hunt.parameters);
  for (const name of Object.keys(said))
    if (!names.includes(name))
      throw bad(
        hunt,
        `has no parameter "${name.slice(0, 40)}"; it has ${names.length > 0 ? names.join(', ') : 'none'}`,
      );
  const params: Record<string, Parameter> = {};
  for (const [name, { type, default: fallback }] of Object.entries(hunt.parameters)) {
    const text = Object.hasOwn(said, name) ? said[name]! : null;
    if (text !== null && text.length > MOST_TEXT) throw bad(hunt, `takes at most ${MOST_TEXT} characters for ${name}`);
    if (type === 'number') {
      const number = Number(text ?? fallback);
      if (text === '' || !Number.isFinite(number)) throw bad(hunt, `needs a number for ${name}`);
      params[name] = number;
    } else if (type === 'list') {
      const list = text === null ? fallback : text.split(',');
      params[name] = (Array.isArray(list) ? list : [String(list)])
        .map((each) => each.trim().toLowerCase())
        .filter(Boolean);
    } else params[name] = text ?? String(fallback);
  }
  if (namesIn(hunt.query).has('since')) params.since = new Date(since);
  return params;
}

const bad = ({ id }: SavedHunt, why: string): MdrError =>
  new MdrError('MDR_HUNT_BAD', `${id} ${why}.`, `See /mdr hunt show ${id}.`);
