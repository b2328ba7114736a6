import { MdrError } from '../../../errors.js';
import type { TenantStore } from '../../../store/index.js';
import type { SshConnector, SshHost } from '../connectors.js';

export interface Target extends SshHost {
  /** As the connector calls it. */
  name: string;
  config: SshConnector;
}

/**
 * The host that an action names. Whoever chooses names decides nothing but which entry of the operator's it is.
 * @throws MdrError MDR_ACTION_BAD when none, or several, are called so
 */
export function targetOf({ tenant }: TenantStore, called: string): Target {
  const config = tenant.connectors?.ssh;
  if (!config)
    throw new MdrError(
      'MDR_ACTION_BAD',
      'the tenant has no hosts for SSH.',
      'The operator sets them: mdr actions connect.',
    );
  const wanted = called.toLowerCase();
  const found = Object.entries(config.hosts).filter(
    ([name, { names }]) => name === wanted || names.some((other) => other.toLowerCase() === wanted),
  );
  const [one, another] = found;
  if (one && !another) return { ...one[1], name: one[0], config };
  throw new MdrError(
    'MDR_ACTION_BAD',
    one ? `several hosts are called "${called.slice(0, 80)}".` : `no host for SSH is called "${called.slice(0, 80)}".`,
    'The operator names it with its address and its key: mdr actions connect.',
  );
}
