/** Something that goes wrong, on purpose. `stored` says whether the call took effect before it went wrong. */
export type Fault =
  /** 429 with `Retry-After` in seconds; null leaves the header out. */
  | { kind: 'rate-limited'; retryAfter: number | null }
  | { kind: 'status'; status: number; stored?: boolean }
  /** The caller never hears back. */
  | { kind: 'time-out'; stored?: boolean }
  /** The connection breaks. */
  | { kind: 'reset'; stored?: boolean }
  | { kind: 'slow'; ms: number }
  /** 200 with `{ok: false, error}`. */
  | { kind: 'error'; error: string }
  /** 200 with a body that is not JSON. */
  | { kind: 'garbage'; stored?: boolean };

/** Faults waiting to happen, per Web API method, or for `response_url`. */
export class Faults<F = Fault> {
  readonly #waiting = new Map<string, F[]>();

  /** The next `times` calls of `method` go wrong like this. */
  add(method: string, fault: F, times = 1): void {
    const list = this.#waiting.get(method) ?? [];
    for (let count = 0; count < times; count += 1) list.push(fault);
    this.#waiting.set(method, list);
  }

  take(method: string): F | undefined {
    return this.#waiting.get(method)?.shift();
  }

  clear(): void {
    this.#waiting.clear();
  }
}
