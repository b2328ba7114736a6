import { Readable } from 'node:stream';
import type { Fields } from '../../../engine/event.js';
import { type CaptureItem, captureRecords } from '../../../engine/ingest/pcap/index.js';

/** Everything that comes out of a capture, given in pieces of so many bytes. */
export async function itemsOf(capture: Buffer, piece = 64 * 1024): Promise<CaptureItem[]> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < capture.length; at += piece) pieces.push(capture.subarray(at, at + piece));
  const items: CaptureItem[] = [];
  for await (const batch of captureRecords(Readable.from(pieces))) items.push(...batch);
  return items;
}

export const recordsIn = (items: CaptureItem[]): Fields[] =>
  items.flatMap((item) => ('line' in item ? [JSON.parse(item.line) as Fields] : []));
export const refusedIn = (items: CaptureItem[]): string[] =>
  items.flatMap((item) => ('refused' in item ? [`${item.refused.code}: ${item.refused.message}`] : []));
export const recordsOf = async (capture: Buffer, piece?: number): Promise<Fields[]> =>
  recordsIn(await itemsOf(capture, piece));
