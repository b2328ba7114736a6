import { isUtf8 } from 'node:buffer';
import { MdrError } from '../../../errors.js';
import type { Fields, Value } from '../../../event.js';
import { integerOf } from './json.js';
import { Budget, type LogRecord, type LogsRequest, MAX_DEPTH, put, type ResourceLogs } from './message.js';

/**
 * Decoder of the few messages of opentelemetry-proto that logs need. Source of numbers: opentelemetry/proto/logs/v1/logs.proto,
 * common/v1/common.proto, resource/v1/resource.proto. Fields that are not known are skipped, as protobuf wants it.
 * @throws MdrError MDR_BODY_ENCODING, MDR_BODY_TOO_LARGE, MDR_LINE_TOO_DEEP
 */
export function logsFromProtobuf(body: Buffer): LogsRequest {
  const budget = new Budget();
  const resources: ResourceLogs[] = [];
  for (const field of fieldsOf(body, budget)) if (field.number === 1) resources.push(resourceOf(field.bytes(), budget));
  return { resources };
}

function resourceOf(message: Buffer, budget: Budget): ResourceLogs {
  budget.part();
  const found: ResourceLogs = { attributes: {}, scopes: [] };
  for (const field of fieldsOf(message, budget)) {
    if (field.number === 1)
      for (const inner of fieldsOf(field.bytes(), budget))
        if (inner.number === 1) keyValue(inner.bytes(), found.attributes, 0, budget);
    if (field.number === 2) found.scopes.push(scopeOf(field.bytes(), budget));
  }
  return found;
}

function scopeOf(message: Buffer, budget: Budget): ResourceLogs['scopes'][number] {
  budget.part();
  const found: ResourceLogs['scopes'][number] = { name: '', version: '', attributes: {}, records: [] };
  for (const field of fieldsOf(message, budget)) {
    if (field.number === 1)
      for (const inner of fieldsOf(field.bytes(), budget)) {
        if (inner.number === 1) found.name = inner.text();
        if (inner.number === 2) found.version = inner.text();
        if (inner.number === 3) keyValue(inner.bytes(), found.attributes, 0, budget);
      }
    if (field.number === 2) {
      found.records.push(recordOf(field.bytes(), budget));
    }
  }
  return found;
}

function recordOf(message: Buffer, budget: Budget): LogRecord {
  budget.part();
  const found: LogRecord = {
    time: '',
    observed: '',
    severity: 0,
    severityText: '',
    body: undefined,
    attributes: {},
    traceId: '',
    spanId: '',
    eventName: '',
  };
  for (const field of fieldsOf(message, budget)) {
    if (field.number === 1) found.time = field.fixed64();
    else if (field.number === 2) found.severity = Number(field.varint());
    else if (field.number === 3) found.severityText = field.text();
    else if (field.number === 5) found.body = anyValue(field.bytes(), 0, budget);
    else if (field.number === 6) keyValue(field.bytes(), found.attributes, 0, budget);
    else if (field.number === 9) found.traceId = field.bytes().toString('hex');
    else if (field.number === 10) found.spanId = field.bytes().toString('hex');
    else if (field.number === 11) found.observed = field.fixed64();
    else if (field.number === 12) found.eventName = field.text();
  }
  return found;
}

function keyValue(message: Buffer, into: Fields, depth: number, budget: Budget): void {
  let key = '';
  let value: Value;
  for (const field of fieldsOf(message, budget)) {
    if (field.number === 1) key = field.text();
    if (field.number === 2) value = anyValue(field.bytes(), depth, budget);
  }
  put(into, key, value);
}

function anyValue(message: Buffer, depth: number, budget: Budget): Value {
  if (depth > MAX_DEPTH)
    throw new MdrError('MDR_LINE_TOO_DEEP', `A value is nested over ${MAX_DEPTH} levels.`, 'Send it flatter.');
  let value: Value;
  for (const field of fieldsOf(message, budget)) {
    if (field.number === 1) value = field.text();
    else if (field.number === 2) value = field.varint() !== 0n;
    else if (field.number === 3) value = integerOf(BigInt.asIntN(64, field.varint()).toString());
    else if (field.number === 4) value = field.double();
    else if (field.number === 5) {
      const list: Value[] = [];
      for (const inner of fieldsOf(field.bytes(), budget))
        if (inner.number === 1) list.push(anyValue(inner.bytes(), depth + 1, budget) ?? null);
      value = list;
    } else if (field.number === 6) {
      const fields: Fields = {};
      for (const inner of fieldsOf(field.bytes(), budget))
        if (inner.number === 1) keyValue(inner.bytes(), fields, depth + 1, budget);
      value = fields;
    } else if (field.number === 7) value = field.bytes().toString('base64');
  }
  return value;
}

/** One field of a message, not yet read as its type. */
class Field {
  constructor(
    readonly number: number,
    private readonly wire: number,
    private readonly content: Buffer,
    private readonly value: bigint,
  ) {}
  bytes(): Buffer {
    if (this.wire !== 2) throw broken(`field ${this.number} is no message or text`);
    return this.content;
  }
  text(): string {
    const bytes = this.bytes();
    if (!isUtf8(bytes)) throw broken(`field ${this.number} is not UTF-8`);
    return bytes.toString('utf8');
  }
  varint(): bigint {
    if (this.wire !== 0) throw broken(`field ${this.number} is no number`);
    return this.value;
  }
  fixed64(): string {
    if (this.wire !== 1) throw broken(`field ${this.number} is no fixed number`);
    return this.content.readBigUInt64LE().toString();
  }
  double(): number {
    if (this.wire !== 1) throw broken(`field ${this.number} is no fixed number`);
    return this.content.readDoubleLE();
  }
}

const SIZES: Record<number, number> = { 1: 8, 5: 4 };

function* fieldsOf(message: Buffer, budget: Budget): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw broken('it is cut short');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw broken('a number is too long');
  };
  while (at < message.length) {
    budget.field();
    const key = Number(varint());
    const [number, wire] = [Math.floor(key / 8), key % 8];
    if (number === 0) throw broken('a field has no number');
    const value = wire === 0 || wire === 2 ? varint() : 0n;
    const size = wire === 2 ? Number(value) : wire === 0 ? 0 : SIZES[wire];
    if (size === undefined) throw broken(`wire type ${wire} is not known`);
    if (size > message.length - at) throw broken('it is cut short');
    yield new Field(number, wire, message.subarray(at, at + size), value);
    at += size;
  }
}

function broken(why: string): MdrError {
  return new MdrError(
    'MDR_BODY_ENCODING',
    `The body is not valid protobuf: ${why}.`,
    'Send an ExportLogsServiceRequest.',
  );
}

/** A length-delimited field. */
export function delimited(number: number, content: Buffer | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([varintOf(number * 8 + 2), varintOf(bytes.length), bytes]);
}

/** A number's field. */
export const numeric = (number: number, value: number): Buffer =>
  Buffer.concat([varintOf(number * 8), varintOf(value)]);

function varintOf(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}
