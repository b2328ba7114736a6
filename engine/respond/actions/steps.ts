import { MdrError } from '../../errors.js';

/** An error as a record keeps it. */
export const errorOf = (error: unknown) =>
  error instanceof MdrError
    ? { code: error.code, message: error.message, hint: error.hint }
    : { code: 'MDR_ACTION_FAILED', message: String((error as Error)?.message ?? error).slice(0, 300), hint: '' };

/** One step within its time: what hangs is left behind, and told by its signal to send nothing more. */
export async function within<T>(ms: number, step: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new MdrError('MDR_ACTION_FAILED', `no answer within ${ms / 1000} s.`, 'See whether it answers.');
      stop.abort(error);
      reject(error);
    }, ms);
  });
  try {
    return await Promise.race([step(stop.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a connector answered, bounded. */
export const bound = (gives: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(gives)
      .slice(0, 10)
      .map(([name, value]) => [name.slice(0, 40), String(value).slice(0, 500)]),
  );
