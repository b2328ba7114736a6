import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { projectRoot } from '../../engine/root.js';

/** A path in the shared data beside the project, or null when that data is not there. */
export function sharedData(path: string): string | null {
  const full = resolve(projectRoot, '../shared/data', path);
  return existsSync(full) ? full : null;
}
