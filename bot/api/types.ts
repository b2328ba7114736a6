import type { z } from 'zod';
import type { Context } from '../../commands/types.js';
import type { Scope } from '../../engine/store/apitokens.js';

/** What a route is called with: everything is checked. */
export interface Call<P = unknown, Q = unknown, B = unknown> {
  /** As a command gets it: tenant, person, role and lane. */
  context: Context;
  params: P;
  query: Q;
  body: B;
  /** The tag of the record that the client read; null where it sent none. */
  ifMatch: string | null;
}

export interface Answer {
  body: unknown;
  /** Of the record as it is shown. */
  etag?: string;
  status?: 200 | 201;
  /** Instead of JSON: bytes, with their media type and name. */
  file?: { stream: NodeJS.ReadableStream; name: string };
}

/** One operation. The schemas that check it are those that the document is made of. */
export interface Route {
  /** Unique: `listCases`. */
  id: string;
  method: 'GET' | 'POST' | 'PATCH';
  /** Below `/api/v1/tenants/{tenant}`; `{number}` is a parameter. */
  path: string;
  summary: string;
  scope: Scope;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  answer: z.ZodType | 'file';
  /** A change of a record that was read: needs `If-Match`. */
  match?: true;
  /** Bytes of the body; 64 KiB when left out. */
  most?: number;
  run(call: Call): Promise<Answer>;
}

export interface Routes {
  /** What they are about. */
  tag: string;
  routes: readonly Route[];
}

/** A route whose handler knows what its schemas say. */
export const route = <P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  of: Omit<Route, 'params' | 'query' | 'body' | 'run'> & {
    params?: P;
    query?: Q;
    body?: B;
    run(call: Call<z.infer<P>, z.infer<Q>, z.infer<B>>): Promise<Answer>;
  },
): Route => of as unknown as Route;
