import type { Fields, Value } from '../../../event.js';
import { hasZone, isoTime, readTime } from '../shared/time.js';
import { at, firstText, isFields, text } from '../shared/values.js';
import { fill } from './aliases.js';
import { elastic } from './elastic.js';

/** One way of writing a Windows event as JSON. */
export interface Shape {
  accepts(record: Fields): boolean;
  /** The event's own data with the system's fields beside it, under the names of the event log. May be the record itself. */
  fields(record: Fields): Fields;
  /** Epoch ms, NaN when no time can be read. */
  time(record: Fields): number;
}

/** Epoch ms of a text that names its zone, NaN otherwise. */
function zoned(value: Value): number {
  return typeof value === 'string' && hasZone(value) ? isoTime(value) : Number.NaN;
}

function firstTime(...values: Value[]): number {
  for (const value of values) {
    const time = readTime(value);
    if (!Number.isNaN(time)) return time;
  }
  return Number.NaN;
}

/** NXLog, Security-Datasets, Get-WinEvent: one level, `Channel`, `EventID`, data fields beside them. */
export const flat: Shape = {
  accepts: (record) => typeof record.Channel === 'string' && record.EventID !== undefined,
  fields(record) {
    if (record.Provider_Name === undefined) record.Provider_Name = record.SourceName ?? record.ProviderName;
    if (record.Computer === undefined) record.Computer = record.Hostname ?? record.MachineName;
    return record;
  },
  time(record) {
    // A time without a zone is the machine's local time, unless it is Sysmon's UtcTime: ask for it last.
    const created = record.TimeCreated;
    let time = zoned(created);
    if (!Number.isNaN(time)) return time;
    const event = record.EventTime;
    time = zoned(event);
    if (!Number.isNaN(time)) return time;
    time = readTime(record.UtcTime);
    if (!Number.isNaN(time)) return time;
    time = readTime(record['@timestamp']);
    return Number.isNaN(time) ? firstTime(created, event, record.timestamp, record.EventReceivedTime) : time;
  },
};

const LEVELS: Record<string, number> = { critical: 1, error: 2, warning: 3, information: 4, info: 4, verbose: 5 };

/** Set the fields that routing depends on, whatever the event's data say, and the others unless the data have them. */
function setSystem(fields: Fields, provider: Value, channel: Value, id: Value, computer: Value): void {
  fields.Provider_Name = provider;
  fields.Channel = channel;
  fields.EventID = typeof id === 'string' && /^\d{1,9}$/.test(id) ? Number(id) : id;
  fields.Computer = computer;
}

/** Winlogbeat (6 to 9) and Elastic Agent: `winlog.channel`, `winlog.event_id`, `winlog.event_data`. */
export const winlogbeat: Shape = {
  accepts(record) {
    const log = record.winlog;
    if (log === undefined) {
      return (
        (typeof record.log_name === 'string' && record.event_id !== undefined) ||
        typeof record['winlog.channel'] === 'string'
      );
    }
    return isFields(log) && (typeof log.channel === 'string' || log.event_id !== undefined);
  },
  fields(record) {
    const dotted = typeof record['winlog.channel'] === 'string';
    const log = dotted ? undot(record) : isFields(record.winlog) ? record.winlog : record;
    const data = isFields(log.event_data) ? log.event_data : {};
    if (isFields(log.user_data)) for (const name of Object.keys(log.user_data)) fill(data, name, log.user_data[name]);
    const id = log.event_id ?? at(record, 'event', 'code') ?? record['event.code'];
    const computer = firstText(
      log.computer_name,
      at(record, 'host', 'name'),
      record['host.name'],
      at(record, 'host', 'hostname'),
      at(record, 'agent', 'hostname'),
    );
    setSystem(data, log.provider_name ?? log.source_name, log.channel ?? log.log_name, id, computer);
    fill(data, 'Message', record.message);
    fill(data, 'UserID', at(log, 'user', 'identifier'));
    const level = log.level ?? at(record, 'log', 'level') ?? record.level;
    if (typeof level === 'string') fill(data, 'Level', LEVELS[level.slice(0, 12).toLowerCase()]);
    if (!dotted) elastic(record, data);
    return data;
  },
  time: (record) =>
    firstTime(record['@timestamp'], at(record, 'winlog', 'time_created'), at(record, 'event', 'created')),
};

