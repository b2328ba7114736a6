import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { MdrError } from '../../../engine/errors.js';
import type { Tenant } from '../../../engine/store/tenants.js';
import type { Said } from './said.js';
import { consoleRole } from './sign-in.js';
import type { ServerParts } from './types.js';
import type { Viewers } from './viewers.js';

const MOST_TENANTS = 1000;
const id = z.string().regex(/^[\w-]{1,64}$/);
const word = z.string().regex(/^[\w.:-]{1,100}$/);
const key = z.string().regex(/^[0-9a-f]{32}$/);

const params = z.object({ tenant: z.string().max(32) });
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
  tenant: z.string().max(32),
  thread: id,
  key,
  command: word,
  record: word,
  choice: word.optional(),
});

/** The console's data. Registered where everybody is already signed in. */
export function registerApi(
  api: FastifyInstance,
  { store, board, commands, clock }: ServerParts,
  viewers: Viewers,
  said: Said,
  signInLink: () => string,
): void {
  const tenantOf = (request: FastifyRequest) => {
    const { tenant } = read(params, request.params);
    viewers.checkTenant(viewers.of(request), tenant);
    return tenant;
  };

  api.get('/api/me', async (request) => {
    const { person } = viewers.of(request);
    const tenants = await store.tenants.find().sort({ name: 1 }).limit(MOST_TENANTS).lean<Tenant[]>();
    return {
      now: clock(),
      person: { id: person._id, name: person.name },
      tenants: tenants.flatMap(({ _id, name }) => {
        const role = consoleRole(person, _id);
        return role === null ? [] : [{ id: _id, name, role }];
      }),
      commands: commands.map(({ name, summary, usage, examples }) => ({ name, summary, usage, examples })),
    };
  });

  api.get('/api/channels/:tenant/messages', async (request) => {
    const tenant = tenantOf(request);
    const { thread = null, before = null, ids } = read(listQuery, request.query);
    if (ids !== undefined) return { messages: await board.pick(tenant, ids.split(',').slice(0, 100)), more: false };
    const listing = await board.list(tenant, thread, before);
    return thread === null ? listing : { ...listing, head: await board.get(tenant, thread) };
  });

  api.get('/api/channels/:tenant/unread', async (request) => {
    const tenant = tenantOf(request);
    const { after } = read(unreadQuery, request.query);
    return { count: await board.unread(tenant, after, viewers.of(request).person._id) };
  });

  api.post('/api/channels/:tenant/messages', async (request) => {
    const tenant = tenantOf(request);
    const { text, thread, key } = read(typedBody, request.body);
    return said.typed(viewers.of(request), { tenant, text, thread: thread ?? null, key });
  });

  api.post('/api/actions', async (request) => {
    const click = read(clickedBody, request.body);
    viewers.checkTenant(viewers.of(request), click.tenant);
    return { answer: await said.clicked(viewers.of(request), click) };
  });

  /** A sign-in link for another browser of the same person. */
  api.post('/api/links', async () => ({ link: signInLink() }));

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
