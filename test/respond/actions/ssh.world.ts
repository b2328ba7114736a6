import type { Queues } from '../../../engine/queues.js';
import ssh from '../../../engine/respond/actions/carriers/ssh.js';
import { readConnectors } from '../../../engine/respond/actions/connectors.js';
import type { Job } from '../../../engine/respond/actions/types.js';
import type { Store } from '../../../engine/store/index.js';
import type { Host } from './sshd.js';
import { type World, world } from './world.js';

/** A tenant whose host `web01` is this one. */
export async function sshWorld(
  store: Store,
  queues: Queues,
  host: Host,
  more: { keys?: string[]; reach?: string[] } = {},
) {
  const w = await world(store, queues, [ssh]);
  const { address, port, user } = host;
  const web01 = { address, port, keys: more.keys ?? [host.key], names: ['web01.acme.example'] };
  const connectors = readConnectors({ ssh: { user, secret: 'ssh-key', reach: more.reach ?? [], hosts: { web01 } } });
  await store.tenants.updateOne({ _id: w.acme.id }, { $set: { connectors } });
  w.parts.store = w.acme = await store.forTenant(w.acme.id);
  await w.parts.secrets.keep(w.acme, 'ssh-key', host.privateKey.trim(), () => w.now);
  return w;
}

/** A job as a worker makes it. */
export const jobFor = (w: World, action: string, args: Record<string, string>, memory = {}): Job => ({
  ...w.parts,
  record: {
    ...{ number: 1, action, args, lasts: null, forced: false, memory, reason: '', expires: null, case: null },
    by: { id: 'mdr', name: 'mdr' },
  },
  signal: new AbortController().signal,
});
