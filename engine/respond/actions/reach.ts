import { MdrError } from '../../errors.js';
import { readArgs } from './args.js';
import { carriersFor, jobOf } from './registry.js';
import type { Asking, RequestParts } from './requests.js';
import { US } from './save.js';

/**
 * Which connectors can do this, as far as our own records tell: of those that know a host, the ones that know this one.
 * @throws MdrError MDR_ACTION_UNKNOWN, MDR_ACTION_BAD when it cannot be asked for like this
 */
export async function ableTo(parts: RequestParts, asking: Asking): Promise<string[]> {
  const { args, lasts } = readArgs(asking.action, asking.args);
  const record = {
    ...{ number: 0, action: asking.action, args, lasts, forced: asking.forced ?? false, memory: {} },
    ...{ reason: asking.reason, expires: null, case: asking.case, by: US },
  };
  const able: string[] = [];
  for (const { name, works } of carriersFor(parts.carriers, parts.store, asking.action)) {
    const work = works[asking.action]!;
    try {
      await work.guard?.(jobOf(parts, parts.store, record, AbortSignal.timeout(work.timeoutMs)));
      able.push(name);
    } catch (error) {
      if (!(error instanceof MdrError)) throw error;
    }
  }
  return able;
}
