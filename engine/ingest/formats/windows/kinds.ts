import { z } from 'zod';
import type { LogSource, Value } from '../../../event.js';
import { logSource, readTaxonomy } from '../shared/taxonomy.js';

const categories = z.array(z.string());
const extras = z.enum(['registry-type', 'registry-audit', 'process-audit', 'defender', 'data', 'dns', 'rpc-firewall']);
const event = z.strictObject({
  sigma: categories.default([]),
  by: z.string().optional(),
  values: z.record(z.string(), categories).default({}),
  action: z.string().optional(),
  category: z.string().optional(),
  outcome: z.enum(['success', 'failure']).optional(),
  actor: z.literal('target').optional(),
  fields: extras.optional(),
});
const schema = z.strictObject({
  services: z.record(
    z.string(),
    z.strictObject({
      channels: z.array(z.string()).min(1),
      product: z.string().optional(),
      sigma: categories.default([]),
      events: z.record(z.string().regex(/^\d+$/), event).default({}),
      data: z.boolean().default(false),
      fields: extras.optional(),
    }),
  ),
});

/** What is known of one event id of one channel. */
export interface Kind {
  readonly logsource: LogSource;
  /** The log source depends on the value of this field. */
  readonly by?: string;
  readonly byValue?: ReadonlyMap<Value, LogSource>;
  /** Fields to complete, see `aliases.ts`. */
  readonly extras?: z.infer<typeof extras>;
  readonly action?: string;
  readonly category?: string;
  readonly outcome?: 'success' | 'failure';
  readonly actorIsTarget: boolean;
}

interface Service {
  readonly events: ReadonlyMap<Value, Kind>;
  readonly other: Kind;
}

const OTHER: Service = { events: new Map(), other: { logsource: logSource('windows', ''), actorIsTarget: false } };
const LONGEST_CHANNEL = 128;
const channels = new Map<string, Service>();

for (const [name, service] of Object.entries(readTaxonomy('windows', schema).services)) {
  const source = (sigma: readonly string[]): LogSource =>
    service.product === undefined ? logSource('windows', name, sigma) : logSource(service.product, '', sigma);
  const events = new Map<Value, Kind>();
  const fallback = service.fields ?? (service.data ? 'data' : undefined);
  for (const [id, given] of Object.entries(service.events)) {
    const kind: Kind = {
      logsource: source(given.sigma),
      by: given.by,
      byValue: given.by
        ? new Map(Object.entries(given.values).map(([value, sigma]) => [value, source(sigma)]))
        : undefined,
      extras: given.fields ?? fallback,
      action: given.action,
      category: given.category,
      outcome: given.outcome,
      actorIsTarget: given.actor === 'target',
    };
    // Shippers write the id as a number or as text.
    events.set(Number(id), kind).set(id, kind);
  }
  const found: Service = {
    events,
    other: { logsource: source(service.sigma), extras: fallback, actorIsTarget: false },
  };
  for (const channel of service.channels) channels.set(channel, found).set(channel.toLowerCase(), found);
}

// A text that JSON.parse just made has no hash yet, and making one costs more than comparing it with a channel of the same length.
const lastOfLength: { channel: string; service: Service }[] = Array.from({ length: LONGEST_CHANNEL + 1 }, () => ({
  channel: '',
  service: OTHER,
}));

function serviceOf(channel: string): Service {
  if (channel.length > LONGEST_CHANNEL) return OTHER;
  const last = lastOfLength[channel.length]!;
  if (last.channel === channel) return last.service;
  const found = channels.get(channel) ?? channels.get(channel.toLowerCase()) ?? OTHER;
  last.channel = channel;
  last.service = found;
  return found;
}

/** The kind of an event. Channels without a service of their own are plain `windows`. */
export function kindOf(channel: Value, id: Value): Kind {
  const service = typeof channel === 'string' ? serviceOf(channel) : OTHER;
  return service.events.get(id) ?? service.other;
}

/** Services whose events of these ids (every id, where there are none) are completed in one of some ways. */
export function completedBy(ways: ReadonlySet<Kind['extras']>): { service: string; ids: string[] }[] {
  return [...new Map([...channels.values()].map((service) => [service, service])).values()].flatMap(
    ({ events, other }) => {
      const { service } = other.logsource;
      if (ways.has(other.extras)) return [{ service, ids: [] }];
      const ids = [...events].flatMap(([id, kind]) => (typeof id === 'string' && ways.has(kind.extras) ? [id] : []));
      return ids.length > 0 ? [{ service, ids }] : [];
    },
  );
}
