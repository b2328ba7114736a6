import { join, resolve } from 'node:path';
import type { Config } from '../config.js';
import { MdrError } from '../errors.js';
import { dataDir } from '../root.js';
import { TENANT_ID } from '../store/tenants.js';

/** Where the lake is. */
export const lakeFolder = ({ MDR_LAKE, MDR_DATABASE }: Pick<Config, 'MDR_LAKE' | 'MDR_DATABASE'>): string =>
  MDR_LAKE ?? join(dataDir(), 'lake', MDR_DATABASE);

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
  /** Unfinished files; nothing in it counts. */
  readonly aside: string;
}

/** @throws MdrError MDR_TENANT_UNKNOWN when this cannot be a tenant's id */
export function placesOf(lake: string, tenant: string): Places {
  if (!TENANT_ID.test(tenant))
    throw new MdrError(
      'MDR_TENANT_UNKNOWN',
      `"${tenant.slice(0, 64)}" is no tenant's id.`,
      'Tenants are matched exactly: see `mdr tenant list`.',
    );
  const root = resolve(lake, tenant);
  return {
    tenant,
    root,
    spool: join(root, 'spool'),
    spoiled: join(root, 'spoiled'),
    journal: join(root, 'journal'),
    landed: join(root, 'landed'),
    events: join(root, 'events'),
    aside: join(root, 'aside'),
  };
}
