import { afterEach, beforeEach } from 'vitest';
import { httpDoor } from '../../engine/ingest/doors/http.js';
import { createToken } from '../../engine/ingest/tokens.js';
import { doorParts } from './parts.js';

export const MIB = 1024 * 1024;
export const gzipped = { 'content-encoding': 'gzip' };
export const json = { 'content-type': 'application/json' };
export const text = { 'content-type': 'text/plain' };

/** The HTTP door, listening, and a sender. */
class TestDoor {
  parts!: Awaited<ReturnType<typeof doorParts>>;
  /** What `post` sends; of `acme` for the source `fw`. */
  token!: string;
  url!: string;
  #app!: ReturnType<typeof httpDoor>;

  async open(settings: Record<string, string>): Promise<void> {
    this.parts = await doorParts(settings);
    this.token = await createToken(this.parts.store, { tenant: 'acme', source: 'fw' });
    await this.#listen();
  }

  /** Close the door and open it with other limits or settings, on the same parts; on another port, unless it is told which. */
  async reopen(limits?: Parameters<typeof httpDoor>[1], config = this.parts.config, port = 0): Promise<void> {
    await this.#app.close();
    this.parts.config = config;
    await this.#listen(limits, port);
  }

  async #listen(limits?: Parameters<typeof httpDoor>[1], port = 0): Promise<void> {
    this.#app = httpDoor(this.parts, limits);
    this.url = await this.#app.listen({ host: '127.0.0.1', port });
  }

  /** @param path source and query */
  async post(body: string | Buffer, headers: Record<string, string> = {}, path = 'fw') {
    const response = await fetch(`${this.url}/v1/events/${path}`, {
      method: 'POST',
      body: body as never,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/x-ndjson', ...headers },
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  }

  async close(): Promise<void> {
    await this.#app.close();
    await this.parts.close();
  }
}

/** A door that each test of this file, or of the `describe` around the call, finds fresh. */
export function freshDoor(settings: Record<string, string> = {}): TestDoor {
  const door = new TestDoor();
  beforeEach(() => door.open(settings));
  afterEach(() => door.close());
  return door;
}
