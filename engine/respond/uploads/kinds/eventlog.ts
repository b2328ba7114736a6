import { isEventLog } from '../../../ingest/evtx/file.js';
import { examineEvents } from '../events.js';
import type { UploadKind } from '../types.js';

/** `.evtx` */
const eventlog: UploadKind = {
  name: 'eventlog',
  title: 'Windows event log',
  rank: 10,
  most: 256 * 1024 * 1024,
  is: ({ head }) => isEventLog(head),
  examine: (sample, parts) => examineEvents('Windows event log', sample, parts),
};
export default eventlog;
