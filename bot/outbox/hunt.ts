import { savedHunts } from '../../engine/hunt/saved/index.js';
import { draftOf } from '../../engine/hunt/search/draft.js';
import { fileOf } from '../../engine/hunt/search/work.js';
import type { HuntFile } from '../../engine/store/dispatches.js';
import type { TenantStore } from '../../engine/store/index.js';
import { huntPicture } from '../charts/hunt.js';

interface File {
  key: string;
  name: string;
  type: string;
  draw(): Promise<Uint8Array>;
}

/** Files of a run of a hunt, of those asked for that there are. */
export async function huntFiles(store: TenantStore, id: string, files: readonly HuntFile[]): Promise<File[]> {
  const run = await store.huntRuns.findOne({ _id: id });
  if (!run) return [];
  const name = `hunt-${run.number}`;
  const found: File[] = [];
  const chart = run.result?.chart;
  if (files.includes('chart') && chart)
    found.push({ key: 'chart', name: `${name}.png`, type: 'image/png', draw: () => huntPicture(chart) });
  const bytes = files.includes('csv') && run.file !== null ? await store.blobs.read(fileOf(run)) : null;
  if (bytes)
    found.push({
      key: 'csv',
      name: `${name}.csv`,
      type: 'text/csv',
      draw: async () => Buffer.concat(await bytes.toArray()),
    });
  if (files.includes('rule')) {
    const draft = draftOf(run, await savedHunts());
    if (draft)
      found.push({ key: 'rule', name: `${name}-draft.yml`, type: 'text/plain', draw: async () => Buffer.from(draft) });
  }
  return found;
}
