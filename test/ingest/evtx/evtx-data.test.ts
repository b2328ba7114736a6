import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Fields, Value } from '../../../engine/event.js';
import { isFields } from '../../../engine/ingest/formats/shared/values.js';
import { sharedData } from '../../support/shared.js';
import { readEventLog } from './read.js';
import { writeEventLog } from './writer.js';

const folder = sharedData('sigmahq/regression');
const GUID = /^\{?([0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12})\}?$/i;

/** GUIDs with and without braces are the same, and so are times to the microsecond. */
function plain(value: Value, name = ''): Value {
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (isFields(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner, key)]));
  if (typeof value !== 'string') return value;
  return name === 'SystemTime' ? value.slice(0, 26) : (GUID.exec(value)?.[1]?.toUpperCase() ?? value);
}

describe.skipIf(!folder)('recorded events (skipped without the shared data)', () => {
  it('written as an event log and read again are what they were', async () => {
    const files = readdirSync(folder!).filter((file) => file.endsWith('.jsonl'));
    const records = files.flatMap((file) =>
      readFileSync(join(folder!, file), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Fields),
    );
    const read = await readEventLog(writeEventLog(records));
    expect(read.refused).toEqual([]);
    expect(read.records).toHaveLength(records.length);
    for (const [i, record] of records.entries()) expect(plain(read.records[i])).toEqual(plain(record));
  });
});
