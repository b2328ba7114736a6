import { type EventLogItem, eventLogRecords } from '../../../engine/ingest/evtx/file.js';

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Everything that a file gives: records as objects, what is damaged as messages. */
export async function readEventLog(file: Buffer, piece = 100_000) {
  const items: EventLogItem[] = [];
  for await (const some of eventLogRecords(pieces(file, piece))) items.push(...some);
  const records = items.flatMap((item) => ('line' in item ? [JSON.parse(item.line)] : []));
  const refused = items.flatMap((item) => ('refused' in item ? [item.refused] : []));
  return { records, refused, items };
}
