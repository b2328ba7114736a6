import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Reception } from '../reception.js';

/** The version of Elasticsearch whose bulk protocol this is: the last of the eighth series, which clients of the ninth take too. */
const VERSION = '8.19.0';
const CLUSTER = 'mdr';
const UID = 'mdr-engine-0000000000000';
const MAX_SETTINGS_BYTES = 1024 * 1024;

const license = { status: 'active', uid: UID, type: 'basic', mode: 'basic' };
const root = {
  name: CLUSTER,
  cluster_name: CLUSTER,
  cluster_uuid: UID,
  version: {
    number: VERSION,
    build_flavor: 'default',
    build_type: 'docker',
    build_hash: '0000000000000000000000000000000000000000',
    build_date: '2025-01-01T00:00:00.000Z',
    build_snapshot: false,
    lucene_version: '9.12.1',
    minimum_wire_compatibility_version: '7.17.0',
    minimum_index_compatibility_version: '7.0.0',
  },
  tagline: 'You Know, for Search',
};
const health = {
  cluster_name: CLUSTER,
  status: 'green',
  timed_out: false,
  number_of_nodes: 1,
  number_of_data_nodes: 1,
  active_primary_shards: 1,
  active_shards: 1,
  unassigned_shards: 0,
  active_shards_percent_as_number: 100,
};
const feature = { available: true, enabled: true };

/** What a client may want to know before it sends: it gets to hear that everything is there, as it wants it. */
const READS: Record<string, (name: string, request: FastifyRequest) => unknown> = {
  '/': () => root,
  '/_license': () => ({ license }),
  '/_xpack': () => ({
    build: { hash: root.version.build_hash, date: root.version.build_date },
    license,
    features: { ilm: feature, security: feature },
    tagline: root.tagline,
  }),
  '/_cluster/health': () => health,
  '/_cat/health': () => `0 00:00:00 ${CLUSTER} green 1 1 1 1 0 0 0 0 - 100.0%\n`,
  '/_nodes': (_name, request) => nodes(request),
  '/_nodes/http': (_name, request) => nodes(request),
  '/_nodes/:name': (_name, request) => nodes(request),
  '/_nodes/:name/http': (_name, request) => nodes(request),
  '/_index_template/:name': (name) => ({
    index_templates: [{ name, index_template: { index_patterns: [`${name}*`], composed_of: [], data_stream: {} } }],
  }),
  '/_template/:name': (name) => ({ [name]: { order: 1, index_patterns: [`${name}*`], settings: {}, mappings: {} } }),
  '/_component_template/:name': (name) => ({
    component_templates: [{ name, component_template: { template: {} } }],
  }),
  '/_ilm/policy/:name': (name) => ({ [name]: { version: 1, policy: { phases: {} } } }),
  '/_ingest/pipeline': () => ({}),
  '/_ingest/pipeline/:name': (name) => ({ [name]: { processors: [] } }),
  '/_data_stream/:name': (name) => ({ data_streams: [{ name, status: 'GREEN', generation: 1, indices: [] }] }),
  '/_alias/:name': (name) => ({ [name]: { aliases: { [name]: { is_write_index: true } } } }),
};

/** What a client may want to set up: it is told that this was done. Here events need no template, pipeline or policy. */
const WRITES = [
  '/_index_template/:name',
  '/_template/:name',
  '/_component_template/:name',
  '/_ilm/policy/:name',
  '/_ingest/pipeline/:name',
  '/_data_stream/:name',
  '/:name',
] as const;

/** The questions that Elasticsearch's clients ask around their bulk requests. All of them need a token. */
export function addCluster(app: FastifyInstance, reception: Reception): void {
  for (const [url, answer] of Object.entries(READS)) {
    const handler = async (request: FastifyRequest, reply: FastifyReply) => {
      await reception.checkToken(request.headers.authorization);
      return reply.send(answer(nameOf(request), request));
    };
    app.route({ method: ['GET', 'HEAD'], url, handler });
  }
  // Whether an index exists. A GET of such an address may be meant for any of our doors.
  app.head('/:name', async (request, reply) => {
    await reception.checkToken(request.headers.authorization);
    return reply.send();
  });
  for (const url of WRITES)
    app.route({
      method: ['PUT'],
      url,
      handler: async (request) => {
        await reception.checkToken(request.headers.authorization);
        await reception.small(request, MAX_SETTINGS_BYTES);
        return { acknowledged: true, shards_acknowledged: true, index: nameOf(request) };
      },
    });
}

function nameOf(request: FastifyRequest): string {
  const { name } = request.params as { name?: string };
  return (name ?? '').slice(0, 255);
}

/** Clients that look for further nodes find the address that they have come by. */
function nodes(request: FastifyRequest): object {
  const { host } = request.headers;
  const address =
    host && /^[\w.-]{1,253}(?::\d{1,5})?$|^\[[\da-f:]{2,39}\](?::\d{1,5})?$/i.test(host) ? host : undefined;
  const node = { name: CLUSTER, version: VERSION, roles: ['data', 'ingest'], http: { publish_address: address } };
  return {
    _nodes: { total: 1, successful: 1, failed: 0 },
    cluster_name: CLUSTER,
    nodes: address ? { [UID]: node } : {},
  };
}
