import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sharedData } from '../support/shared.js';

/** The folder that a measurement reads: the one that was named, else the shared one. @throws Error when there is neither */
export function dataFolder(named: string | null, shared: string): string {
  const folder = named ?? sharedData(shared);
  if (!folder) throw new Error(`the shared data is not here: name a folder like ${shared} with --data`);
  return folder;
}

/** Lines of a gzip'd text file. */
export const readLines = (folder: string, file: string): string[] =>
  gunzipSync(readFileSync(join(folder, file)))
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '');

/** Score above which at most `most` of these lie; what lies above it is flagged. */
export function cutFor(scores: readonly number[], most: number): number {
  return [...scores].sort((a, b) => b - a)[most] ?? Number.NEGATIVE_INFINITY;
}

export const shareAbove = (scores: readonly number[], cut: number): number =>
  scores.filter((score) => score > cut).length / Math.max(1, scores.length);
