import { parentPort, workerData } from 'node:worker_threads';
import { openIndicators, streamIndicators } from '../../store/indicators.js';
import { loadTables } from './load.js';

/** What runs in the thread that builds the tables: it reads them from MongoDB and hands the arrays over without a copy. */
export interface ThreadData {
  uri: string;
  database: string;
  since: number;
  max: number;
}

const { uri, database, since, max } = workerData as ThreadData;
const { model, close } = await openIndicators(uri, database);
try {
  const loaded = await loadTables(streamIndicators(model, since), max);
  const buffers = new Set<ArrayBuffer>();
  for (const { ranges4, ranges6, ...arrays } of loaded.tables.values())
    for (const value of [arrays, ranges4, ranges6].flatMap((each) => Object.values(each)))
      if (ArrayBuffer.isView(value)) buffers.add(value.buffer as ArrayBuffer);
  parentPort!.postMessage(loaded, [...buffers]);
} finally {
  await close();
}
