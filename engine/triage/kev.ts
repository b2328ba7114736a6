import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_ENTRIES = 100_000;

const day = z.string().regex(/^\d{4}-\d\d-\d\d$/);
const entrySchema = z.object({
  cveID: z
    .string()
    .regex(/^CVE-\d{4}-\d{4,7}$/i)
    .toUpperCase(),
  vulnerabilityName: z.string().max(500),
  dateAdded: day,
  dueDate: day.optional().catch(undefined),
  knownRansomwareCampaignUse: z.string().optional().catch(undefined),
});
const fileSchema = z.object({
  catalogVersion: z.string().max(40).default(''),
  vulnerabilities: z.array(z.unknown()).max(MAX_ENTRIES),
});

/** A vulnerability that is known to be exploited. */
export interface Exploited {
  cve: string;
  name: string;
  /** Days, `2021-12-10`: when it came into the catalogue, and until when United States agencies had to mend it. */
  added: string;
  due: string | null;
  /** Whether ransomware campaigns are known to use it. */
  ransomware: boolean;
}

export interface Catalogue {
  version: string;
  byCve: ReadonlyMap<string, Exploited>;
  /** Entries that could not be read. */
  refused: number;
}

let held: { key: string; reading: Promise<Catalogue> } | undefined;

/**
 * CISA's catalogue of known exploited vulnerabilities, as it publishes it (JSON). Read again when the file has changed.
 * @throws Error when it cannot be read, or is something else
 */
export async function openCatalogue(path: string): Promise<Catalogue> {
  const { size, mtimeMs } = await stat(path);
  if (size > MAX_BYTES) throw new Error(`${path} is larger than ${MAX_BYTES / 2 ** 20} MiB`);
  const key = JSON.stringify([path, size, mtimeMs]);
  if (held?.key !== key) {
    const reading = read(path);
    held = { key, reading };
    reading.catch(() => {
      if (held?.reading === reading) held = undefined;
    });
  }
  return held.reading;
}

async function read(path: string): Promise<Catalogue> {
  return readCatalogue(await readFile(path, 'utf8'));
}

/** @throws Error when the text is no such catalogue */
export function readCatalogue(text: string): Catalogue {
  const { catalogVersion: version, vulnerabilities } = fileSchema.parse(JSON.parse(text));
  const byCve = new Map<string, Exploited>();
  let refused = 0;
  for (const raw of vulnerabilities) {
    const parsed = entrySchema.safeParse(raw);
    if (!parsed.success) {
      refused++;
      continue;
    }
    const { cveID: cve, vulnerabilityName: name, dateAdded: added, dueDate, knownRansomwareCampaignUse } = parsed.data;
    const ransomware = /^known$/i.test(knownRansomwareCampaignUse ?? '');
    byCve.set(cve, { cve, name, added, due: dueDate ?? null, ransomware });
  }
  return { version, byCve, refused };
}
