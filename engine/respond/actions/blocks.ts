import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.js';
import { idOf } from '../../ids.js';
import type { BlockEntry, BlockListName } from '../../store/blocks.js';
import type { Store, TenantStore } from '../../store/index.js';
import type { Tenant } from '../../store/tenants.js';

/** Most entries of one list: what the smaller firewalls take. */
export const MAX_ENTRIES = 10_000;
/** Entries that were taken off count for the zone's serial number so long. */
const KEPT_MS = 30 * 86_400_000;
const MAX_TOKENS = 20;

const idFor = (store: TenantStore, list: BlockListName, value: string, action: number) =>
  idOf('block', store.id, list, value, String(action));

/** What is on a list now. */
export async function rowsOf(store: TenantStore, list: BlockListName, now: number): Promise<BlockEntry[]> {
  const rows = await store.blocks.find({ list, removed: null }, { limit: 2 * MAX_ENTRIES });
  return rows.filter(({ expires }) => expires === null || expires > now);
}

export async function addBlock(
  store: TenantStore,
  list: BlockListName,
  value: string,
  { number, expires }: { number: number; expires: number | null },
  now: number,
): Promise<void> {
  const _id = idFor(store, list, value, number);
  await store.blocks.insert({ _id, list, value, action: number, added: now, expires, removed: null });
}

export async function removeBlock(
  store: TenantStore,
  list: BlockListName,
  value: string,
  action: number,
  now: number,
): Promise<void> {
  await store.blocks.update({ _id: idFor(store, list, value, action), removed: null }, { $set: { removed: now } });
  await store.blocks.deleteMany({ list, removed: { $ne: null, $lt: now - KEPT_MS } });
}

export async function isBlocked(
  store: TenantStore,
  list: BlockListName,
  value: string,
  action: number,
  now: number,
): Promise<boolean> {
  const row = await store.blocks.findOne({ _id: idFor(store, list, value, action) });
  return row !== null && row.removed === null && (row.expires === null || row.expires > now);
}

/** A list as firewalls read it: one value a line, sorted, each once. */
export async function listText(store: TenantStore, list: 'ip' | 'domain' | 'url', now: number): Promise<string> {
  const values = [...new Set((await rowsOf(store, list, now)).map(({ value }) => value))].sort();
  return values.map((value) => `${value}\n`).join('');
}

/**
 * A response policy zone (draft-vixie-dnsop-dns-rpz): each domain, and all below it, answers NXDOMAIN. Its serial number is the second
 * in which it last changed, so that secondary servers take it over.
 */
export async function zoneText(store: TenantStore, now: number): Promise<string> {
  const rows = await store.blocks.find({ list: { $in: ['domain', 'rpz'] } }, { limit: 8 * MAX_ENTRIES });
  const moments = rows.flatMap(({ added, removed, expires }) => [
    added,
    removed ?? 0,
    expires !== null && expires <= now ? expires : 0,
  ]);
  const serial = Math.floor(Math.max(store.tenant.created, ...chunked(moments)) / 1000) % 2 ** 32;
  const live = rows.filter(({ removed, expires }) => removed === null && (expires === null || expires > now));
  const domains = [...new Set(live.map(({ value }) => value))].sort();
  return [
    '$TTL 60',
    `@ IN SOA localhost. mdr.localhost. ${serial} 60 30 604800 60`,
    '@ IN NS localhost.',
    ...domains.flatMap((domain) => [`${domain} CNAME .`, `*.${domain} CNAME .`]),
    '',
  ].join('\n');
}

/** The largest of each thousand: a call does not take any number of arguments. */
function chunked(numbers: readonly number[]): number[] {
  const largest: number[] = [];
  for (let from = 0; from < numbers.length; from += 1000) largest.push(Math.max(...numbers.slice(from, from + 1000)));
  return largest;
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Make a token with which a tenant's lists can be fetched, and nothing else. Only its hash is kept. @throws MdrError MDR_TENANT_UNKNOWN */
export async function createListToken(store: Store, tenant: string, clock: Clock): Promise<string> {
  const { tenant: record } = await store.forTenant(tenant);
  const token = `mdr_${randomBytes(24).toString('base64url')}`;
  const kept = [...(record.listTokens ?? []), { hash: hashOf(token), created: clock() }].slice(-MAX_TOKENS);
  await store.tenants.updateOne({ _id: tenant }, { $set: { listTokens: kept } });
  return token;
}

/** End every token of a tenant's lists. */
export async function endListTokens(store: Store, tenant: string): Promise<void> {
  await store.forTenant(tenant);
  await store.tenants.updateOne({ _id: tenant }, { $set: { listTokens: [] } });
}

/** Compares with every token, each in the same time, so that an answer's time tells nothing. */
export function mayFetch(tenant: Pick<Tenant, 'listTokens'> | null, token: string): boolean {
  const given = Buffer.from(hashOf(token), 'hex');
  let is = false;
  for (const { hash } of tenant?.listTokens ?? [{ hash: '0'.repeat(64) }])
    is = timingSafeEqual(given, Buffer.from(hash, 'hex')) || is;
  return is;
}
