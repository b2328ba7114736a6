import { isCapture } from '../../../ingest/pcap/index.js';
import { examineEvents } from '../events.js';
import type { UploadKind } from '../types.js';

/** `.pcap` and `.pcapng`: what was spoken, as flows. */
const capture: UploadKind = {
  name: 'capture',
  title: 'Capture of packets',
  rank: 11,
  most: 256 * 1024 * 1024,
  is: ({ head }) => isCapture(head),
  examine: (sample, parts) => examineEvents('Capture of packets', sample, parts),
};
export default capture;
