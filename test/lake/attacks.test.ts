import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeParquet } from '../../engine/lake/bulk.js';
import { placesOf } from '../../engine/lake/places.js';
import { openLocked } from '../../engine/lake/session.js';
import { formats, NOON, processLine, testLake } from './world.js';

const recogniser = formats.recogniser();
const { root, lake } = await testLake();
for (const tenant of ['acme', 'acme-2']) {
  const { format, parsed } = recogniser.read(processLine(1, NOON, { Hostname: `SECRET-OF-${tenant}` }), null, NOON);
  await writeParquet(root, tenant, [
    { id: tenant, source: 's', format: format.name, simulated: false, parsed, original: 'x' },
  ]);
}
const own = placesOf(root, 'acme').events;
const theirs = placesOf(root, 'acme-2').events;
const filesBefore = () => readdirSync(root, { recursive: true }).length;

/** What an analyst with bad intentions, or a model that was talked into it, may write. */
const ATTACKS = [
  // Files of the machine.
  "SELECT * FROM read_csv('/etc/passwd')",
  "SELECT * FROM read_text('/etc/passwd')",
  "SELECT * FROM read_blob('/proc/self/environ')",
  "SELECT * FROM '/etc/passwd'",
  'SELECT * FROM "/etc/passwd"',
  "SELECT * FROM sniff_csv('/etc/passwd')",
  "SELECT * FROM glob('/**')",
  "SELECT * FROM read_json('/etc/*.json')",
  "SELECT * FROM read_duckdb('/tmp/x.duckdb')",
  "SELECT (SELECT content FROM read_text('/etc/passwd'))",
  "WITH events AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM events",
  "SELECT * FROM events WHERE EXISTS (FROM read_text('/etc/passwd'))",
  "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
  "SELECT * FROM query_table(['events', '/etc/passwd'])",
  // Other tenants, and what lies beside one's own events.
  `SELECT * FROM read_parquet('${theirs}/**/*.parquet')`,
  `SELECT * FROM '${theirs}/*/*/*.parquet'`,
  `SELECT * FROM read_parquet('${own}/../../acme-2/events/**/*.parquet')`,
  `SELECT * FROM read_parquet('${own}/../../*/events/**')`,
  `SELECT * FROM read_parquet('${own}/**')`,
  `SELECT * FROM glob('${own}/**')`,
  `SELECT * FROM parquet_metadata('${theirs}/**')`,
  `SELECT * FROM read_text('${own}/../journal/000000000001.json')`,
  // Writing.
  `COPY events TO '${own}/x.csv'`,
  `COPY (SELECT 1) TO '/tmp/mdr-lake-attack.csv'`,
  `SELECT * FROM query('COPY (SELECT 1) TO ''${own}/x.csv''')`,
  `EXPORT DATABASE '${own}/x'`,
  'CREATE TABLE t AS SELECT * FROM events',
  'INSERT INTO events SELECT * FROM events',
  'DELETE FROM events',
  'DROP VIEW events',
  'SELECT 1; DROP VIEW events',
  `SELECT * FROM enable_logging('QueryLog', storage := 'file', storage_path := '${own}')`,
  `CALL enable_logging(storage = 'file', storage_config = {'path': '${own}/x'})`,
  "SELECT write_log('x')",
  `SELECT * FROM enable_profiling('json', '${own}/p.json')`,
  'PREPARE x AS SELECT 1',
  "EXECUTE x('1')",
  // The session itself.
  "ATTACH '/tmp/x.db'",
  `ATTACH '${own}/x.db' AS x`,
  'USE memory',
  'INSTALL httpfs',
  'LOAD httpfs',
  "INSTALL '/tmp/evil.duckdb_extension'",
  "SELECT * FROM 'https://example.org/x.parquet'",
  'SET enable_external_access = true',
  'SET lock_configuration = false',
  "SET allowed_directories = ['/']",
  'RESET memory_limit',
  'PRAGMA database_list',
  "IMPORT DATABASE '/tmp'",
  'CHECKPOINT',
  'SELECT * FROM checkpoint()',
  "SELECT current_setting('allowed_directories')",
  'SELECT * FROM duckdb_settings()',
  'SELECT * FROM duckdb_secrets()',
  'SELECT * FROM duckdb_logs()',
  'SELECT * FROM duckdb_views()',
  'SELECT * FROM information_schema.tables',
  'SELECT * FROM pg_catalog.pg_class',
  'SELECT * FROM main.events',
  'SELECT * FROM temp.main.events',
  'CREATE MACRO f() AS 1',
  "CREATE SECRET s (TYPE s3, KEY_ID 'x', SECRET 'y')",
  'SHOW TABLES',
  'DESCRIBE events',
  'SUMMARIZE events',
  'EXPLAIN SELECT 1',
  "EXPLAIN ANALYZE SELECT * FROM read_text('/etc/passwd')",
  // Much out of little.
  "SELECT repeat('x', 2000000000)",
  "SELECT REPEAT('x', 2000000000)",
  "SELECT main.repeat('x', 2000000000)",
  'SELECT range(1000000000)',
  "SELECT lpad('x', 2000000000, 'y')",
  "SELECT printf('%1000000000d', 1)",
  'SELECT sleep_ms(100000)',
  '',
  ';',
  '-- nothing',
];

