import { z } from 'zod';
import { SCOPES } from '../../engine/store/apitokens.js';
import { TENANT_ID } from '../../engine/store/tenants.js';
import type { Route, Routes } from './types.js';

const error = z
  .strictObject({ code: z.string(), message: z.string(), hint: z.string() })
  .describe('What happened (message) and what to do (hint); code is one of those in engine/errors.ts.');

/** JSON Schema 2020-12, which is what OpenAPI 3.1 has. */
function schemaOf(of: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(of, { io, unrepresentable: 'any' }) as Record<string, unknown>;
  return schema;
}

/** The document of all routes, OpenAPI 3.1: made of the schemas that check them. */
export function openApi(groups: readonly Routes[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { tag, routes } of groups)
    for (const route of routes) {
      const path = `/tenants/{tenant}${route.path}`;
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(tag, route) };
    }
  return {
    openapi: '3.1.0',
    info: {
      title: 'mdr',
      version: '1',
      description:
        'Cases, alerts, tasks and evidence of a tenant. Changes are made as commands make them: same roles, same lanes, on the record.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }],
    tags: groups.map(({ tag }) => ({ name: tag })),
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: `Scopes: ${SCOPES.join(', ')}.` } },
      schemas: { Error: schemaOf(error, 'output') },
      responses: {
        Error: {
          description: 'It was not done.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
        },
      },
    },
  };
}

function operation(tag: string, route: Route): Record<string, unknown> {
  const { id, summary, scope, params, query, body, answer, match, method } = route;
  const header = (name: string, required: boolean, description: string) => ({
    ...{ name, in: 'header', required, description, schema: { type: 'string', maxLength: 200 } },
  });
  const content =
    answer === 'file'
      ? { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
      : { 'application/json': { schema: schemaOf(answer, 'output') } };
  return {
    ...{ operationId: id, tags: [tag], summary, description: `Scope: ${scope}.` },
    parameters: [
      { name: 'tenant', in: 'path', required: true, schema: { type: 'string', pattern: TENANT_ID.source } },
      ...fields(params, 'path'),
      ...fields(query, 'query'),
      ...(match ? [header('If-Match', true, 'The ETag of the record that was read.')] : []),
      ...(method === 'GET'
        ? []
        : [header('Idempotency-Key', false, 'The same request with the same key is done once.')]),
    ],
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } },
    }),
    responses: {
      [method === 'POST' && answer !== 'file' ? '201' : '200']: { description: 'Done.', content },
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

function fields(of: z.ZodObject | undefined, where: 'path' | 'query'): object[] {
  if (!of) return [];
  const { properties = {}, required = [] } = schemaOf(of, 'input') as {
    properties?: Record<string, object>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: where, required: where === 'path' || required.includes(name), schema },
  }));
}
