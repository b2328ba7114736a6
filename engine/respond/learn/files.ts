import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownLibrary, ownPlaybooks } from '../playbook/load.js';
import type { Texts } from './propose.js';

/** The playbook files of this installation as they are now. */
export async function ownTexts(): Promise<Texts> {
  const ids = [...(await ownLibrary()).keys()];
  const read = ids.map(async (id): Promise<[string, string][]> => {
    const text = await readFile(join(ownPlaybooks, `${id}.yaml`), 'utf8').catch(() => null);
    return text === null ? [] : [[id, text]];
  });
  return new Map((await Promise.all(read)).flat());
}
