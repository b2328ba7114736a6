import { packingOf } from '../../../ingest/files.js';
import { examineEvents } from '../events.js';
import type { UploadKind } from '../types.js';

/** Formats whose bytes are no lines of text, by how they begin. */
const isText = (head: Buffer): boolean => {
  if (head.length === 0 || head.includes(0)) return false;
  // The last character may be cut in half.
  const text = new TextDecoder('utf-8', { fatal: false }).decode(head);
  return (text.match(/\ufffd/g)?.length ?? 0) <= 1 + text.length / 200;
};

/** Lines of any format that we know, also packed with gzip or zip. */
const logs: UploadKind = {
  name: 'logs',
  title: 'Log file',
  rank: 90,
  most: 256 * 1024 * 1024,
  is: ({ head, name }) =>
    packingOf(head) === null
      ? isText(head)
      : // Archives hold anything: only what says that it is logs.
        /\.(?:log|json|jsonl|ndjson|csv|txt|evtx|pcap|pcapng)(?:\.\d+)?\.(?:gz|zip)$/i.test(name),
  examine: (sample, parts) => examineEvents('Log', sample, parts),
};
export default logs;
