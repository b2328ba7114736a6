import { collecting } from '../ssh/collect.js';
import { isolating } from '../ssh/isolate.js';
import { killing } from '../ssh/kill.js';
import type { Carrier } from '../types.js';

/** Linux hosts over SSH, each by the key that the operator has pinned. */
const ssh: Carrier = {
  name: 'ssh',
  title: 'Hosts over SSH (Linux)',
  isFor: ({ tenant }) => tenant.connectors?.ssh !== undefined,
  works: {
    'isolate-host': isolating(true),
    'release-host': isolating(false),
    'kill-process': killing,
    'collect-triage-package': collecting,
  },
};
export default ssh;
