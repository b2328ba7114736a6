import type { HuntFields, Seen } from '../models/types.js';

/** A sign-in, as the models for users read it. */
export interface SignIn {
  id: string;
  time: number;
  user: string;
  failed: boolean;
  source: string;
  country: string;
  lat: number | null;
  lon: number | null;
  device: string;
  host: string;
  asn: string;
}

/** Accounts that every machine has: what they do is the machine's doing. */
export const OF_MACHINES =
  /\$$|^(?:-|system|local ?system|local service|network service|anonymous logon|dwm-\d+|umfd-\d+)$/;

const WORDS = /(?:log|sign)-?_?(?:on|in)|auth|session\.start/i;
/** Windows: log-on, failed log-on, Kerberos ticket and its refusal. */
const CODES = new Set(['4624', '4625', '4768', '4771']);

export function isSignIn(ecs: HuntFields): boolean {
  if (!ecs['event.outcome'] && !CODES.has(ecs['event.code'] ?? '')) return false;
  return (
    ecs['event.category'] === 'authentication' ||
    CODES.has(ecs['event.code'] ?? '') ||
    WORDS.test(ecs['event.action']?.slice(0, 100) ?? '')
  );
}

/** @returns null for what is no person's sign-in: other events, machine accounts, nobody */
export function signInOf({ id, time, ecs }: Seen): SignIn | null {
  const user = ecs['user.name']?.toLowerCase().slice(0, 128);
  if (!user || user.endsWith('$') || user === '-' || !isSignIn(ecs)) return null;
  const place = ecs['source.geo.location'];
  return {
    id,
    time,
    user,
    failed: ecs['event.outcome'] === 'failure' || ecs['event.code'] === '4625' || ecs['event.code'] === '4771',
    source: (ecs['source.ip'] ?? '').slice(0, 64),
    country: (ecs['source.geo.country_iso_code'] ?? '').slice(0, 8),
    lat: place?.lat ?? null,
    lon: place?.lon ?? null,
    device: (ecs['device.id'] ?? '').slice(0, 128),
    host: (ecs['host.name'] ?? ecs['destination.domain'] ?? '').toLowerCase().slice(0, 128),
    asn: String(ecs['source.as.number'] ?? ''),
  };
}

export const signInsOf = (events: readonly Seen[]): SignIn[] =>
  events.flatMap((event) => signInOf(event) ?? []).sort((a, b) => a.time - b.time);

/** Great-circle distance in kilometres. */
export function distance(lat1: number, lon1: number, lat2: number, lon2: number): number {
  const rad = Math.PI / 180;
  const half =
    Math.sin(((lat2 - lat1) * rad) / 2) ** 2 +
    Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  return 12_742 * Math.asin(Math.min(1, Math.sqrt(half)));
}

export const DAY = 86_400_000;
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
