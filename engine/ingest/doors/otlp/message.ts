import type { Fields, Value } from '../../../event.js';

/** OTLP's logs (opentelemetry-proto, logs/v1), however they were encoded; only what an event needs. */
export interface LogsRequest {
  resources: ResourceLogs[];
}

export interface ResourceLogs {
  attributes: Fields;
  scopes: { name: string; version: string; attributes: Fields; records: LogRecord[] }[];
}

export interface LogRecord {
  /** Nanoseconds since the epoch as decimal digits; '' or '0' when not said. */
  time: string;
  observed: string;
  severity: number;
  severityText: string;
  body: Value;
  attributes: Fields;
  traceId: string;
  spanId: string;
  eventName: string;
}

/** Levels of nesting in an attribute or body. */
export const MAX_DEPTH = 32;
/** Records in one request. */
export const MAX_RECORDS = 100_000;

/** Names come from outside: `__proto__` must not reach an assignment. */
export function put(fields: Fields, name: string, value: Value): void {
  if (name !== '__proto__') fields[name] = value;
}
