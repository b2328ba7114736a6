import { MdrError } from '../../../errors.js';
import { ACTIONS } from '../catalog.js';
import type { Carrier, Job, Seen, Work } from '../types.js';
import type { Declaration, DeclaredAction, DeclaredRequest } from './declaration.js';
import { at, fill, fillHeader, fillJson, fillUrl, matches, type Values } from './fill.js';
import { type HttpAnswer, sendHttp } from './send.js';

const TIMEOUT_MS = 30_000;
const MAX_TAKEN = 500;

/** A declaration as a connector. */
export function carrierOf(declaration: Declaration): Carrier {
  const works = Object.entries(declaration.actions).map(([id, action]) => [id, workFor(declaration, id, action)]);
  return {
    name: declaration.product,
    title: declaration.title,
    isFor: ({ tenant }) => Object.hasOwn(tenant.connectors?.http ?? {}, declaration.product),
    works: Object.fromEntries(works),
  };
}

function workFor(declaration: Declaration, id: string, action: DeclaredAction): Work {
  const back = ACTIONS[id]?.undo;
  const undo = back && Object.hasOwn(declaration.actions, back) ? declaration.actions[back]! : null;
  const does = (what: DeclaredAction) => async (job: Job) => {
    const session = await open(declaration, job);
    const values = await session.find(what);
    const { json } = await session.ask(what.run, values);
    return Object.fromEntries(
      Object.entries(what.gives).flatMap(([name, path]) => {
        const value = at(json, path);
        return value === undefined || value === null ? [] : [[name, String(value)]];
      }),
    );
  };
  const look = async (session: Session, values: Values): Promise<Seen> => {
    if (!action.verify) return 'unknown';
    const { request, gone, holds, pending } = action.verify;
    const { status, json } = await session.ask(request, values, gone);
    if (gone.includes(status) || matches(json, holds)) return 'holds';
    return pending && matches(json, pending) ? 'pending' : 'absent';
  };
  return {
    timeoutMs: TIMEOUT_MS,
    isRepeatable: action.repeatable,
    async guard({ record }) {
      const missing = action.needs.filter((name) => record.args[name] === undefined);
      if (missing.length > 0)
        throw new MdrError(
          'MDR_ACTION_BAD',
          `${declaration.title} needs ${missing.join(', ')}.`,
          `Give ${missing.map((name) => `${name}=…`).join(' ')}`,
        );
    },
    async check(job) {
      const session = await open(declaration, job);
      const values = await session.find(action);
      const already = (await look(session, values)) === 'holds';
      const kept = action.find.flatMap(({ keep, take }) => (keep ? Object.keys(take) : []));
      const memory = { found: Object.fromEntries(kept.map((name) => [name, values[name]])) };
      const { method } = action.run;
      const says = `${declaration.title} is asked: ${method} ${new URL(fillUrl(action.run.url, values, {})).pathname}`;
      return { says: already ? `${declaration.title} says that it is so already` : says, memory, already };
    },
    run: does(action),
    async verify(job) {
      try {
        if (!action.verify) return 'unknown';
        const session = await open(declaration, job);
        return await look(session, await session.find(action));
      } catch {
        return 'unknown';
      }
    },
    undo: undo
      ? async (job) => {
          await does(undo)(job);
        }
      : null,
  };
}

