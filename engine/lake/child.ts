import { MdrError } from '../errors.js';
import { openSession, type Request } from './session.js';

/** What runs in the process that answers queries: one at a time, until its parent is gone. */
export type ToChild = { run: Request } | 'interrupt';
export type FromChild = 'ready' | { answer: unknown } | { error: { code: string; message: string; hint: string } };

const session = openSession();
const say = (message: FromChild) => process.send?.(message);

process.on('message', (message: ToChild) => {
  if (message === 'interrupt') {
    session.interrupt();
    return;
  }
  session.run(message.run).then(
    (answer) => say({ answer }),
    (error: unknown) => {
      const { code, message, hint } =
        error instanceof MdrError
          ? error
          : new MdrError(
              'MDR_INTERNAL',
              `A query failed: ${(error as Error).message}`,
              'Ask again; tell us when it stays so.',
            );
      say({ error: { code, message, hint } });
    },
  );
});
process.on('disconnect', () => process.exit(0));
say('ready');
