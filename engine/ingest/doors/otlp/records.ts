import type { Fields, Value } from '../../../event.js';
import { type Envelope, seal } from '../../envelope.js';
import { epochTime } from '../../formats/shared/time.js';
import { firstText, isFields } from '../../formats/shared/values.js';
import { sampleOf } from '../../records.js';
import type { Grant } from '../../tokens.js';
import { sourceOf } from '../reception.js';
import type { RequestRecords } from '../request.js';
import { type LogRecord, type LogsRequest, put, type ResourceLogs } from './message.js';

/** Attributes of a resource and scope are written beside each of their records: larger ones are left out, and said to be. */
const MAX_SHARED_BYTES = 16 * 1024;

/** Hand on every record: its body, with what OTLP says about it. */
export function addRecords(
  request: LogsRequest,
  into: { records: RequestRecords; grant: Grant; hold: (bytes: number) => void },
): void {
  const { records, grant, hold } = into;
  let number = 0;
  for (const resource of request.resources) {
    const source = sourceOf(grant, [resource.attributes['service.name']], 'otlp');
    const host = firstText(resource.attributes['host.name'], resource.attributes['k8s.node.name']);
    for (const scope of resource.scopes) {
      const shared = sharedOf(resource, scope);
      for (const record of scope.records) {
        number += 1;
        const line = lineOf(record, host, shared);
        const bytes = line === null ? 0 : Buffer.byteLength(line);
        hold(bytes);
        if (line !== null) records.accept(line, bytes, number, source);
        else {
          const message = 'The record has neither a body nor attributes.';
          records.refuse({ code: 'MDR_LINE_JSON', message, number, sample: sampleOf(''), bytes });
        }
      }
    }
  }
}

function sharedOf(resource: ResourceLogs, scope: ResourceLogs['scopes'][number]): Fields {
  const shared: Fields = { ...resource.attributes, ...scope.attributes };
  if (scope.name) shared['otel.scope.name'] = scope.name;
  if (scope.version) shared['otel.scope.version'] = scope.version;
  if (Buffer.byteLength(JSON.stringify(shared)) <= MAX_SHARED_BYTES) return shared;
  return { 'otel.attributes': `left out: over ${MAX_SHARED_BYTES} bytes` };
}

/** @returns null for a record without content */
function lineOf(record: LogRecord, host: string | undefined, shared: Fields): string | null {
  const { body, attributes } = record;
  const empty = body === undefined || body === '';
  if (empty && Object.keys(attributes).length === 0 && record.eventName === '') return null;
  const time = [record.time, record.observed]
    .map(Number)
    .map((ns) => epochTime(ns / 1e6))
    .find((ms) => ms > 0);
  const from = firstText(attributes['host.name'], attributes.hostname) ?? host;
  const fields: Fields = { ...shared, ...attributes };
  const more: [string, Value][] = [
    ['severity_text', record.severityText],
    ['severity_number', record.severity || undefined],
    ['trace_id', record.traceId],
    ['span_id', record.spanId],
    ['event.name', record.eventName],
  ];
  for (const [name, value] of more) if (value !== '' && value !== undefined) put(fields, name, value);
  const envelope: Envelope = {
    ...(time === undefined ? {} : { time }),
    ...(from === undefined ? {} : { host: from }),
    fields,
  };
  return seal(envelope, recordOf(body));
}

/** A record's own content: an object as JSON, a text as the line that it is. */
function recordOf(body: Value): string {
  if (typeof body === 'string') return body.replace(/[\r\n]+/g, ' ').trim() || '{}';
  if (isFields(body)) return JSON.stringify(body);
  return body === undefined ? '{}' : JSON.stringify({ message: body });
}
