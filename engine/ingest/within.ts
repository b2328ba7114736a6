import { MdrError } from '../errors.js';

/** How long a door waits for a store before it tells the sender to come back, in ms. */
const PATIENCE_MS = 5000;

/**
 * Wait for a service, but not for ever: Redis queues commands while it is away, and a sender should hear of it instead.
 * @throws MdrError MDR_SERVICE_DOWN when it fails or takes longer than `ms`; errors of our own pass
 */
export async function within<T>(service: string, work: Promise<T>, ms = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } catch (cause) {
    if (cause instanceof MdrError) throw cause;
    const hint = 'Send the same again: nothing is taken twice.';
    throw new MdrError('MDR_SERVICE_DOWN', `${service} does not answer.`, hint, { cause });
  } finally {
    clearTimeout(timer);
  }
}
