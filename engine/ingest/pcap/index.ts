import type { RefusedLine } from '../records.js';
import { Flows } from './flows.js';
import { CaptureDamaged, PacketReader } from './packets.js';

export { isCapture } from './packets.js';

/** One record, numbered from 1 in the order in which they come out; or why something was not read. */
export type CaptureItem = { line: string; number: number } | { refused: RefusedLine };

/** Records that come out together, at most. */
const BATCH = 1000;

/**
 * Read a capture of packets (pcap, pcapng; not packed) into records in the shape of Zeek's JSON logs, which the format `zeek` takes:
 * `conn` for each flow, `dns`, `http`, `ssl` (server name, JA3, JA3S) and `x509`. The same bytes give the same records. Memory is
 * bounded: at most 20,000 flows and 64 MiB of bytes that wait for others, whatever the capture says.
 * @param chunks its bytes, from the beginning; a file's stream, or an upload's
 * @returns batches of records as flows end, so not in the order of time; damage comes out as refused with MDR_PCAP_DAMAGED, packets of
 * links that are not read with MDR_PCAP_LINK: what was read before counts
 * @throws only what `chunks` throws
 */
export async function* captureRecords(chunks: AsyncIterable<Buffer>): AsyncGenerator<CaptureItem[], void, undefined> {
  const reader = new PacketReader();
  const flows = new Flows();
  let number = 0;
  const batches = function* (): Generator<CaptureItem[]> {
    const found = flows.found();
    for (let at = 0; at < found.length; at += BATCH)
      yield found.slice(at, at + BATCH).map((record) => ({ line: JSON.stringify(record), number: ++number }));
  };
  let fault: string | null = null;
  const read = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      if (!(error instanceof CaptureDamaged)) throw error;
      fault = error.message;
    }
  };
  for await (const chunk of chunks) {
    // To its end in any case: a file's stream that is given up halfway would close the file.
    if (fault !== null) continue;
    read(() => reader.push(chunk, (packet) => flows.take(packet)));
    yield* batches();
  }
  if (fault === null) read(() => reader.end());
  flows.end();
  yield* batches();
  const refused: CaptureItem[] = [];
  const refuse = (code: RefusedLine['code'], message: string, sample: string): void => {
    refused.push({ refused: { code, message, number: ++number, sample, bytes: 0 } });
  };
  if (fault !== null)
    refuse(
      'MDR_PCAP_DAMAGED',
      `This capture is damaged: ${fault}. What comes before that was read.`,
      `damaged: ${fault}`,
    );
  for (const [link, count] of flows.strange)
    refuse(
      'MDR_PCAP_LINK',
      `${count} packets of link type ${link} were passed over.`,
      `link ${link}: ${count} packets`,
    );
  if (reader.timeless > 0)
    refuse(
      'MDR_PCAP_LINK',
      `${reader.timeless} packets that say no time were passed over.`,
      `timeless: ${reader.timeless}`,
    );
  if (refused.length > 0) yield refused;
}
