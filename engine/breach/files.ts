import { DateTime, IANAZone } from 'luxon';
import { parse } from 'yaml';
import { z } from 'zod';
import { MdrError } from '../errors.js';
import { placeOf } from './known.js';
import { type Fact, type FactValue, PARTIES, type Profile, UNITS } from './types.js';
import { kindOf, vocabulary } from './vocabulary.js';

/** Most facts of one breach. */
export const MAX_FACTS = 2000;
/** Most places of one count. */
const MAX_PLACES = 120;
const MAX_PEOPLE = 10_000_000_000;

const zone = z.string().refine((name) => IANAZone.isValidZone(name), 'is no time zone');
const roles = z.array(z.string().refine((role) => Object.hasOwn(vocabulary.roles, role), 'is no role')).max(50);
const places = z.array(z.string().regex(/^[A-Z]{2,3}(?:-[A-Z0-9]{1,3})?$/)).max(200);

/** What a tenant's profile says for its breach duties: in its record and in the file of `mdr breach duties`. */
export const breachProfileSchema = z.strictObject({
  jurisdictions: places.optional(),
  roles: roles.optional(),
  providerRoles: roles.optional(),
  calendar: z.string().max(40).nullable().default(null),
  targets: z.record(z.string().max(80), z.int().min(1).max(8760)).default({}),
  clauses: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9-]{1,40}$/),
        title: z.string().min(1).max(200),
        owes: z.enum(PARTIES).default('customer'),
        to: z.string().min(1).max(200),
        from: z.string().refine((name) => kindOf(name) === 'time', 'is no anchor'),
        within: z.int().min(0).max(3650),
        unit: z.enum(UNITS),
        when: z
          .string()
          .refine((name) => kindOf(name) === 'yes-no', 'is no fact that is yes or no')
          .nullable()
          .default(null),
        source: z.string().min(1).max(200),
      }),
    )
    .max(100)
    .optional(),
});
const profileFile = breachProfileSchema.extend({ name: z.string().max(200).default(''), zone: zone.default('UTC') });

/** @throws MdrError MDR_BREACH_BAD naming what is wrong */
export function readProfile(text: string): Profile {
  return checked(profileFile, text, 'profile');
}

const factsFile = z.strictObject({
  facts: z.union([
    z.record(z.string(), z.unknown()),
    z
      .array(
        z.strictObject({
          fact: z.string(),
          value: z.unknown(),
          by: z.string().max(200).optional(),
          at: z.string().optional(),
          reason: z.string().max(500).optional(),
        }),
      )
      .max(MAX_FACTS),
  ]),
});

/**
 * Facts as a file has them: a list with `fact`, `value`, `by`, `at` and `reason`, or names with values, which count as said now.
 * @throws MdrError MDR_BREACH_BAD naming the fact that cannot be read
 */
export function readFacts(text: string, now: number, tenantZone: string): Fact[] {
  const { facts } = checked(factsFile, text, 'facts');
  const list = Array.isArray(facts)
    ? facts
    : Object.entries(facts).map(([fact, value]) => ({ fact, value, by: undefined, at: undefined, reason: undefined }));
  boundPlaces(list.map(({ fact }) => fact));
  return list.map(({ fact, value, by = 'the file', at, reason = '' }) => ({
    ...{ fact, value: readValue(fact, value, tenantZone), by, reason },
    at: at === undefined ? now : instant(at, tenantZone, fact),
  }));
}

/**
 * Places cost time with each rule.
 * @param names of new facts
 * @param before of those that were said already
 * @throws MdrError MDR_BREACH_BAD when a count gets too many
 */
export function boundPlaces(names: readonly string[], before: readonly string[] = []): void {
  const there = new Set(before);
  const added = names.filter((name) => !there.has(name) && placeOf(name) !== null);
  for (const group of new Set(added.map((name) => name.split('.')[0]!))) {
    const all = new Set([...added, ...there].filter((name) => name.startsWith(`${group}.`)));
    if (all.size > MAX_PLACES)
      throw bad(
        `${group} are counted in at most ${MAX_PLACES} places.`,
        'Say one number for several, such as EU or US.',
      );
  }
}

