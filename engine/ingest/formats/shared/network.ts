import { z } from 'zod';
import type { Ecs, Fields, LogSource, Parsed, Value } from '../../../event.js';
import { logSource, readTaxonomy } from './taxonomy.js';
import { isFields } from './values.js';
import { setRequest } from './web.js';

const log = z.strictObject({
  sigma: z.array(z.string()).default([]),
  category: z.string(),
  fields: z.record(z.string(), z.string()).default({}),
});
const taxonomy = readTaxonomy(
  'network',
  z.strictObject({
    zeek: z.record(z.string(), log),
    suricata: z.record(z.string(), log),
    dotted: z.record(z.string(), z.string()),
    others: z.strictObject({ zeek: z.array(z.string()), suricata: z.array(z.string()) }),
  }),
);

/** What is known of one of a sensor's logs. */
export interface SensorLog {
  readonly logsource: LogSource;
  readonly category: string;
  /** Sigma name, and the record's field that holds the value: its whole name and, when dotted, its path. */
  readonly fields: readonly (readonly [sigma: string, name: string, path: readonly string[]])[];
  readonly isHttp: boolean;
}

/** An event of a network sensor. */
export abstract class SensorEvent implements Parsed {
  readonly logsource: LogSource;
  constructor(
    readonly time: number,
    readonly fields: Fields,
    protected readonly log: SensorLog,
  ) {
    this.logsource = log.logsource;
  }
  abstract ecs(): Ecs;
}

/** The logs of a sensor by name. A name that the taxonomy lacks is a log of no service. */
export function sensorLogs(sensor: 'zeek' | 'suricata'): (name: string) => SensorLog {
  const plain = (service: string): SensorLog => ({
    logsource: logSource(sensor, service),
    category: 'network',
    fields: [],
    isHttp: false,
  });
  const unknown = plain('');
  const logs = new Map(taxonomy.others[sensor].map((name) => [name, plain(name)]));
  for (const [name, given] of Object.entries(taxonomy[sensor])) {
    logs.set(name, {
      logsource: logSource(sensor, name, given.sigma),
      category: given.category,
      fields: Object.entries(given.fields).map(([sigma, field]) => [sigma, field, field.split('.')]),
      isHttp: given.sigma.includes('webserver'),
    });
  }
  return (name) => logs.get(name) ?? unknown;
}

function lookUp(record: Fields, name: string, path: readonly string[]): Value {
  const whole = record[name];
  if (whole !== undefined || path.length === 1) return whole;
  const inner = record[path[0]!];
  return isFields(inner) && Object.hasOwn(inner, path[1]!) ? inner[path[1]!] : undefined;
}

/** Add the names that rules use. Names that the record has already stay as they are. */
export function addSensorFields(record: Fields, known: SensorLog): void {
  for (const [sigma, name, path] of known.fields) {
    if (record[sigma] !== undefined) continue;
    const value = lookUp(record, name, path);
    if (value !== undefined) record[sigma] = value;
  }
  if (known.isHttp) setRequest(record);
}

const DOTTED = Object.entries(taxonomy.dotted);

/** Zeek's dotted names for a record that has them with underscores. */
export function addDotted(record: Fields): void {
  for (const [flat, dotted] of DOTTED) {
    const value = record[flat];
    if (value !== undefined && record[dotted] === undefined) record[dotted] = value;
  }
}
