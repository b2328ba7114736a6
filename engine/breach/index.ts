import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { MdrError } from '../errors.js';
import { projectRoot } from '../root.js';
import { loadCalendars } from './calendar.js';
import type { Law } from './duties.js';
import { lintRegimes } from './lint.js';
import { regimeSchema } from './schema.js';
import type { Regime } from './types.js';

const folder = join(projectRoot, 'engine/breach/regimes');

/**
 * Every rule, one file each in `regimes/` named by its id, and every calendar. Read once for a process: rules change with a release.
 * @throws MdrError MDR_CONFIG naming the file and the fault
 */
export function loadLaw(): Law {
  const calendars = loadCalendars();
  const regimes = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => readRegime(name, readFileSync(join(folder, name), 'utf8')));
  const [fault] = lintRegimes(regimes, calendars);
  if (fault)
    throw new MdrError('MDR_CONFIG', `regimes: ${fault}`, 'Mend the file: docs/breach.md tells what each part is.');
  return { regimes, calendars };
}

/** @throws MdrError MDR_CONFIG */
export function readRegime(file: string, text: string): Regime {
  const parsed = regimeSchema.safeParse(parse(text));
  if (parsed.success) return { id: file.replace(/\.yaml$/, ''), ...parsed.data };
  const first = parsed.error.issues[0];
  throw new MdrError(
    'MDR_CONFIG',
    `regimes/${file} is no rule: ${first?.path.join('.')}: ${first?.message}.`,
    'Compare it with the others.',
  );
}

let loaded: Law | undefined;
/** The law as this process has it. */
export function theLaw(): Law {
  loaded ??= loadLaw();
  return loaded;
}
