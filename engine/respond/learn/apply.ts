import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MdrError } from '../../errors.js';
import type { Lesson } from '../../store/lessons.js';
import { sha256, versionOf } from '../playbook/hash.js';
import { parsePlaybook } from '../playbook/load.js';

/**
 * Write an accepted proposal into its file: all of it or nothing, and only over what it was made for. Doing it again changes nothing.
 * @returns the file
 * @throws MdrError MDR_LESSON_STATE when the file says something else by now, MDR_FILE_UNREADABLE
 */
export async function applyLesson(
  { playbook, version, after }: Pick<Lesson, 'playbook' | 'version' | 'after'>,
  folder: string,
): Promise<string> {
  const file = join(folder, `${playbook}.yaml`);
  const present = await readFile(file, 'utf8').catch(() => null);
  if (present === after) return file;
  const known = present === null ? null : parsePlaybook(present, file).playbook;
  const is = present === null ? null : known ? versionOf(known) : 'unreadable';
  if (is !== version)
    throw new MdrError(
      'MDR_LESSON_STATE',
      `${file} does not say any more what it said when this was proposed.`,
      'Review the case again for a proposal that fits, or apply the diff by hand: mdr review show.',
    );
  const beside = `${file}.${sha256(after).slice(0, 8)}.new`;
  const unwritable = (cause: unknown): never => {
    throw new MdrError('MDR_FILE_UNREADABLE', `cannot write "${file}".`, 'Name a folder that can be written to.', {
      cause,
    });
  };
  await writeFile(beside, after).catch(unwritable);
  await rename(beside, file).catch(unwritable);
  return file;
}
