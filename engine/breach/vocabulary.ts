import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectRoot } from '../root.js';
import { hasLaw, isPlace } from './places.js';
import { conditionSchema } from './schema.js';

const ask = z.string().min(1).max(200);
const file = z.strictObject({
  facts: z.record(
    z.string().regex(/^[a-z_]+$/),
    z.union([
      z.strictObject({ kind: z.enum(['yes-no', 'count', 'time']), ask }),
      z.strictObject({ kind: z.literal('choice'), of: z.array(z.string()).min(2), ask }),
    ]),
  ),
  derived: z.record(z.string(), conditionSchema),
  implied: z.record(z.string(), z.array(z.string())),
  roles: z.record(z.string().regex(/^[a-z-]+$/), z.strictObject({ ask })),
});

/** What can be known of a breach (vocabulary.yaml). */
export const vocabulary = file.parse(parse(readFileSync(join(projectRoot, 'engine/breach/vocabulary.yaml'), 'utf8')));

export type FactKind = 'yes-no' | 'choice' | 'count' | 'time' | 'decision';

const own = <T>(of: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(of, name) ? of[name] : undefined;

/** What kind of answer a fact has; null: there is no such fact. */
export function kindOf(fact: string): FactKind | null {
  const [name = '', rule] = fact.split('@');
  if (rule !== undefined) return own(vocabulary.facts, name)?.kind === 'time' ? 'time' : null;
  if (name.startsWith('duty:')) return 'decision';
  if (name.startsWith('submitted:')) return 'time';
  if (name.startsWith('role.')) return own(vocabulary.roles, name.slice(5)) ? 'yes-no' : null;
  if (name.startsWith('provider_role.')) return own(vocabulary.roles, name.slice(14)) ? 'yes-no' : null;
  if (name.startsWith('law.')) return hasLaw(name.slice(4)) ? 'yes-no' : null;
  if (name.startsWith('contract.')) return 'yes-no';
  const [group = '', place] = name.split('.');
  const known = own(vocabulary.facts, group);
  if (place === undefined) return known?.kind ?? null;
  return known?.kind === 'count' && isPlace(place) ? 'count' : null;
}

/** What to ask for a fact, as a question. */
export function questionFor(fact: string): string {
  const [name = '', rule] = fact.split('@');
  if (rule !== undefined) return `${questionFor(name)} (for ${rule} alone)`;
  if (name.startsWith('duty:')) return `What was decided about ${name.slice(5)}?`;
  if (name.startsWith('submitted:')) return `When was ${name.slice(10)} submitted?`;
  if (name.startsWith('role.')) return own(vocabulary.roles, name.slice(5))?.ask ?? name;
  if (name.startsWith('provider_role.'))
    return `Of the provider: ${own(vocabulary.roles, name.slice(14))?.ask ?? name}`;
  if (name.startsWith('law.')) return `Does the law of ${name.slice(4)} apply to it?`;
  if (name === 'contract.notice') return 'Do its contracts, confidentiality agreements or insurance ask for notice?';
  const [group = '', place] = name.split('.');
  const known = own(vocabulary.facts, group);
  if (!known) return name;
  return place === undefined ? known.ask : `${known.ask.replace(/\?$/, '')} in ${place}?`;
}