/** Exports from Kibana write the path as one key, `winlog.event_data.Image`. */
function undot(record: Fields): Fields {
  const data: Fields = {};
  const log: Fields = { event_data: data };
  for (const name of Object.keys(record)) {
    if (name.startsWith('winlog.event_data.')) assign(data, name.slice(18), record[name]);
    else if (name.startsWith('winlog.')) assign(log, name.slice(7), record[name]);
  }
  log.event_data = data;
  return log;
}

/** Names come from outside: `__proto__` must not reach an assignment. */
function assign(target: Fields, name: string, value: Value): void {
  if (name !== '__proto__') target[name] = value;
}

/** An XML attribute as converters write it: `#attributes.X` and `<element>_attributes.X` (evtx_dump), `@X`, plain `X`. */
function attribute(system: Fields, element: string, name: string): Value {
  const value = system[element];
  return (
    at(value, '#attributes', name) ??
    at(value, `@${name}`) ??
    at(value, name) ??
    at(system, `${element}_attributes`, name)
  );
}

const content = (value: Value): Value => (isFields(value) ? (value['#text'] ?? value['@text']) : value);

/** The record's `Event`, or the record itself where a converter left that element out. */
const root = (record: Fields): Fields => (isFields(record.Event) ? record.Event : record);

/** Data written as a list of `{ "@Name": …, "#text": … }` to named fields. */
function named(list: Value[], into: Fields): void {
  const rest: Value[] = [];
  for (const item of list) {
    const name = at(item, '@Name') ?? at(item, '#attributes', 'Name') ?? at(item, 'Name');
    if (typeof name === 'string') assign(into, name, content(item));
    else rest.push(content(item));
  }
  if (rest.length > 0) into.Data = rest;
  else delete into.Data;
}

function eventData(event: Fields): Fields {
  const data = event.EventData;
  if (isFields(data)) {
    const list = data.Data;
    if (Array.isArray(list)) named(list, data);
    else if (isFields(list)) {
      if (Array.isArray(list['#text'])) data.Data = list['#text'];
      else named([list], data);
    }
    return data;
  }
  const fields: Fields = {};
  // UserData holds one element named by the provider, with the fields in it.
  if (isFields(event.UserData)) {
    for (const [element, inner] of Object.entries(event.UserData)) {
      if (element.startsWith('#') || element.startsWith('@') || !isFields(inner)) continue;
      for (const name of Object.keys(inner)) if (!/^[#@]/.test(name)) assign(fields, name, content(inner[name]));
    }
  }
  return fields;
}

/** evtx_dump and other XML converters: `Event.System`, `Event.EventData` or `Event.UserData`. */
export const evtx: Shape = {
  accepts(record) {
    const system = isFields(record.Event) ? record.Event.System : record.System;
    return isFields(system) && (system.EventID !== undefined || typeof system.Channel === 'string');
  },
  fields(record) {
    const event = root(record);
    const system = event.System as Fields;
    const fields = eventData(event);
    const channel = text(content(system.Channel));
    const provider = attribute(system, 'Provider', 'Name');
    setSystem(fields, provider, channel, content(system.EventID), content(system.Computer));
    fill(fields, 'Level', content(system.Level));
    fill(fields, 'Keywords', content(system.Keywords));
    fill(fields, 'UserID', attribute(system, 'Security', 'UserID'));
    fill(fields, 'Message', at(event, 'RenderingInfo', 'Message'));
    return fields;
  },
  time(record) {
    const event = root(record);
    const system = event.System as Fields;
    const created = attribute(system, 'TimeCreated', 'SystemTime') ?? content(system.TimeCreated);
    return firstTime(created, at(event, 'EventData', 'UtcTime'), record['@timestamp']);
  },
};
