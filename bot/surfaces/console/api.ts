import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { MdrError } from '../../../engine/errors.js';
import { roomOf, roomsOf } from './channel.js';
import { type Desk, openDesk } from './desk.js';
import type { Read } from './reads/types.js';
import type { Said } from './said.js';
import { OPERATOR } from './sign-in.js';
import type { ServerParts } from './types.js';
import type { Viewers } from './viewers.js';

const id = z.string().regex(/^[\w-]{1,64}$/);
const word = z.string().regex(/^[\w.:-]{1,100}$/);
const key = z.string().regex(/^[0-9a-f]{32}$/);
const tenant = z.string().max(32);

const params = z.object({ tenant, room: z.string().max(20) });
const listQuery = z.strictObject({
  thread: id.optional(),
  before: id.optional(),
  /** Ids separated by commas: these messages instead of a page of them. */
  ids: z
    .string()
    .max(4000)
    .regex(/^[\w,-]+$/)
    .optional(),
});
const unreadQuery = z.strictObject({ after: z.coerce.number().int().min(0) });
const typedBody = z.strictObject({ text: z.string().trim().min(1).max(4000), thread: id.nullish(), key });
const clickedBody = z.strictObject({
  tenant,
  /** Id of the thread's first message, in any room of the tenant. */
  thread: id,
  channel: z.string().max(60),
  key,
  command: word,
  record: word,
  choice: word.optional(),
});
const runBody = z.strictObject({ tenant, text: z.string().trim().min(1).max(4000), key });

/** The console's data. Registered where everybody is already signed in. */
export function registerApi(
  api: FastifyInstance,
  parts: ServerParts,
  viewers: Viewers,
  said: Said,
  { reads, pages, signInLink }: { reads: readonly Read[]; pages: readonly string[]; signInLink: () => string },
): void {
  const { board, commands, clock } = parts;
  const deskOf = (request: FastifyRequest): Desk => openDesk(parts, viewers.of(request));
  const roomAt = (request: FastifyRequest) => {
    const { tenant, room: name } = read(params, request.params);
    const room = roomOf(`${tenant}/${name}`);
    viewers.checkRoom(viewers.of(request), room);
    return room;
  };

  api.get('/api/me', async (request) => {
    const { person, identity } = viewers.of(request);
    return {
      now: clock(),
      person: { id: person._id, name: person.name, side: person.side, operator: identity === OPERATOR },
      tenants: await deskOf(request).tenants(),
      commands: commands.map(({ name, summary, usage, examples }) => ({ name, summary, usage, examples })),
      pages,
    };
  });

  api.get('/api/channels/:tenant/:room/messages', async (request) => {
    const room = roomAt(request);
    const { thread = null, before = null, ids } = read(listQuery, request.query);
    if (ids !== undefined) return { messages: await board.pick(room, ids.split(',').slice(0, 100)), more: false };
    const listing = await board.list(room, thread, before);
    return thread === null ? listing : { ...listing, head: await board.get(room, thread) };
  });

  api.get('/api/channels/:tenant/:room/unread', async (request) => {
    const room = roomAt(request);
    const { after } = read(unreadQuery, request.query);
    return { count: await board.unread(room, after, viewers.of(request).person._id) };
  });

  api.post('/api/channels/:tenant/:room/messages', async (request) => {
    const room = roomAt(request);
    const { text, thread, key } = read(typedBody, request.body);
    return said.typed(viewers.of(request), { room, text, thread: thread ?? null, key });
  });

  api.post('/api/actions', async (request) => {
    const { tenant, channel, ...click } = read(clickedBody, request.body);
    const room = roomsOf(tenant).find((known) => known.channel === channel) ?? null;
    viewers.checkRoom(viewers.of(request), room);
    return { answer: await said.clicked(viewers.of(request), { room, ...click }) };
  });

  /** A command on a page; it is checked as everywhere by `answer`, and nobody else reads the answer. */
  api.post('/api/run', async (request) => {
    const { tenant, text, key } = read(runBody, request.body);
    return { card: await said.run(viewers.of(request), tenant, text, key) };
  });

  for (const { name, query, type, run } of reads)
    api.get(`/api/read/${name}`, async (request, reply) => {
      const found = await run(deskOf(request), read(query, request.query), parts);
      if (type) reply.type(type);
      return found;
    });

  /** A sign-in link for another browser of the same person: the operator, whom such links sign in. */
  api.post('/api/links', async (request) => {
    if (viewers.of(request).identity === OPERATOR) return { link: signInLink() };
    throw new MdrError(
      'MDR_FORBIDDEN',
      'Sign-in links are the operator’s.',
      'Sign in on the other browser as you did on this.',
    );
  });

  api.post('/api/sign-out', async (request, reply) => {
    await viewers.signOut(reply, viewers.of(request));
    return { ok: true };
  });
}

/** @throws MdrError MDR_REQUEST_BAD naming the faults */
function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`);
  throw new MdrError('MDR_REQUEST_BAD', faults.join('; ').slice(0, 500), 'Correct it and send it again.');
}
