import { z } from 'zod';
import type { Context } from '../types.js';

/** How long a question waits for its answer. */
const SECONDS = 3600;
const heldSchema = z.strictObject({ person: z.string(), words: z.array(z.string()).min(1).max(100) });

const keyOf = ({ queues, tenant }: Pick<Context, 'queues' | 'tenant'>, id: string): string =>
  `${queues.prefix}:{${tenant.id}}:held:${id}`;

/** Keep a command line that was understood, until the person who said it clicks its button. */
export async function holdLine(context: Context, id: string, words: readonly string[]): Promise<void> {
  const held = { person: context.person._id, words };
  await context.queues.redis.set(keyOf(context, id), JSON.stringify(held), 'EX', SECONDS);
}

/**
 * Take the line of a button, once.
 * @returns the line; `gone` when it was taken or waited too long; `other` when somebody else had said it, and then it stays
 */
export async function takeLine(context: Context, id: string): Promise<readonly string[] | 'gone' | 'other'> {
  const { redis } = context.queues;
  const stored = await redis.get(keyOf(context, id));
  if (stored === null) return 'gone';
  const { person, words } = heldSchema.parse(JSON.parse(stored));
  if (person !== context.person._id) return 'other';
  // Of two clicks at the same moment, one deletes it.
  return (await redis.del(keyOf(context, id))) === 1 ? words : 'gone';
}
