import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Fields, LogSource, Value } from '../../../event.js';
import { projectRoot } from '../../../root.js';
import { ROLES, type Role } from '../types.js';

const KINDS = ['host', 'url', 'hash', 'email', 'answers', 'text'] as const;
export type FieldKind = (typeof KINDS)[number];

const names = z.array(z.string().min(1));
const roles = z.partialRecord(z.enum(ROLES), names).optional();
const schema = z.strictObject({
  sources: z.array(
    z.strictObject({
      when: z
        .array(
          z
            .strictObject({ product: z.string(), service: z.string(), category: z.string() })
            .partial()
            .refine((value) => Object.keys(value).length > 0),
        )
        .min(1)
        .optional(),
      hosts: names.default([]),
      ...(Object.fromEntries(KINDS.map((kind) => [kind, roles])) as Record<FieldKind, typeof roles>),
    }),
  ),
  blocked: z.array(z.strictObject({ fields: names, values: z.array(z.string()) })),
});

/** A field to look at. */
export interface Place {
  name: string;
  /** Of a name with dots, its way into nested records. */
  path: string[] | null;
  kind: FieldKind;
  role: Role;
}

/** Where to look in the events of one log source. */
export interface Plan {
  places: readonly Place[];
  /** Fields that name the host of a URL that is only a path. */
  hosts: readonly Pick<Place, 'name' | 'path'>[];
}

/** What `fields.yaml` says. */
export interface FieldMap {
  planOf(source: LogSource): Plan;
  /** Whether an event says that what it tells of was stopped. */
  isBlocked(fields: Fields): boolean;
}

const placeOf = (name: string) => ({ name, path: name.includes('.') ? name.split('.') : null });

/** @param options.text whether free text is looked at */
export function readFieldMap({ text = false } = {}): FieldMap {
  const file = join(projectRoot, 'engine/detect/indicators/fields.yaml');
  const { sources, blocked } = schema.parse(parse(readFileSync(file, 'utf8')));
  const entries = sources.map((entry) => ({
    when: entry.when,
    hosts: entry.hosts.map(placeOf),
    places: KINDS.filter((kind) => text || kind !== 'text').flatMap((kind) =>
      ROLES.flatMap((role) => (entry[kind]?.[role] ?? []).map((name): Place => ({ ...placeOf(name), kind, role }))),
    ),
  }));
  const products = new Set(entries.flatMap(({ when }) => when?.flatMap(({ product }) => product ?? []) ?? []));
  const plans = new Map<LogSource, Plan>();
  const signs = blocked.map((sign) => ({
    places: sign.fields.map(placeOf),
    values: new Set(sign.values),
  }));

  function make(source: LogSource): Plan {
    const fits = (when: { product?: string; service?: string; category?: string }) =>
      (when.product === undefined || when.product === source.product) &&
      (when.service === undefined || when.service === source.service) &&
      (when.category === undefined || source.categories.includes(when.category));
    const own = entries.filter(({ when }) => when?.some(fits));
    // The other logs of a product that is known hold nothing to look for: most of Windows' events, for one.
    const known = own.length > 0 || products.has(source.product);
    const chosen = known ? own : entries.filter(({ when }) => when === undefined);
    const seen = new Set<string>();
    const places = chosen
      .flatMap((entry) => entry.places)
      .filter(({ name, kind }) => !seen.has(`${kind} ${name}`) && seen.add(`${kind} ${name}`));
    return { places, hosts: chosen.flatMap((entry) => entry.hosts) };
  }

  return {
    planOf(source) {
      let plan = plans.get(source);
      if (!plan) {
        plan = make(source);
        plans.set(source, plan);
      }
      return plan;
    },
    isBlocked: (fields) =>
      signs.some(({ places, values }) =>
        places.some(({ name, path }) => {
          const value = valueAt(fields, name, path);
          if (typeof value !== 'string' && typeof value !== 'number') return false;
          return String(value)
            .slice(0, 64)
            .toLowerCase()
            .split(/[^a-z0-9]+/)
            .some((word) => values.has(word));
        }),
      ),
  };
}

/** A field by its whole name, else by its path. */
export function valueAt(fields: Fields, name: string, path: readonly string[] | null): Value {
  const value = fields[name];
  if (value !== undefined || path === null) return typeof value === 'function' ? undefined : value;
  let inner: Value = fields;
  for (const part of path) {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner) || !Object.hasOwn(inner, part))
      return undefined;
    inner = inner[part];
  }
  return inner;
}
