import { describe, expect, it } from 'vitest';
import { isDocument, type RecordKind, RecordReader } from '../../engine/ingest/reader.js';
import type { RefusedLine } from '../../engine/ingest/records.js';

function read(content: string | Buffer, kind?: RecordKind, step = 1 << 20) {
  const lines: [number, string][] = [];
  const refused: RefusedLine[] = [];
  const reader = new RecordReader(
    { line: (text, number) => lines.push([number, text]), refuse: (line) => refused.push(line) },
    kind,
  );
  const bytes = Buffer.from(content);
  for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step));
  reader.end();
  return { lines, texts: lines.map(([, text]) => text), refused, kind: reader.kind };
}

describe('reading records', () => {
  it.each([1, 2, 3, 5, 1000])('cuts a JSON array into its elements, each on one line, in steps of %i bytes', (step) => {
    const array = '\ufeff \n[ {"a": "x,]}\\"[",\n "n": 12345678901234567890},{"b":[{"c":[]}]}\r\n,\n{"d":"日本"} ] \n';
    const { lines, kind } = read(array, 'auto', step);
    expect(lines).toEqual([
      [1, '{"a": "x,]}\\"[",  "n": 12345678901234567890}'],
      [2, '{"b":[{"c":[]}]}'],
      [3, '{"d":"日本"}'],
    ]);
    expect(kind).toBe('json');
  });

  it.each([1, 7, 1000])("cuts CloudTrail's Records, one document after the other, in steps of %i bytes", (step) => {
    const document = (n: number) => `{\n "Records" : [{"eventName":"A${n}"},\n{"eventName":"B${n}"}]}`;
    const { lines } = read(`${document(1)}\n${document(2)}\n`, 'auto', step);
    expect(lines).toEqual([
      [1, '{"eventName":"A1"}'],
      [2, '{"eventName":"B1"}'],
      [3, '{"eventName":"A2"}'],
      [4, '{"eventName":"B2"}'],
    ]);
  });

  it('takes a document without records as nothing', () => {
    expect(read('{"records":[{"category":"SignInLogs"}]}\n{"records": [{"n":2}]}').texts).toEqual([
      '{"category":"SignInLogs"}',
      '{"n":2}',
    ]);
    const list =
      '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[{"auditID":"a"},{"auditID":"b"}]}';
    expect(read(list).texts).toEqual(['{"auditID":"a"}', '{"auditID":"b"}']);
    expect(read('{"Records":[]}')).toMatchObject({ texts: [], refused: [] });
    expect(read('{"Records":[]}\n{"Records":[{"n":1}]}\n[]').texts).toEqual(['{"n":1}']);
  });

  it('takes many small documents in time that grows with their size', () => {
    const started = performance.now();
    expect(read('[{}]'.repeat(200_000), 'auto', 65_536).lines).toHaveLength(200_000);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('hands on what is broken inside an array, and the sound elements around it', () => {
    expect(read('[{"a":1},{"b":},5,"x",null,{"c":3}]', 'json').texts).toEqual([
      '{"a":1}',
      '{"b":}',
      '5',
      '"x"',
      'null',
      '{"c":3}',
    ]);
    expect(read('[{"a":1},{"b":"cut sh', 'json').texts).toEqual(['{"a":1}', '{"b":"cut sh']);
    expect(read('[]').texts).toEqual([]);
    expect(read('[{"a":1}] rubbish').texts).toEqual(['{"a":1}', 'rubbish']);
  });

  it('refuses an element over 1 MiB, alone', () => {
    const { texts, refused } = read(`[{"a":1},{"b":"${'x'.repeat(2 << 20)}"},{"c":3}]`, 'json', 65_536);
    expect(texts).toEqual(['{"a":1}', '{"c":3}']);
    expect(refused).toMatchObject([{ code: 'MDR_LINE_TOO_LONG', number: 2, bytes: (2 << 20) + 8 }]);
  });

  it('tells NDJSON and text lines by their first bytes', () => {
    expect(read('{"a":1}\n{"b":2}\n')).toMatchObject({ kind: 'json', texts: ['{"a":1}', '{"b":2}'] });
    expect(read('<34>Oct 11 su: x\n')).toMatchObject({ kind: 'text', texts: ['<34>Oct 11 su: x'] });
    expect(read('[2026-08-01 10:00:00] sshd\n')).toMatchObject({ kind: 'text' });
    expect(read('[{"a":1}]', 'text')).toMatchObject({ kind: 'text', texts: ['[{"a":1}]'] });
    expect(read('')).toMatchObject({ texts: [] });
  });

  it('knows a document by its beginning', () => {
    for (const yes of ['[{', '\ufeff [\n {', '{"Records":[', '[ ]'])
      expect(isDocument(Buffer.from(yes)), yes).toBe(true);
    for (const no of ['{"a":1}', '[Mon Aug 3] x', '<34>', '{"records":1}'])
      expect(isDocument(Buffer.from(no)), no).toBe(false);
  });
});