describe('an attack', () => {
  it.each(ATTACKS)('%s', async (sql) => {
    const before = filesBefore();
    const error = await lake
      .forTenant('acme')
      .query(sql, [], { timeoutMs: 5000 })
      .then(
        ({ rows }) => rows,
        (each) => each,
      );
    expect(error).toMatchObject({ code: expect.stringMatching(/^MDR_LAKE_(REFUSED|QUERY)$/) });
    expect(error.hint).not.toBe('');
    expect(filesBefore()).toBe(before);
    expect(existsSync('/tmp/mdr-lake-attack.csv')).toBe(false);
  });

  it('by length', async () => {
    const sql = `SELECT ${'1+'.repeat(30_000)}1`;
    await expect(lake.forTenant('acme').query(sql)).rejects.toMatchObject({ code: 'MDR_LAKE_REFUSED' });
  });

  it('by depth', async () => {
    for (const sql of [
      `SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}`,
      `SELECT ${'1+'.repeat(20_000)}1`,
      'SELECT '.padEnd(49_000, '-('),
    ])
      await lake
        .forTenant('acme')
        .query(sql, [], { timeoutMs: 5000 })
        .catch((error) => {
          expect(error).toMatchObject({ code: expect.stringMatching(/^MDR_LAKE_/) });
        });
    expect((await lake.forTenant('acme').query('SELECT count(*) AS n FROM events')).rows).toEqual([{ n: 1 }]);
  });

  it('by names that objects have', async () => {
    const { rows } = await lake
      .forTenant('acme')
      .query('SELECT 1 AS "__proto__", 2 AS "constructor", 3 AS "a", 4 AS "a"');
    expect(Object.entries(rows[0]!)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
      ['a', 3],
      ['a:1', 4],
    ]);
  });
});

describe('limits', () => {
  it('end a query that takes too long', async () => {
    const started = performance.now();
    await expect(
      lake
        .forTenant('acme')
        .query('SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range % 7 = b.range % 11', [], {
          timeoutMs: 500,
        }),
    ).rejects.toMatchObject({ code: 'MDR_LAKE_TIMEOUT' });
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('end a query that does not listen', async () => {
    // One value, doubled until it is a gigabyte: between two blocks of rows, nothing asks whether it should stop.
    const doubling = Array.from({ length: 40 }).reduce(
      (inner: string) => `replace(${inner}, 'x', 'xxxxxxxxxx')`,
      `'x'`,
    );
    await expect(
      lake.forTenant('acme').query(`SELECT length(${doubling})`, [], { timeoutMs: 1000 }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^MDR_LAKE_(TIMEOUT|MEMORY|QUERY)$/) });
    expect((await lake.forTenant('acme').query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('end a query that takes too much memory', async () => {
    await expect(
      lake
        .forTenant('acme')
        .query('SELECT count(*) FROM (SELECT DISTINCT a.range, b.range FROM range(100000) a, range(10000) b)', [], {
          memoryMb: 100,
          timeoutMs: 20_000,
        }),
    ).rejects.toMatchObject({ code: 'MDR_LAKE_MEMORY' });
  });

  it('cut off an answer that is too large', async () => {
    const wide = `SELECT concat_ws('', ${Array.from({ length: 400 }, () => "'0123456789'").join(', ')}) AS x FROM range(100000)`;
    const { rows, truncated } = await lake.forTenant('acme').query(wide, [], { maxRows: 100_000 });
    expect(truncated).toBe(true);
    expect(rows.length).toBeLessThan(10_000);
  });
});

describe('below the guard, DuckDB itself', async () => {
  const locked = await openLocked(own, 256, 1);
  it.each([
    "SELECT * FROM read_text('/etc/passwd')",
    `SELECT * FROM read_parquet('${theirs}/**/*.parquet')`,
    `SELECT * FROM read_parquet('${own}/../../acme-2/events/**/*.parquet')`,
    `SELECT * FROM read_text('${join(own, '../journal/000000000001.json')}')`,
    `COPY (SELECT 1) TO '/tmp/mdr-lake-attack.csv'`,
    `COPY (SELECT 1) TO '${theirs}/x.csv'`,
    "ATTACH '/tmp/mdr-lake-attack.db'",
    'INSTALL httpfs',
    'LOAD httpfs',
    'SET enable_external_access = true',
    'SET lock_configuration = false',
    "SET allowed_directories = ['/']",
    "SET memory_limit = '100GB'",
  ])('refuses %s', async (sql) => {
    await expect(locked.connection.run(sql)).rejects.toThrow(/Permission|disabled|locked|not allowed|Cannot/i);
  });

  it('opens the files of its own tenant', async () => {
    const found = await locked.connection.runAndReadAll(`SELECT host_name FROM read_parquet('${own}/**/*.parquet')`);
    expect(found.getRowObjectsJS()).toEqual([{ host_name: 'SECRET-OF-acme' }]);
    locked.close();
  });
});
