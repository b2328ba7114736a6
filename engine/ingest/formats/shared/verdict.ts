import type { Fields } from '../../../event.js';
import { text } from './values.js';

const ALLOWED = new Set(
  'allow allowed accept accepted permit permitted pass passed built forward start close timeout ip-conn session_create session_close end client-rst server-rst monitored alert'.split(
    ' ',
  ),
);
const BLOCKED = new Set(
  'deny denied drop dropped block blocked reject rejected reset-both reset-client reset-server sinkhole session_deny block-url block-ip drop-icmp discard'.split(
    ' ',
  ),
);

/** Rules that know no vendor's word for what was done ask whether it was blocked. */
export function setBlocked(fields: Fields): void {
  const action = text(fields.action)?.slice(0, 32).toLowerCase();
  if (action === undefined) return;
  if (BLOCKED.has(action)) fields.blocked = 'true';
  else if (ALLOWED.has(action)) fields.blocked = 'false';
}