function foundBefore({ memory }: Job['record'], name: string): string | null {
  const found = memory.found;
  if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return null;
  const value = (found as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : null;
}

interface Session {
  find(action: DeclaredAction): Promise<Values>;
  /** @throws MdrError MDR_ACTION_FAILED for a status that is neither success nor in `also` */
  ask(request: DeclaredRequest, values: Values, also?: readonly number[]): Promise<HttpAnswer>;
}

/** Read the tenant's secrets, and get a token where the product wants one. */
async function open(declaration: Declaration, job: Job): Promise<Session> {
  const { store, record, secrets, allowed, signal } = job;
  const connector = store.tenant.connectors?.http?.[declaration.product];
  if (!connector)
    throw new MdrError(
      'MDR_ACTION_BAD',
      `${store.tenant.name} has no ${declaration.title}.`,
      'The operator sets it: mdr actions connect.',
    );
  const usual = Object.entries(declaration.values).flatMap(([name, value]) =>
    value.usual === undefined ? [] : [[name, value.usual]],
  );
  const own: Record<string, string> = { ...Object.fromEntries(usual), ...connector.values };
  // Arguments never stand for what is the operator's: those come last.
  const base: Record<string, string> = {
    reason: `${record.reason || 'mdr'} (mdr action ${record.number})`.slice(0, 500),
    ...record.args,
    ...own,
  };
  const hidden: Record<string, string> = { ...own };
  for (const name of Object.keys(declaration.secrets)) {
    const kept = connector.secrets[name];
    if (!kept)
      throw new MdrError(
        'MDR_ACTION_BAD',
        `the connector names no secret for ${name}.`,
        'The operator sets it: mdr actions connect.',
      );
    hidden[name] = (await secrets.read(store, kept)).trim();
  }
  const send = async (request: DeclaredRequest, values: Values, headers: Record<string, string>) => {
    const filled = Object.fromEntries(
      Object.entries(request.headers).map(([name, text]) => [name, fillHeader(text, values)]),
    );
    const pairs = Object.entries(request.form ?? {}).map(([name, text]): [string, string] => [
      name,
      fill(text, values),
    ]);
    const form = request.form ? new URLSearchParams(pairs) : undefined;
    const json = request.json === undefined ? undefined : JSON.stringify(fillJson(request.json, values));
    const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
    const body = form?.toString() ?? json ?? (request.method === 'GET' || request.method === 'DELETE' ? undefined : '');
    const outgoing = { method: request.method, url: fillUrl(request.url, values, request.query) };
    return sendHttp(
      {
        ...outgoing,
        headers: { ...headers, ...filled, ...(body ? { 'content-type': type } : {}) },
        ...(body !== undefined && { body }),
      },
      allowed,
      signal,
    );
  };
  const refused = (what: string, { status }: HttpAnswer) =>
    new MdrError(
      'MDR_ACTION_FAILED',
      `${declaration.title} answered ${status} to ${what}.`,
      'See what its account may do there.',
    );
  if (declaration.token) {
    const answer = await send(declaration.token, hidden, {});
    const token = at(answer.json, declaration.token.take.token ?? 'access_token');
    if (!declaration.token.ok.includes(answer.status) || typeof token !== 'string') throw refused('signing in', answer);
    hidden.token = token;
  }
  const headers = Object.fromEntries(
    Object.entries(declaration.headers).map(([name, text]) => [name, fillHeader(text, hidden)]),
  );
  const ask: Session['ask'] = async (request, values, also = []) => {
    const answer = await send(request, values, headers);
    if (!request.ok.includes(answer.status) && !also.includes(answer.status)) throw refused(request.method, answer);
    return answer;
  };
  return {
    ask,
    async find(action) {
      const values = { ...base };
      for (const step of action.find) {
        // A name may mean another device by now: what was approved and checked is what is changed, looked at and taken back.
        const known = Object.keys(step.take).map((name) => [name, foundBefore(record, name)] as const);
        if (step.keep && known.every(([, value]) => value !== null)) {
          for (const [name, value] of known) values[name] = value!;
          continue;
        }
        const { json } = await ask(step, values, [404]);
        if (step.second && at(json, step.second) !== undefined)
          throw new MdrError(
            'MDR_ACTION_BAD',
            `${declaration.title} knows several of this name.`,
            'See there which is meant; remove the stale ones, or do it there by hand.',
          );
        for (const [name, path] of Object.entries(step.take)) {
          const value = at(json, path);
          if (typeof value !== 'string' && typeof value !== 'number')
            throw new MdrError(
              'MDR_ACTION_BAD',
              `${declaration.title}: ${step.none}.`,
              'Give the name as it stands there.',
            );
          values[name] = String(value).slice(0, MAX_TAKEN);
        }
      }
      return values;
    },
  };
}
