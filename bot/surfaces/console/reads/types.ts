import type { z } from 'zod';
import type { Desk } from '../desk.js';
import type { ServerParts } from '../types.js';

/**
 * What a page reads that no command answers as a card: one file in this folder, served as `GET /api/read/<name>`.
 * It reaches records through the desk only, with the contexts and the helpers of commands, so that it shows what they would.
 */
export interface Read<Query = unknown> {
  readonly name: string;
  /** The address's query. */
  readonly query: z.ZodType<Query>;
  /** Media type of what `run` returns as text; without one it is sent as JSON. */
  readonly type?: string;
  /** @returns what is sent, as JSON. @throws MdrError */
  run(desk: Desk, query: Query, parts: Pick<ServerParts, 'board'>): Promise<unknown>;
}
