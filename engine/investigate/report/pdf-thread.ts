import { parentPort, workerData } from 'node:worker_threads';
import type { Document } from './document.js';
import { toPdf } from './pdf.js';

/** What runs in the thread that makes one PDF. */
const { document, picture } = workerData as { document: Document; picture: Uint8Array | null };
parentPort!.postMessage(await toPdf(document, picture));
