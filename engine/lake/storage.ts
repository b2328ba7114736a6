import { mkdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { dropFile, namesIn, putNew, replaceFile, settle } from './disk.js';

/** A file as its folder lists it. */
export interface Entry {
  name: string;
  /** Epoch ms. */
  changed: number;
  size: number;
}

/**
 * What keeps a tenant's part of the lake: a disk, or a bucket (`bucket.ts`). Paths are those of `Places`, wherever the files are. What a
 * function has returned from will be there, also when this machine is lost (bucket) or loses power (disk).
 */
export interface Storage {
  /** @throws an error with code ENOENT when there is no such file */
  read(path: string): Promise<Buffer>;
  /** Whole or not at all; a file of this name is replaced. */
  replace(path: string, data: Uint8Array | string): Promise<void>;
  /** Whole or not at all, and only when no file has this name: of several that try, one gets it. @returns whether it was this one */
  putNew(path: string, data: Uint8Array | string): Promise<boolean>;
  /** Names in a folder, of files and folders, sorted. */
  names(folder: string): Promise<string[]>;
  /** The files of a folder, by name. */
  entries(folder: string): Promise<Entry[]>;
  /** @returns null: there is none */
  entry(path: string): Promise<Entry | null>;
  drop(path: string): Promise<void>;
  /** Rename; nothing happens when it is not there. */
  move(from: string, to: string): Promise<void>;
  /** DuckDB wrote this file here, and nobody else knows it yet: make it last. */
  settle(path: string): Promise<void>;
  /** See to it that these files are here for DuckDB to open. @throws MdrError MDR_LAKE_STORAGE when they are more than may be kept here */
  fetch(files: readonly { path: string; bytes: number }[]): Promise<void>;
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** A folder of this machine, or of a file system that several share. @param aside folder on the same file system for unfinished files */
export function diskStorage(aside: string): Storage {
  const entry = async (path: string): Promise<Entry | null> => {
    const found = await stat(path).catch((error) => {
      if (isMissing(error)) return null;
      throw error;
    });
    return found?.isFile()
      ? { name: path.slice(path.lastIndexOf('/') + 1), changed: found.mtimeMs, size: found.size }
      : null;
  };
  return {
    read: (path) => readFile(path),
    replace: (path, data) => replaceFile(path, data, aside),
    putNew: (path, data) => putNew(path, data, aside),
    names: namesIn,
    async entries(folder) {
      const found: Entry[] = [];
      for (const name of await namesIn(folder)) {
        // What is gone since it was listed is not there.
        const each = await entry(join(folder, name));
        if (each) found.push({ ...each, name });
      }
      return found;
    },
    entry,
    drop: dropFile,
    async move(from, to) {
      await mkdir(dirname(to), { recursive: true });
      await rename(from, to).catch((error) => {
        if (!isMissing(error)) throw error;
      });
    },
    settle,
    async fetch() {},
  };
}

/** Take a local file away, if it is there. */
export const forgetFile = (path: string): Promise<void> => unlink(path).catch(() => {});
