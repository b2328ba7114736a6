import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the project's folder, the same from sources and from `dist/`: content (rules, pages, manifests) is read from there. */
export const projectRoot: string = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('package.json not found above the code: the installation is incomplete');
    folder = parent;
  }
  return folder;
})();

/** Where this installation keeps its data: embedded services, caches. */
export const dataDir = (): string => process.env.MDR_DATA || join(projectRoot, '.data');
