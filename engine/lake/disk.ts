import { randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * How the lake changes files: everything that lasts goes through here, so that another storage needs these five and nothing else.
 * What a function has returned from is on the disk, also when the machine loses power.
 */

async function sync(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    await handle.sync();
  } finally {
    await handle?.close();
  }
}

async function writeAside(folder: string, data: Uint8Array | string): Promise<string> {
  const path = join(folder, randomUUID());
  let handle: FileHandle;
  try {
    handle = await open(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(folder, { recursive: true });
    handle = await open(path, 'wx');
  }
  try {
    await handle.writeFile(data);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  return path;
}

/** What a file holds is known to nobody else yet (DuckDB wrote it): make it last. */
export async function settle(path: string): Promise<void> {
  await sync(path);
  await sync(dirname(path));
}

/** Whole or not at all; a file of this name is replaced. @param aside folder on the same file system for unfinished files */
export async function replaceFile(path: string, data: Uint8Array | string, aside: string): Promise<void> {
  const fresh = await writeAside(aside, data);
  await rename(fresh, path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    await mkdir(dirname(path), { recursive: true });
    await rename(fresh, path);
  });
  await sync(dirname(path));
}

/** Whole or not at all, and only when no file has this name: of several that try, one gets it. @returns whether it was this one */
export async function putNew(path: string, data: Uint8Array | string, aside: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  const fresh = await writeAside(aside, data);
  try {
    await link(fresh, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(fresh).catch(() => {});
  }
  await sync(dirname(path));
  return true;
}

/** Names in a folder, sorted; none when there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** It does not matter whether it was there. */
export async function dropFile(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
