import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../../engine/config.js';
import { MdrError } from '../../../engine/errors.js';
import type { Store } from '../../../engine/store/index.js';
import type { Person } from '../../../engine/store/people.js';
import { type Room, roleIn } from './channel.js';
import { personOf, SESSION_SECONDS, type Sessions } from './sign-in.js';

/** Whoever looks at the console: a session that holds, and the person as the store knows them at this moment. */
export interface Viewer {
  session: string;
  person: Person;
  /** Under which they signed in: `console:operator`, `oidc:…`. */
  identity: string;
  /** The console's own id of the person. */
  user: string;
}

/** Who is behind a request. Read again with every request, so that a withdrawn role or session counts at once. */
export function openViewers(store: Store, sessions: Sessions, config: Config) {
  // Cookies do not know ports: two consoles on one machine must not overwrite each other's.
  const name = `mdr_console_${config.MDR_CONSOLE_PORT}`;
  const options = {
    path: '/',
    httpOnly: true,
    // Not strict: who follows a link from a chat into the console is signed in there. Changes are guarded by `checkOrigin`.
    sameSite: 'lax',
    secure: config.MDR_CONSOLE_URL?.startsWith('https:') ?? false,
  } as const;
  const admitted = new WeakMap<FastifyRequest, Viewer>();

  async function bySession(session: string): Promise<Viewer | null> {
    const identity = await sessions.identity(session);
    const person = identity === null ? null : await personOf(store, identity);
    if (identity === null || !person) return null;
    return { session, person, identity, user: identity.slice(identity.indexOf(':') + 1) };
  }

  async function find(request: FastifyRequest): Promise<Viewer | null> {
    const session = request.cookies[name];
    return session ? bySession(session) : null;
  }

  return {
    cookie: { name, options },
    bySession,
    find,
    /** @throws MdrError MDR_SIGN_IN */
    async admit(request: FastifyRequest): Promise<void> {
      const viewer = await find(request);
      if (!viewer)
        throw new MdrError(
          'MDR_SIGN_IN',
          'You are not signed in.',
          config.MDR_OIDC_ISSUER
            ? 'Open the console’s first page and sign in there.'
            : 'Open the sign-in link that mdr printed at its start.',
        );
      admitted.set(request, viewer);
    },
    /** The viewer of a request that was admitted. */
    of(request: FastifyRequest): Viewer {
      const viewer = admitted.get(request);
      if (!viewer) throw new Error('this route is not behind admit()');
      return viewer;
    },
    /** @throws MdrError MDR_FORBIDDEN, the same for a room that is not there and for one that is not theirs */
    checkRoom(viewer: Viewer, room: Room | null): asserts room is Room {
      if (room === null || roleIn(viewer.person, room) === null)
        throw new MdrError(
          'MDR_FORBIDDEN',
          'You may not read this channel.',
          'Ask an administrator of this service, if you should.',
        );
    },
    async signIn(reply: FastifyReply, identity: string): Promise<void> {
      reply.setCookie(name, await sessions.begin(identity), { ...options, maxAge: SESSION_SECONDS });
    },
    async signOut(reply: FastifyReply, viewer: Viewer): Promise<void> {
      await sessions.end(viewer.session);
      reply.clearCookie(name, options);
    },
  };
}
export type Viewers = ReturnType<typeof openViewers>;