const decisionFile = z.strictObject({
  decided: z.enum(['satisfied', 'not-required', 'paused', 'withdrawn']),
  reason: z.string().max(500).default(''),
  approver: z.string().max(200).nullable().default(null),
  at: z.string(),
  until: z.string().nullable().default(null),
});

/**
 * An answer as people and files write it: `yes`, `no`, `unknown`; a choice; `1200`, `400-600`, `400+`; a time with zone, or a day.
 * @throws MdrError MDR_BREACH_BAD
 */
export function readValue(fact: string, raw: unknown, tenantZone: string): FactValue {
  const kind = kindOf(fact);
  if (kind === null)
    throw bad(`there is no fact "${fact.slice(0, 80)}".`, 'See docs/breach.md, or engine/breach/vocabulary.yaml.');
  const text = typeof raw === 'string' || typeof raw === 'number' ? String(raw).trim() : raw;
  if (text === null || (typeof text === 'string' && /^(unknown|not known|\?)$/i.test(text))) return null;
  if (kind === 'decision') {
    const parsed = decisionFile.safeParse(raw);
    if (!parsed.success) throw bad(`${fact} is no decision.`, 'It has decided, reason, approver, at and until.');
    const { at, until, ...rest } = parsed.data;
    return {
      ...rest,
      at: instant(at, tenantZone, fact),
      until: until === null ? null : instant(until, tenantZone, fact),
    };
  }
  if (kind === 'yes-no') {
    if (text === true || (typeof text === 'string' && /^(yes|true|y)$/i.test(text))) return true;
    if (text === false || (typeof text === 'string' && /^(no|false|n)$/i.test(text))) return false;
    throw bad(`${fact} is yes, no or unknown.`, `It was "${shown(text)}".`);
  }
  if (kind === 'choice') {
    const known = vocabulary.facts[fact];
    const choices = known?.kind === 'choice' ? known.of : [];
    if (typeof text === 'string' && choices.includes(text)) return text;
    throw bad(`${fact} is one of ${choices.join(', ')}, or unknown.`, `It was "${shown(text)}".`);
  }
  if (kind === 'count') {
    const found = /^(\d{1,11})(?:\s*(?:-|–|to)\s*(\d{1,11})|(\+))?$/.exec(String(text).replace(/[, ](?=\d{3}\b)/g, ''));
    const from = Number(found?.[1]);
    const to = found?.[3] ? null : Number(found?.[2] ?? found?.[1]);
    if (!found || from > MAX_PEOPLE || (to !== null && (to < from || to > MAX_PEOPLE)))
      throw bad(`${fact} is a number: 1200, 400-600, 400+, or unknown.`, `It was "${shown(text)}".`);
    return { from, to };
  }
  if (typeof text === 'string' && /^\d{4}-\d\d-\d\d$/.test(text) && DateTime.fromISO(text).isValid)
    return { day: text };
  return { at: instant(String(text), tenantZone, fact) };
}

/** A time with its zone, or in the tenant's. */
function instant(text: string, tenantZone: string, fact: string): number {
  const time = DateTime.fromISO(text.trim().replace(' ', 'T'), { zone: tenantZone });
  if (!time.isValid || text.length > 40)
    throw bad(`${fact}: "${shown(text)}" is no time.`, 'Times look like 2026-03-01T09:30+01:00, days like 2026-03-01.');
  return time.toMillis();
}

/** @throws MdrError MDR_BREACH_BAD */
export const readTime = (text: string, tenantZone: string): number => instant(text, tenantZone, 'time');

const shown = (value: unknown): string =>
  String(typeof value === 'object' ? JSON.stringify(value) : value).slice(0, 80);

export const bad = (message: string, hint: string): MdrError => new MdrError('MDR_BREACH_BAD', message, hint);

function checked<T>(schema: z.ZodType<T>, text: string, what: string): T {
  let raw: unknown;
  try {
    raw = parse(text, { maxAliasCount: 20 });
  } catch (cause) {
    throw new MdrError(
      'MDR_BREACH_BAD',
      `the ${what} file is no YAML: ${(cause as Error).message.split('\n')[0]}`,
      'Mend it: docs/breach.md shows one.',
      {
        cause,
      },
    );
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  throw bad(`the ${what} file is not right: ${first?.path.join('.')}: ${first?.message}.`, 'See docs/breach.md.');
}
