import { MdrError } from '../../../errors.js';
import type { Fields, Value } from '../../../event.js';
import { isFields } from '../../formats/shared/values.js';
import { Budget, type LogRecord, type LogsRequest, MAX_DEPTH, put, type ResourceLogs } from './message.js';

/** @throws MdrError MDR_LINE_JSON, MDR_BODY_TOO_LARGE, MDR_LINE_TOO_DEEP */
export function logsFromJson(body: Buffer): LogsRequest {
  let request: unknown;
  try {
    request = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new MdrError('MDR_LINE_JSON', 'The body is not valid JSON.', 'Send an ExportLogsServiceRequest.', { cause });
  }
  if (!isFields(request))
    throw new MdrError('MDR_LINE_JSON', 'The body is not an ExportLogsServiceRequest.', 'Send logs of OTLP.');
  const budget = new Budget();
  return { resources: objects(request.resourceLogs).map((from) => resourceOf(from, budget)) };
}

function resourceOf(from: Fields, budget: Budget): ResourceLogs {
  budget.part();
  return {
    attributes: attributes(isFields(from.resource) ? from.resource.attributes : undefined),
    scopes: objects(from.scopeLogs).map((logs) => {
      budget.part();
      const scope = isFields(logs.scope) ? logs.scope : {};
      return {
        name: text(scope.name),
        version: text(scope.version),
        attributes: attributes(scope.attributes),
        records: objects(logs.logRecords).map((record) => {
          budget.part();
          return recordOf(record);
        }),
      };
    }),
  };
}

function recordOf(from: Fields): LogRecord {
  return {
    time: digits(from.timeUnixNano),
    observed: digits(from.observedTimeUnixNano),
    severity: typeof from.severityNumber === 'number' ? from.severityNumber : 0,
    severityText: text(from.severityText),
    body: anyValue(from.body, 0),
    attributes: attributes(from.attributes),
    traceId: text(from.traceId),
    spanId: text(from.spanId),
    eventName: text(from.eventName),
  };
}

const objects = (value: Value): Fields[] =>
  (Array.isArray(value) ? value.filter((item) => isFields(item)) : []) as Fields[];
const text = (value: Value): string => (typeof value === 'string' ? value : '');
/** 64-bit numbers are written as text; lax senders write numbers. */
const digits = (value: Value): string => (typeof value === 'number' ? String(value) : text(value));

function attributes(list: Value, depth = 0): Fields {
  const fields: Fields = {};
  for (const item of objects(list))
    if (typeof item.key === 'string') put(fields, item.key, anyValue(item.value, depth));
  return fields;
}

function anyValue(value: Value, depth: number): Value {
  if (!isFields(value)) return undefined;
  if (depth > MAX_DEPTH)
    throw new MdrError('MDR_LINE_TOO_DEEP', `A value is nested over ${MAX_DEPTH} levels.`, 'Send it flatter.');
  if (value.stringValue !== undefined) return text(value.stringValue);
  if (value.intValue !== undefined) return integerOf(digits(value.intValue));
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.boolValue !== undefined) return value.boolValue === true;
  if (value.bytesValue !== undefined) return text(value.bytesValue);
  if (isFields(value.arrayValue))
    return objects(value.arrayValue.values).map((item) => anyValue(item, depth + 1) ?? null);
  if (isFields(value.kvlistValue)) return attributes(value.kvlistValue.values, depth + 1);
  return undefined;
}

/** A 64-bit integer as a number, when a number can hold it. */
export function integerOf(decimal: string): Value {
  const value = Number(decimal);
  return Number.isSafeInteger(value) && decimal !== '' ? value : decimal;
}
