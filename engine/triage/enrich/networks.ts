import { z } from 'zod';
import { openMmdb } from '../mmdb.js';
import type { Enricher, Fact } from './types.js';

const text = z.string().min(1).max(200).optional().catch(undefined);
const englishName = z.object({ names: z.object({ en: z.string().max(200) }) }).transform(({ names }) => names.en);
const named = englishName.optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);
/** What makers of databases call it; each has some of it. */
const schema = z.object({
  autonomous_system_number: z.number().int().positive().optional().catch(undefined),
  autonomous_system_organization: text,
  organization: text,
  isp: text,
  city: z
    .union([z.string().min(1).max(200), englishName])
    .optional()
    .catch(undefined),
  state1: text,
  subdivisions: z.array(named).max(10).optional().catch(undefined),
  country: named,
  country_code: text,
  is_anonymous_vpn: flag,
  is_tor_exit_node: flag,
  is_public_proxy: flag,
  is_residential_proxy: flag,
  is_hosting_provider: flag,
});
const FLAGS = {
  is_anonymous_vpn: 'a VPN',
  is_tor_exit_node: 'a Tor exit',
  is_public_proxy: 'a public proxy',
  is_residential_proxy: 'a residential proxy',
  is_hosting_provider: 'a hosting provider',
} as const;

/** What the operator's own databases (MDR_MMDB) say of an address: whose network, where, what kind. */
export default {
  name: 'networks',
  what: 'networks and places of addresses',
  kinds: ['ip'],
  rank: 3.6,
  timeoutMs: 5000,
  ttlMs: 3_600_000,
  async enrich(subjects, { files }) {
    const databases = await Promise.all((files?.mmdb ?? []).map(openMmdb));
    return subjects.flatMap((observable): Fact[] => {
      const told = new Set(databases.flatMap((database) => saidOf(database.get(observable.value))));
      return told.size === 0 ? [] : [{ observable, text: [...told].join('; '), source: 'MDR_MMDB' }];
    });
  },
} satisfies Enricher;

/** `AS64500 Example Hosting`, `Lisbon, Portugal`, `a hosting provider`: what a record has of it. */
export function saidOf(record: unknown): string[] {
  const parsed = schema.safeParse(record);
  if (!parsed.success) return [];
  const { data } = parsed;
  const whose = data.autonomous_system_organization ?? data.organization ?? data.isp;
  const number = data.autonomous_system_number;
  const network = [...(number === undefined ? [] : [`AS${number}`]), ...(whose === undefined ? [] : [whose])].join(' ');
  const place = data.city === undefined ? [] : [data.city, data.state1 ?? data.subdivisions?.[0]];
  const flags = (Object.keys(FLAGS) as (keyof typeof FLAGS)[]).filter((name) => data[name]);
  return [
    network,
    [...place, ...(place.length > 0 ? [data.country ?? data.country_code] : [])].filter(Boolean).join(', '),
    flags.map((name) => FLAGS[name]).join(', '),
  ].filter(Boolean);
}
