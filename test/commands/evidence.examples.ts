import { vi } from 'vitest';
import { addEvidence } from '../../engine/breach/evidence/add.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { about, bo, inChunks, SECRET } from '../breach/evidence/world.js';
import { NOW } from './world.js';

/** EV3, a hold h1 and a file of alert 12, as an example of `evidence` needs them for adm. */
export async function evidenceFor(store: Store, tenant: TenantStore, example: string): Promise<void> {
  vi.stubEnv('MDR_SECRET_KEY', SECRET);
  const raw = (name: string) => store.connection.collection<{ _id: string }>(name);
  await raw('evidence_items').deleteMany({});
  await raw('counters').updateOne({ _id: `${tenant.id}:evidence` }, { $set: { value: 2 } }, { upsert: true });
  const isGoing = /^evidence (dispose|agree|disagree)/.test(example);
  const desk = { store: tenant, secret: SECRET, clock: () => NOW };
  const by = { id: 'adm', name: 'Ada Admin' };
  const held = isGoing ? { case: null, alert: 12 } : { case: 4, alert: 12 };
  await addEvidence(desk, inChunks(Buffer.from(example)), about({ ...held, by }));
  const asked = { by: bo, at: NOW, why: 'over' };
  const set = {
    ...(/^evidence (take|decline)/.test(example) && { transfer: { to: by, by: bo, at: NOW, why: 'x' } }),
    ...(isGoing && { keep: { until: NOW - 1, why: 'over' } }),
    ...(/^evidence (agree|disagree)/.test(example) && { disposal: { asked } }),
  };
  await raw('evidence_items').updateOne({ tenant: tenant.id }, { $set: { revision: 7, ...set } });
  const hold = { id: 'h1', why: 'court', by: 'bo', placed: NOW, from: null, until: null };
  await store.tenants.updateOne(
    { _id: tenant.id },
    { $set: { holds: /^evidence release/.test(example) ? [hold] : [] } },
  );
  const said = { surface: 'slack', channel: 'C1', message: '1', at: NOW, author: 'ana', authorName: 'Ana', text: '' };
  await tenant.evidence.insert({
    ...{ _id: 'f12', alert: 12, name: 'a.txt', type: '', size: 1, sha256: 'a', by: 'ana', byName: 'Ana', kept: NOW },
    said: { ...said, link: '', internal: true },
  });
}
