import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The holder touches its file this often; one untouched for `STALE_MS` was left by a process that died (its number may be in use again). */
const TOUCH_MS = 2_000;
const STALE_MS = 20_000;

/** @param {number} pid */
export function processLives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {string} file @returns {string | null} */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** @param {string} file @param {string} text what was read from it */
function isStale(file, text) {
  try {
    const untouched = Date.now() - statSync(file).mtimeMs;
    const pid = Number.parseInt(text, 10);
    return untouched > STALE_MS || !(pid > 0) || !processLives(pid);
  } catch {
    return false;
  }
}

/**
 * Take an inter-process lock; wait while another live process holds it. A lock whose holder died is taken over.
 * @param {string} file
 * @param {{ waitMs?: number, waiting?: (pid: number) => void }} [options] `waiting` is called once, before the first wait
 * @returns {Promise<() => void>} release
 * @throws Error when the lock is not free within `waitMs`
 */
export async function takeLock(file, { waitMs = 300_000, waiting } = {}) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${process.pid} ${randomUUID()}`;
  // Written first and linked then, so that nobody ever reads half a lock.
  const own = `${file}.${randomUUID()}`;
  writeFileSync(own, mine);
  try {
    await holdWhenFree(file, own, mine, Date.now() + waitMs, waiting);
  } finally {
    rmSync(own, { force: true });
  }
  const touch = setInterval(() => {
    try {
      utimesSync(file, new Date(), new Date());
    } catch {
      // The folder was removed: there is nothing left to guard.
    }
  }, TOUCH_MS);
  touch.unref();
  return () => {
    clearInterval(touch);
    if (read(file) === mine) rmSync(file, { force: true });
  };
}

/**
 * @param {string} file @param {string} own a file that says `mine` @param {string} mine
 * @param {number} deadline epoch ms @param {((pid: number) => void) | undefined} waiting
 */
async function holdWhenFree(file, own, mine, deadline, waiting) {
  let told = false;
  for (;;) {
    // Its time is that of the last attempt, or a long wait would make it look stale once it is the lock.
    utimesSync(own, new Date(), new Date());
    linkNew(own, file);
    const text = read(file);
    if (text === mine) {
      // Somebody who judged the last lock stale may be moving this file aside: it is ours if it is still here a moment later.
      await sleep(30);
      if (read(file) === mine) return;
      continue;
    }
    if (text === null) continue;
    if (isStale(file, text)) {
      removeIf(file, text);
      continue;
    }
    if (!told) {
      told = true;
      waiting?.(Number.parseInt(text, 10));
    }
    if (Date.now() > deadline) throw new Error(`${file} is held by process ${text}`);
    await sleep(100);
  }
}

/** Give a file a second name, if nobody has that name. @param {string} file @param {string} name */
function linkNew(file, name) {
  try {
    linkSync(file, name);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
}

/**
 * Remove a stale lock, but not one that somebody took in the meantime: move it aside, look, and put back what is not stale.
 * @param {string} file @param {string} stale its content
 */
function removeIf(file, stale) {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  // When a third process took it in between, the one whose file was moved sees that and waits.
  if (read(aside) !== stale) linkNew(aside, file);
  rmSync(aside, { force: true });
}
