import { createHash } from 'node:crypto';
import { type Added, addEvidence } from '../../../engine/breach/evidence/add.js';
import type { About, Doing, EvidenceDesk } from '../../../engine/breach/evidence/types.js';
import { openCase } from '../../../engine/respond/case/open.js';
import type { TenantStore } from '../../../engine/store/index.js';
import { addTenant, NOW } from '../../commands/world.js';
import { testStore } from '../../support/services.js';

export { SECRET } from './world.child.js';

import { SECRET } from './world.child.js';
export const ana = { id: 'ana', name: 'Ana Silva' };
export const bo = { id: 'bo', name: 'Bo Anders' };

export const doing = (by = ana, why = 'the court asks', request = `r${Math.random()}`): Doing => ({
  by,
  why,
  where: 'slack:C1',
  request,
});

export async function* inChunks(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
export const hex = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest('hex');

export const about = (more: Partial<About> = {}): About => ({
  ...{ case: 1, name: 'disk.img', type: 'application/octet-stream', source: 'upload', by: ana, from: 'Jane Roe' },
  ...{
    where: 'host ws01',
    how: 'dd 9.4 over a write blocker',
    why: 'image of the patient zero',
    request: `r${Math.random()}`,
  },
  ...more,
});

/** A store with acme and zeta, and case 1 of each; the clock can be moved. */
export async function evidenceWorld() {
  const { store, uri, database } = await testStore();
  const time = { now: NOW };
  const deskOf = async (id: string): Promise<EvidenceDesk> => {
    const scope = await addTenant(store, id, id);
    await newCase(scope);
    return { store: scope, secret: SECRET, clock: () => time.now };
  };
  const desk = await deskOf('acme');
  const other = await deskOf('zeta');
  const add = (bytes: Uint8Array, more: Partial<About> = {}): Promise<Added> =>
    addEvidence(desk, inChunks(bytes), about(more));
  return { store, uri, database, time, desk, other, add };
}

export async function newCase(store: TenantStore): Promise<number> {
  const asking = { by: ana, clock: () => NOW, request: `open${Math.random()}` };
  const { record } = await openCase(store, asking, {
    ...{ title: 'Ransomware', severity: 'high', type: 'ransomware', priority: 'P1', lead: ana, reason: '' },
  });
  return record.number;
}
