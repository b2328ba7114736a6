import { z } from 'zod';
import type { Ecs, Fields, LogSource, Parsed, Value } from '../../event.js';
import { logSource, readTaxonomy } from './shared/taxonomy.js';
import { readTime, timeError } from './shared/time.js';
import { at, baseName, integer, ip, port, set, splitUser, startEcs, text } from './shared/values.js';
import type { Format } from './types.js';

const names = z.array(z.string()).min(1);
const taxonomy = readTaxonomy(
  'generic',
  z.strictObject({
    times: names,
    ecs: z.record(z.string(), names),
    addresses: z.record(z.string(), names),
    numbers: z.record(z.string(), names),
    outcome: z.strictObject({ names, success: names, failure: names }),
  }),
);

type Place = (record: Fields) => Value;
type Rule = readonly [key: keyof Ecs, places: readonly Place[]];

/** A field by its whole name, or by its path when the name has dots. */
function place(name: string): Place {
  const path = name.split('.');
  if (path.length === 1) return (record) => record[name];
  return (record) => record[name] ?? at(record, ...path);
}
const rules = (table: Record<string, string[]>): readonly Rule[] =>
  Object.entries(table).map(([key, list]) => [key as keyof Ecs, list.map(place)]);

const NOWHERE: LogSource = logSource('', '');
const TIMES = taxonomy.times.map(place);
const TEXTS = rules(taxonomy.ecs);
const ADDRESSES = rules(taxonomy.addresses);
const NUMBERS = rules(taxonomy.numbers);
const OUTCOME = taxonomy.outcome.names.map(place);
const SUCCESS = new Set(taxonomy.outcome.success);
const FAILURE = new Set(taxonomy.outcome.failure);

/** Set each field from the first place that holds a value which `read` takes. */
function fillFrom(
  ecs: Ecs,
  table: readonly Rule[],
  record: Fields,
  read: (value: Value, key: string) => unknown,
): void {
  for (const [key, places] of table) {
    for (const find of places) {
      const value = read(find(record), key);
      if (value === undefined) continue;
      Object.assign(ecs, { [key]: value });
      break;
    }
  }
}

function outcomeOf(record: Fields): 'success' | 'failure' | undefined {
  for (const find of OUTCOME) {
    const value = text(find(record))?.slice(0, 16).toLowerCase();
    if (value === undefined) continue;
    if (SUCCESS.has(value)) return 'success';
    if (FAILURE.has(value)) return 'failure';
  }
  return undefined;
}

class GenericEvent implements Parsed {
  readonly logsource: LogSource = NOWHERE;
  constructor(
    readonly time: number,
    readonly fields: Fields,
  ) {}
  ecs(): Ecs {
    const { fields } = this;
    const ecs = startEcs(this.time, 'generic');
    fillFrom(ecs, TEXTS, fields, text);
    fillFrom(ecs, ADDRESSES, fields, ip);
    fillFrom(ecs, NUMBERS, fields, (value, key) => (key.endsWith('.port') ? port(value) : integer(value)));
    set(ecs, 'event.outcome', outcomeOf(fields));
    const { name, domain } = splitUser(ecs['user.name']);
    set(ecs, 'user.name', name);
    set(ecs, 'user.domain', domain);
    if (ecs['process.name'] === undefined) set(ecs, 'process.name', baseName(ecs['process.executable']));
    return ecs;
  }
}

const generic: Format = {
  name: 'generic',
  summary: 'any JSON object with a time under a common name, ISO 8601 or epoch',
  kind: 'json',
  priority: 0,
  accepts: (record) => typeof record !== 'string',
  parse(record) {
    const fields = record as Fields;
    for (const find of TIMES) {
      const value = find(fields);
      if (value === undefined) continue;
      const time = readTime(value);
      if (!Number.isNaN(time)) return new GenericEvent(time, fields);
    }
    throw timeError('JSON');
  },
  samples: [
    {
      line: '{"ts":"2026-03-04T08:00:00.500Z","user":"CORP\\\\tomas","ip":"198.51.100.7","host":"vpn-1","outcome":"failure","message":"bad one-time code"}',
      logsource: { product: '' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.500Z',
        'user.name': 'tomas',
        'user.domain': 'CORP',
        'source.ip': '198.51.100.7',
        'host.name': 'vpn-1',
        'event.outcome': 'failure',
        message: 'bad one-time code',
      },
      fields: { ip: '198.51.100.7' },
    },
    {
      line: '{"time":1772611200123,"level":"info","service":"billing","msg":"invoice sent","src_ip":"10.1.2.3","src_port":5000,"status":204}',
      logsource: { product: '' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.123Z',
        'source.port': 5000,
        'http.response.status_code': 204,
        message: 'invoice sent',
      },
    },
    {
      line: '{"occurred_at":"2026-03-04T08:00:01.000Z","eventType":"user.session.start","actor":{"email":"marta@corp.example"},"client":{"ipAddress":"203.0.113.8"},"outcome":{"result":"SUCCESS"}}',
      logsource: { product: '' },
      ecs: {
        'event.action': 'user.session.start',
        'user.name': 'marta@corp.example',
        'source.ip': '203.0.113.8',
        'event.outcome': 'success',
      },
    },
    {
      line: '{"@timestamp":"2026-03-04T09:00:00+01:00","host":{"name":"mail-2"},"user":{"name":"anna"},"source":{"ip":"2001:db8::5"},"event":{"action":"mailbox-login","outcome":"success"}}',
      logsource: { product: '' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'host.name': 'mail-2',
        'user.name': 'anna',
        'source.ip': '2001:db8::5',
        'event.action': 'mailbox-login',
      },
    },
    {
      line: '{"timestamp":1772611200,"remote_addr":"192.0.2.44","method":"POST","uri":"/login","user_agent":"python-requests/2.31"}',
      logsource: { product: '' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'source.ip': '192.0.2.44',
        'url.original': '/login',
        'user_agent.original': 'python-requests/2.31',
      },
    },
  ],
};
export default generic;
