import { MdrError } from '../../errors.js';
import { loadPieces } from '../../pieces.js';
import type { Model } from './types.js';

export type { Finding, HuntFields, Known, Model, Seen } from './types.js';

/** Every hunting model of this folder: one file each, in the order of their names. */
export async function loadModels(): Promise<Model[]> {
  const list = await loadPieces<Model>(import.meta.url);
  return list.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @throws MdrError MDR_MODEL_UNKNOWN listing the known names */
export async function modelCalled(name: string): Promise<Model> {
  const all = await loadModels();
  const found = all.find((model) => model.name === name.toLowerCase());
  if (found) return found;
  const known = all.map((model) => model.name).join(', ');
  throw new MdrError('MDR_MODEL_UNKNOWN', `There is no hunting model "${name.slice(0, 64)}".`, `Models: ${known}.`);
}
