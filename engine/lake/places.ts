import { join, resolve } from 'node:path';
import type { Config } from '../config.js';
import { MdrError } from '../errors.js';
import { dataDir } from '../root.js';
import { TENANT_ID } from '../store/tenants.js';
import { bucketStorage } from './bucket.js';
import { openObjects } from './s3.js';
import { diskStorage, type Storage } from './storage.js';

type Settings = Pick<Config, 'MDR_LAKE' | 'MDR_DATABASE' | 'MDR_LAKE_BUCKET' | 'MDR_LAKE_REGION' | 'MDR_LAKE_CACHE_GB'>;
/** Between the folder and the bucket of a location: in no path. */
const AT = '\n';

/**
 * Where the lake is: a folder, or a folder and the bucket whose copies it holds, in one text that goes to threads as it is. It has no
 * secret in it.
 */
export function lakeFolder(config: Settings): string {
  const folder = config.MDR_LAKE ?? join(dataDir(), 'lake', config.MDR_DATABASE);
  if (!config.MDR_LAKE_BUCKET) return folder;
  return bucketLocation(folder, config.MDR_LAKE_BUCKET, config.MDR_LAKE_REGION, config.MDR_LAKE_CACHE_GB * 1e9);
}

/** @param cache most bytes of copies */
export const bucketLocation = (folder: string, url: string, region: string, cache: number): string =>
  [folder, url, region, String(cache)].join(AT);

/** Where one tenant's part of the lake is. Nothing of a tenant is anywhere else. */
export interface Places {
  readonly tenant: string;
  readonly root: string;
  /** Accepted batches that are not in a Parquet file yet. */
  readonly spool: string;
  /** What cannot be read from there, for a person to look at. */
  readonly spoiled: string;
  /** Which files count: `journal.ts`. */
  readonly journal: string;
  /** Ids of batches that have landed. */
  readonly landed: string;
  /** Parquet files. A query's session may open files below it, and no others. */
  readonly events: string;
  /** Unfinished files, on this machine; nothing in it counts. */
  readonly aside: string;
  /** What keeps all of it but `aside`. */
  readonly storage: Storage;
}

/** @throws MdrError MDR_TENANT_UNKNOWN when this cannot be a tenant's id */
export function placesOf(lake: string, tenant: string): Places {
  if (!TENANT_ID.test(tenant))
    throw new MdrError(
      'MDR_TENANT_UNKNOWN',
      `"${tenant.slice(0, 64)}" is no tenant's id.`,
      'Tenants are matched exactly: see `mdr tenant list`.',
    );
  const root = resolve(folderOf(lake), tenant);
  const aside = join(root, 'aside');
  return {
    tenant,
    root,
    spool: join(root, 'spool'),
    spoiled: join(root, 'spoiled'),
    journal: join(root, 'journal'),
    landed: join(root, 'landed'),
    events: join(root, 'events'),
    aside,
    storage: storageOf(lake) ?? diskStorage(aside),
  };
}

/** Ids of the tenants of whom something is in the lake. */
export async function tenantsIn(lake: string): Promise<string[]> {
  const folder = resolve(folderOf(lake));
  const names = await (storageOf(lake) ?? diskStorage(folder)).names(folder);
  return names.filter((name) => TENANT_ID.test(name));
}

const folderOf = (lake: string): string => lake.split(AT, 1)[0]!;

/** One for each bucket and process: it knows which copies it looked through. */
const buckets = new Map<string, Storage>();

/** @returns null: the lake is a folder. @throws MdrError MDR_CONFIG */
function storageOf(lake: string): Storage | null {
  const [folder = '', url, region = '', cache] = lake.split(AT);
  if (url === undefined) return null;
  let found = buckets.get(lake);
  if (!found) {
    const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = process.env;
    if (!key || !secret)
      throw new MdrError(
        'MDR_CONFIG',
        'MDR_LAKE_BUCKET is set, and there is no key for it.',
        'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
      );
    const objects = openObjects({ url, region, key, secret, token });
    found = bucketStorage({ objects, root: resolve(folder), cache: Number(cache) });
    buckets.set(lake, found);
  }
  return found;
}
