import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type WatchDoor, watchDoor } from '../../engine/ingest/doors/watch.js';
import { doorParts } from './parts.js';

/** A folder that is watched for `acme`, new for each test; what a test opens is stopped after it. */
export function watchedFolder() {
  const open: WatchDoor[] = [];
  const given = {
    folder: '',
    parts: null as unknown as Awaited<ReturnType<typeof doorParts>>,
    /** Looks only when `poll` is called, unless told otherwise. */
    async watching(pollMs = 0): Promise<WatchDoor> {
      const door = await watchDoor(given.parts, pollMs);
      open.push(door);
      return door;
    },
  };
  beforeEach(async () => {
    given.folder = await mkdtemp(join(tmpdir(), 'mdr-watch-'));
    given.parts = await doorParts({ MDR_WATCH: `acme:files:${given.folder}` });
  });
  afterEach(async () => {
    for (const door of open.splice(0)) await door.stop();
    await rm(given.folder, { recursive: true, force: true });
  });
  return given;
}
