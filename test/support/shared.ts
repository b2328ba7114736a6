import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { projectRoot } from '../../engine/root.js';

/**
 * A file or folder of the shared data beside the project; what needs it skips when it is null.
 * @param path below `../shared/data`, such as `otrf`
 */
export function sharedData(path: string): string | null {
  const full = resolve(projectRoot, '../shared/data', path);
  return existsSync(full) ? full : null;
}
