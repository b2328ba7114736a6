import { z } from 'zod';
import {
  isMapped,
  mask,
  parseIPv4,
  parseIPv6,
  putV4,
  v4Of,
  writeIPv4,
  writeIPv6,
} from '../../detect/indicators/value/address.js';
import { normaliseDomain } from '../../detect/indicators/value/domain.js';
import { judgeValue } from '../../detect/indicators/value/index.js';
import { refang } from '../../detect/indicators/value/refang.js';
import { normaliseUrl } from '../../detect/indicators/value/url.js';
import { MdrError } from '../../errors.js';
import { idOf } from '../../ids.js';
import type { ActionRecord } from '../../store/actions.js';
import { ms } from '../playbook/duration.js';
import { ACTIONS, type ActionSpec, type ArgumentKind } from './catalog.js';

/** Longest value of an argument; a request is read by people who approve it. */
export const MAX_VALUE = 2000;
const MAX_ARGS = 12;
/** Longest that an action lasts before it is taken back; and shortest. */
const MOST_MS = 90 * 86_400_000;
const LEAST_MS = 60_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the very characters that are refused
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const word = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((text) => !CONTROL.test(text), 'holds characters that draw nothing or begin a new line');

/** An address or range in its one spelling, its host bits cleared, so that one thing is not asked for under two names; null: it is none. */
function spellAddress(text: string): string | null {
  const [address = '', prefix, ...more] = text.split('/');
  if (more.length > 0 || address.includes('%')) return null;
  const v4 = parseIPv4(address);
  const bytes = new Uint8Array(v4 >= 0 ? 4 : 16);
  if (v4 >= 0) putV4(v4, bytes);
  else if (!parseIPv6(address, bytes)) return null;
  const bits = bytes.length * 8;
  if (prefix !== undefined && (!/^(?:0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > bits)) return null;
  let length = prefix === undefined ? bits : Number(prefix);
  const isV4 = v4 >= 0 || (isMapped(bytes) && length >= 96);
  if (isV4 && v4 < 0) length -= 96;
  const own = isV4 ? bytes.subarray(bytes.length - 4) : bytes;
  mask(own, 0, own.length, length);
  const written = isV4 ? writeIPv4(v4Of(own, 0)) : writeIPv6(own);
  return length === own.length * 8 ? written : `${written}/${length}`;
}

const KINDS: Readonly<Record<ArgumentKind, z.ZodType<string>>> = {
  ip: word(64).transform((text, context) => {
    const spelled = spellAddress(refang(text));
    if (spelled !== null) return spelled;
    context.addIssue('is no address, and no range such as 203.0.113.0/24');
    return z.NEVER;
  }),
  domain: word(300)
    .transform((text) => normaliseDomain(refang(text).replace(/^\*?\./, '')))
    .refine((text) => text !== '', 'is no domain'),
  url: word(MAX_VALUE)
    .transform((text) => normaliseUrl(refang(text))?.text ?? '')
    .refine((text) => text !== '', 'is no URL'),
  host: word(255).refine((text) => /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(text), 'is no host name'),
  user: word(256),
  group: word(256),
  mail: word(998),
  text: z
    .string()
    .trim()
    .min(1)
    .max(MAX_VALUE)
    .refine((text) => !CONTROL.test(text.replace(/\n/g, '')), 'holds characters that draw nothing'),
  number: word(20).refine((text) => /^-?\d+(?:\.\d+)?$/.test(text), 'is no number'),
  duration: word(10).refine((text) => /^\d{1,5}[smhd]$/.test(text), 'is no length: write 30m, 4h or 7d'),
  observable: word(MAX_VALUE),
};

const bad = (message: string, hint: string): MdrError => new MdrError('MDR_ACTION_BAD', message, hint);

/** @throws MdrError MDR_ACTION_UNKNOWN */
export function specOf(action: string): ActionSpec {
  const spec = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (spec) return spec;
  const hint = `There are ${Object.keys(ACTIONS).join(', ')}.`;
  throw new MdrError('MDR_ACTION_UNKNOWN', `there is no action "${action.slice(0, 60)}".`, hint);
}

/**
 * The arguments of an action in their one spelling. What it lasts is no argument: it is approved, and kept, apart.
 * @throws MdrError MDR_ACTION_UNKNOWN, MDR_ACTION_BAD naming each that is wrong
 */
export function readArgs(
  action: string,
  given: Readonly<Record<string, string>>,
): { args: Record<string, string>; lasts: number | null } {
  const spec = specOf(action);
  const names = Object.keys(given);
  if (names.length > MAX_ARGS) throw bad('an action has not so many arguments.', `At most ${MAX_ARGS}.`);
  const known = {
    ...spec.args,
    ...(spec.undo && { expires: { kind: 'duration' as const, about: '', optional: true } }),
  };
  const faults: string[] = [];
  const args: Record<string, string> = {};
  for (const name of names) if (!Object.hasOwn(known, name)) faults.push(`it has no argument "${name.slice(0, 40)}"`);
  for (const [name, { kind, optional }] of Object.entries(known)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined) {
      if (!optional) faults.push(`${name} is missing`);
      continue;
    }
    const read = KINDS[kind].safeParse(value);
    if (read.success) args[name] = read.data;
    else faults.push(`${name} ${read.error.issues[0]?.message ?? 'cannot be read'}`);
  }
  if (faults.length > 0)
    throw bad(
      `${action} cannot be asked for like this: ${faults.slice(0, 8).join('; ')}.`,
      `It takes ${
        Object.keys(known)
          .map((name) => `${name}=`)
          .join(' ') || 'nothing'
      }.`,
    );
  const { expires, ...rest } = args;
  if (expires === undefined) return { args: rest, lasts: null };
  const lasts = ms(expires);
  if (lasts < LEAST_MS || lasts > MOST_MS)
    throw bad('an action lasts from one minute to 90 days.', 'Without expires= it lasts until it is taken back.');
  return { args: rest, lasts };
}

/** Of all that is approved: another value anywhere is another digest. */
export function digestOf(
  record: Pick<ActionRecord, 'tenant' | 'action' | 'via' | 'args' | 'lasts' | 'forced'>,
): string {
  const { tenant, action, via, args, lasts, forced } = record;
  const pairs = Object.keys(args)
    .sort()
    .flatMap((name) => [name, args[name]!]);
  return idOf('action', tenant, action, via, String(lasts), String(forced), ...pairs);
}

/** `ip 203.0.113.7` and the like, on one line. */
export const argsText = (args: Readonly<Record<string, string>>): string =>
  Object.entries(args)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/** A value as an indicator would be judged; null when it may be one. For what must not be blocked. */
export function refusedAs(kind: 'ip' | 'domain' | 'url', value: string): string | null {
  const judged = judgeValue(value, kind);
  return 'refused' in judged ? judged.refused : null;
}
