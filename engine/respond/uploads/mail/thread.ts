import { parentPort, workerData } from 'node:worker_threads';
import { MdrError } from '../../../errors.js';
import { type ReadMail, readMail } from './read.js';

/** What runs in the thread that reads one mail: it answers once, and ends. */
export type MailAnswer = { mail: ReadMail } | { refused: string };

const answer: MailAnswer = await readMail(workerData as Uint8Array).then(
  (mail) => ({ mail }),
  (error: unknown) => {
    // What a mail may bring about is the mail's; all else is ours, and ends the thread with it.
    if (error instanceof MdrError && error.code === 'MDR_UPLOAD_BAD') return { refused: error.message };
    throw error;
  },
);
parentPort!.postMessage(answer);
