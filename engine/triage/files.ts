import { openCatalogue } from './kev.js';
import { openCountries, openMmdb } from './mmdb.js';

/** How one of the files that facts come from is. */
export interface FileState {
  ok: boolean;
  /** What was seen, and what to do when something is wrong. */
  seen: string;
  todo?: string;
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Read every file that facts on alerts come from: ours, and the operator's. Never throws. */
export async function checkFiles({ mmdb, kev }: { mmdb: readonly string[]; kev: string | null }): Promise<FileState[]> {
  const check = async (name: string, todo: string, look: () => Promise<string>): Promise<FileState> =>
    look().then(
      (seen) => ({ ok: true, seen: `${name}: ${seen}` }),
      (error: Error) => ({ ok: false, seen: `${name} cannot be read: ${error.message.slice(0, 200)}`, todo }),
    );
  return Promise.all([
    check('countries', 'install the packages again: `npm ci`', async () => `of ${day((await openCountries()).built)}`),
    ...mmdb.map((path) =>
      check(
        path,
        'MDR_MMDB takes databases in MaxMind’s format (.mmdb)',
        async () => `of ${day((await openMmdb(path)).built)}`,
      ),
    ),
    ...(kev === null
      ? []
      : [
          check(kev, 'MDR_KEV takes CISA’s known_exploited_vulnerabilities.json', async () => {
            const { byCve, version, refused } = await openCatalogue(kev);
            const left = refused > 0 ? `, ${refused} could not be read` : '';
            return `${byCve.size.toLocaleString('en-US')} vulnerabilities, version ${version || 'unknown'}${left}`;
          }),
        ]),
  ]);
}
