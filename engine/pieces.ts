import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NOT_PIECES = /^(index|types)\.|\.d\.ts$|\.map$/;

/**
 * Load every piece of a folder: one file, one default export. Adding a piece adds a file; nothing else changes.
 * @param indexUrl `import.meta.url` of the folder's `index.ts`
 * @returns default exports in file-name order
 * @throws Error naming the file that has no default export
 */
export async function loadPieces<T>(indexUrl: string): Promise<T[]> {
  const folder = fileURLToPath(new URL('.', indexUrl));
  const files = (await readdir(folder)).filter((f) => /\.(ts|js)$/.test(f) && !NOT_PIECES.test(f)).sort();
  return Promise.all(
    files.map(async (file) => {
      const module: { default?: T } = await import(pathToFileURL(join(folder, file)).href);
      if (!module.default) throw new Error(`${file} has no default export: a piece exports one object`);
      return module.default;
    }),
  );
}
