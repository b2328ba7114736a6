import { MdrError } from '../../../errors.js';
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
/** Resources, scopes and records in one request. */
const MAX_PARTS = 100_000;
/** Fields of any kind in one request: an empty one costs a sender two bytes and us a hundred. */
const MAX_FIELDS = 4_000_000;

/** What one request may still hold. */
export class Budget {
  #parts = MAX_PARTS;
  #fields = MAX_FIELDS;
  part(): void {
    if (this.#parts-- === 0) throw tooMuch(`${MAX_PARTS} resources, scopes and records`);
  }
  field(): void {
    if (this.#fields-- === 0) throw tooMuch(`${MAX_FIELDS} fields`);
  }
}

function tooMuch(what: string): MdrError {
  return new MdrError('MDR_BODY_TOO_LARGE', `The body has more than ${what}.`, 'Send it in several requests.');
}

/** Names come from outside: `__proto__` must not reach an assignment. */
export function put(fields: Fields, name: string, value: Value): void {
  if (name !== '__proto__') fields[name] = value;
}
