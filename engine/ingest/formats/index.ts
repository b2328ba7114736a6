import { MdrError } from '../../errors.js';
import { loadPieces } from '../../pieces.js';
import { quickenStrings } from '../../quick-strings.js';
import { makeRecogniser, type Recogniser } from './shared/recogniser.js';
import type { Format } from './types.js';

export type { Recognised, Recogniser } from './shared/recogniser.js';

export interface Formats {
  /** In the order in which they are asked. */
  readonly list: readonly Format[];
  /** @throws MdrError MDR_FORMAT_UNKNOWN listing the known names */
  byName(name: string): Format;
  recogniser(): Recogniser;
}

/** Every log format of this folder: one file each. */
export async function loadFormats(): Promise<Formats> {
  quickenStrings();
  const list = (await loadPieces<Format>(import.meta.url)).sort((a, b) => b.priority - a.priority);
  const names = new Map(list.map((format) => [format.name, format]));
  return {
    list,
    byName(name) {
      const found = names.get(name);
      if (found) return found;
      throw new MdrError(
        'MDR_FORMAT_UNKNOWN',
        `There is no log format "${name.slice(0, 64)}".`,
        `Known formats: ${[...names.keys()].join(', ')}. Name none to have each record recognised.`,
      );
    },
    recogniser: () => makeRecogniser(list),
  };
}
