import { setTimeout as wait } from 'node:timers/promises';
import { codeOf, type ErrorCode, type MdrError } from '../errors.js';
import { Batcher } from './batch.js';
import { eventsClient } from './client.js';
import { readBatches } from './files.js';

const CONCURRENCY = 2;
const PROGRESS_MS = 200;

export interface ReplayOptions {
  files: readonly string[];
  /** Address of the engine, `http://127.0.0.1:8787`. */
  url: string;
  token: string;
  source?: string;
  /** Format name; otherwise each record is recognised. */
  format?: string;
  /** Times real time, by the records' own times; as fast as the engine takes them when not given. */
  speed?: number;
  /** Finds a record's time, epoch ms; needed for `speed`. */
  timeOf?: (line: string) => number | null;
  onProgress?: (progress: ReplayProgress) => void;
  signal?: AbortSignal;
}

export interface ReplayProgress {
  file: string;
  accepted: number;
  refused: number;
  /** Records accepted a second since the start. */
  perSecond: number;
}

export interface ReplayResult {
  accepted: number;
  /** Here (too long, not UTF-8) and at the door. */
  refused: number;
  seconds: number;
  perSecond: number;
  /** Files that could not be read, in whole or from some point on. */
  failedFiles: { file: string; code: ErrorCode; message: string }[];
  /** Stopped by the signal. */
  aborted: boolean;
}

/**
 * Send log files through the HTTP door, at most two requests at a time. Requests that fail on the way are sent again as they
 * were, which is safe: the door takes nothing twice.
 * @throws MdrError what the door answers to a request that no repeat will help (MDR_TOKEN_BAD, MDR_FORMAT_UNKNOWN …), or
 * MDR_SERVICE_DOWN when it does not answer for a long time
 */
export async function replayFiles(options: ReplayOptions): Promise<ReplayResult> {
  const { files, speed, timeOf, onProgress, signal } = options;
  const post = eventsClient({ ...options, source: options.source ?? 'replay' });
  const started = performance.now();
  const result = { accepted: 0, refused: 0, failedFiles: [] as ReplayResult['failedFiles'] };
  const flights = new Set<Promise<void>>();
  let failure: unknown = null;
  let shown = Number.NEGATIVE_INFINITY;
  const seconds = () => (performance.now() - started) / 1000;
  const perSecond = () => result.accepted / Math.max(seconds(), 0.001);

  function progress(file: string, last = false): void {
    if (!last && performance.now() - shown < PROGRESS_MS) return;
    shown = performance.now();
    onProgress?.({ file, accepted: result.accepted, refused: result.refused, perSecond: perSecond() });
  }

  async function send(file: string, lines: readonly string[] | null): Promise<void> {
    if (!lines) return;
    while (flights.size >= CONCURRENCY) await Promise.race(flights);
    if (failure) throw failure;
    const flight: Promise<void> = post(lines)
      .then((answer) => {
        result.accepted += answer.accepted;
        result.refused += answer.refused;
        progress(file);
      })
      .catch((error) => {
        failure ??= error;
      })
      .finally(() => flights.delete(flight));
    flights.add(flight);
  }

  const pace = speed && timeOf ? pacer(speed, timeOf) : null;

  async function sendFile(file: string): Promise<void> {
    const batcher = new Batcher();
    let json = true;
    try {
      for await (const batch of readBatches(file)) {
        for (const item of batch) {
          signal?.throwIfAborted();
          if ('refused' in item) {
            result.refused += 1;
            continue;
          }
          const due = pace?.(item.line) ?? 0;
          if (due > 0) {
            await send(file, batcher.take());
            await wait(due, undefined, { signal });
          }
          // A request says whether it holds JSON or text, so it holds one of them.
          if (item.line.startsWith('{') !== json) {
            await send(file, batcher.take());
            json = !json;
          }
          await send(file, batcher.add(item.line, Buffer.byteLength(item.line)));
        }
      }
    } catch (error) {
      if (codeOf(error) !== 'MDR_FILE_UNREADABLE') throw error;
      result.failedFiles.push({ file, code: 'MDR_FILE_UNREADABLE', message: (error as MdrError).message });
    }
    // Also what was read before the file's fault.
    await send(file, batcher.take());
  }

  let aborted = false;
  try {
    for (const file of files) await sendFile(file);
    await Promise.all(flights);
    if (failure) throw failure;
  } catch (error) {
    await Promise.all(flights);
    if (!signal?.aborted) throw error;
    aborted = true;
  }
  progress(files.at(-1) ?? '', true);
  return { ...result, seconds: seconds(), perSecond: perSecond(), aborted };
}

/** @returns for each record, how many ms it is still to wait, given when the first one was sent */
function pacer(speed: number, timeOf: (line: string) => number | null): (line: string) => number {
  let first: { time: number; at: number } | null = null;
  return (line) => {
    const time = timeOf(line);
    if (time === null) return 0;
    first ??= { time, at: performance.now() };
    const due = first.at + (time - first.time) / speed - performance.now();
    // Waits too short to see would only make the requests small.
    return due > 50 ? due : 0;
  };
}
