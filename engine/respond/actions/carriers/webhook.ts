import { MdrError } from '../../../errors.js';
import { checkUrl } from '../../../notify/address.js';
import { sign } from '../../../notify/events.js';
import { httpSender } from '../../../notify/send.js';
import type { Carrier, Job, Work } from '../types.js';

const TIMEOUT_MS = 15_000;

/** A message to a receiver of the tenant's. Nobody can look whether it came, so it is never sent a second time by itself. */
function message(which: 'ticket' | 'page'): Work {
  const connectorOf = ({ store }: Job) => {
    const connector = store.tenant.connectors?.[which];
    if (connector) return connector;
    throw new MdrError(
      'MDR_ACTION_BAD',
      `the tenant has no receiver for a ${which}.`,
      'The operator sets it: mdr actions connect.',
    );
  };
  return {
    ...{ timeoutMs: TIMEOUT_MS, isRepeatable: false, undo: null },
    async check(job) {
      const { url } = checkUrl(connectorOf(job).url, job.allowed);
      return { says: `${url.host} is sent a ${which}`, memory: {}, already: false };
    },
    async run(job): Promise<Record<string, string>> {
      const { url, secret } = connectorOf(job);
      const { args, number, action, reason } = job.record;
      const body = JSON.stringify({
        kind: which,
        action,
        id: `${job.store.id}-${number}`,
        tenant: job.store.id,
        reason,
        ...args,
      });
      const key = secret === undefined ? null : await job.secrets.read(job.store, secret);
      // By its id a receiver knows the same message again.
      const id = `mdr-${job.store.id}-${number}`;
      const timestamp = String(Math.floor(job.clock() / 1000));
      const headers = {
        ...{ 'webhook-id': id, 'webhook-timestamp': timestamp },
        ...(key !== null && { 'webhook-signature': `v1,${sign(key, `${id}.${timestamp}.${body}`)}` }),
      };
      const { status, text } = await httpSender(job.allowed, TIMEOUT_MS)(url, body, headers);
      if (status < 200 || status > 299)
        throw new MdrError('MDR_ACTION_FAILED', `the receiver answered ${status}.`, 'See its log for why.');
      const ticket =
        which === 'ticket' ? /"(?:ticket|id|key|number)"\s*:\s*"?([\w.-]{1,60})/.exec(text)?.[1] : undefined;
      return ticket ? { ticket } : {};
    },
    verify: async () => 'unknown',
  };
}

/** Tickets and pages as JSON to a receiver on the internet, or one that the operator allows. */
const webhook: Carrier = {
  name: 'webhook',
  title: 'Receivers of tickets and pages',
  isFor: ({ tenant }) => tenant.connectors?.ticket !== undefined || tenant.connectors?.page !== undefined,
  works: { 'open-ticket': message('ticket'), page: message('page') },
};
export default webhook;
