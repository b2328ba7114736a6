import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectRoot } from '../../../root.js';
import { ACTIONS } from '../catalog.js';

export const FOLDER = join(projectRoot, 'engine/respond/actions/http');

/** Text with `{name}` in it, or `{name|odata}` where a value stands inside a quoted literal of a query language. */
const template = z.string().max(1000);
/** Dotted: `resources.0.device_id`. */
const path = z.string().regex(/^[\w@$-]+(?:\.[\w@$-]+)*$/);
const name = z.string().regex(/^[a-z][A-Za-z0-9]{0,30}$/);
const scalar = z.union([z.string(), z.number(), z.boolean()]);

const match = z.strictObject({
  path,
  is: z.union([scalar, z.array(scalar)]).optional(),
  missing: z.boolean().optional(),
});
export type Match = z.infer<typeof match>;

const request = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  /** Begins with a value of the connector: `{base}/api/machines`. */
  url: template,
  query: z.record(z.string(), template).default({}),
  headers: z.record(z.string().regex(/^[A-Za-z-]+$/), template).default({}),
  json: z.unknown().optional(),
  form: z.record(z.string(), template).optional(),
  /** Statuses of success. */
  ok: z.array(z.number().int().min(200).max(299)).min(1),
  /** Values of the answer that later requests use. */
  take: z.record(name, path).default({}),
});
export type DeclaredRequest = z.infer<typeof request>;

const action = z.strictObject({
  /** Arguments that the product needs although the catalogue lets them be left out. */
  needs: z.array(name).default([]),
  /** Looked up first, in order. What is not there ends it with `none`. */
  find: z
    .array(
      request.extend({
        none: z.string().max(200),
        /** Where a second one would stand: then nobody can tell which was meant, and it is refused. */
        second: path.optional(),
        /** It stays the same while the thing exists: looked up once, and used until the action is over. */
        keep: z.boolean().default(false),
      }),
    )
    .default([]),
  run: request,
  /** Without it nobody can look whether it happened. */
  verify: z
    .strictObject({
      request,
      holds: z.array(match).min(1),
      /** It was accepted there and has not happened yet. */
      pending: z.array(match).optional(),
      /** Status that means the same. */ gone: z.array(z.number()).default([]),
    })
    .optional(),
  /** Whether doing it twice is doing it once. */
  repeatable: z.boolean().default(true),
  gives: z.record(name, path).default({}),
});
export type DeclaredAction = z.infer<typeof action>;

export const declarationSchema = z.strictObject({
  product: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/),
  title: z.string().max(100),
  /** The vendor's documents that it was written by. */
  documents: z.array(z.string().max(200)).min(1),
  /** What the operator gives, with what holds without. */
  values: z.record(name, z.strictObject({ about: z.string(), usual: z.string().optional() })),
  secrets: z.record(name, z.string()),
  /** Gets `{token}`; without it the header uses secrets. */
  token: request.optional(),
  headers: z.record(z.string().regex(/^[A-Za-z-]+$/), template),
  actions: z.record(
    z.string().refine((id) => Object.hasOwn(ACTIONS, id), 'is no action of the catalogue'),
    action,
  ),
});
export type Declaration = z.infer<typeof declarationSchema>;

/** Every declaration, in file-name order. @throws Error naming the file that is not right */
export function loadDeclarations(folder = FOLDER): Declaration[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const read = declarationSchema.safeParse(parse(readFileSync(join(folder, file), 'utf8'), { maxAliasCount: 20 }));
      if (read.success) return read.data;
      throw new Error(`${file}: ${read.error.issues.map((one) => `${one.path.join('.')}: ${one.message}`).join('; ')}`);
    });
}
