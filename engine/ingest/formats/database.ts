import type { Fields } from '../../event.js';
import { type LineContent, lineFormat } from './shared/lined.js';
import type { Kinds } from './shared/mapping/index.js';
import { isoTime } from './shared/time.js';

const POSTGRES =
  /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) (?:([A-Z]{2,5})|([+-]\d\d(?::?\d\d)?)) (?:\[(\d{1,10})[^\]]{0,40}\]:?|\((\d{1,10})\)) ?(?:(\S{1,128})@(\S{1,128}) )?.{0,200}?(LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|STATEMENT|DETAIL|HINT|CONTEXT|AUDIT): {1,2}(.*)$/s;
const STATEMENT =
  /^(?:statement|execute [^:]{1,64}|duration: [\d.]{1,16} ms {1,2}(?:statement|execute [^:]{1,64})): (.*)$/s;
const ERRORS = new Set(['ERROR', 'FATAL', 'PANIC']);

function postgres(line: string, kinds: Kinds): LineContent | null {
  const found = POSTGRES.exec(line);
  if (!found) return null;
  const level = found[8]!;
  const fields: Fields = { level, message: found[9] };
  if (found[6] !== undefined) [fields.user, fields.database] = [found[6], found[7]];
  const statement = STATEMENT.exec(found[9]!)?.[1];
  if (statement !== undefined) [fields.statement, fields.command] = [statement, 'statement'];
  // Of the zones that have a name only UTC and GMT are sure.
  const time = isoTime(`${found[1]}${found[3] ?? ''}`);
  return { kind: kinds.named(ERRORS.has(level) ? 'error' : 'statement'), fields, time };
}

const MYSQL =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d))\s{1,8}(\d{1,10}) (Query|Connect|Execute|Prepare|Quit|Init DB|Field List)(?:\t(.*))?$/s;
const MYSQL_ERROR =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)) (\d{1,10}) \[(ERROR|Warning|Note|System)\] (?:\[(MY-\d{1,8})\] )?(.*)$/s;
const CONNECT = /^([^@\s]{0,128})@(\S{0,255}) on /;

function mysql(line: string, kinds: Kinds): LineContent | null {
  const found = MYSQL.exec(line);
  if (found) {
    const message = found[4] ?? '';
    const fields: Fields = { message, command: found[3], connection: found[2] };
    const connect = found[3] === 'Connect' ? CONNECT.exec(message) : null;
    if (connect) [fields.user, fields.src_ip] = [connect[1], connect[2]];
    return { kind: kinds.named('statement'), fields, time: isoTime(found[1]!) };
  }
  const error = MYSQL_ERROR.exec(line);
  if (!error) return null;
  const fields: Fields = { message: error[5], level: error[3] };
  if (error[4] !== undefined) fields.code = error[4];
  return { kind: kinds.named(error[3] === 'ERROR' ? 'error' : 'statement'), fields, time: isoTime(error[1]!) };
}

const MARIADB =
  /^(\d{4})(\d\d)(\d\d) {1,2}(\d{1,2}:\d\d:\d\d),([^,]{0,255}),([^,]{0,128}),([^,]{0,255}),(\d{1,10}),(\d{1,10}),([A-Z_]{3,20}),([^,]{0,128}),(.*?),(-?\d{1,6})$/s;

/** MariaDB's server_audit. */
function mariadb(line: string, kinds: Kinds): LineContent | null {
  const found = MARIADB.exec(line);
  if (!found) return null;
  const [, year, month, day, clock, host, user, address, connection, , command, schema, object, code] = found;
  const message = object!.replace(/^'|'$/g, '');
  const fields: Fields = {
    hostname: host,
    user,
    src_ip: address,
    connection,
    command,
    database: schema,
    message,
    code,
  };
  const time = isoTime(`${year}-${month}-${day} ${clock!.padStart(8, '0')}`);
  return { kind: kinds.named(code === '0' ? 'statement' : 'error'), fields, time };
}

const readLine = (line: string, kinds: Kinds): LineContent | null =>
  postgres(line, kinds) ?? mysql(line, kinds) ?? mariadb(line, kinds);

export default lineFormat({
  name: 'database',
  summary: 'databases: PostgreSQL server log and pgaudit, MySQL general and error log, MariaDB server_audit',
  priority: 37,
  accepts: (line, kinds) => /^\d{4}-?\d\d-?\d\d[T ]/.test(line) && readLine(line, kinds) !== null,
  read: (line, _received, kinds) => readLine(line, kinds),
  samples: [
    {
      line: '2026-03-04 08:00:00.123 UTC [4411] marta@crm LOG:  statement: DROP TABLE customers;',
      logsource: { product: 'sql', category: 'database' },
      ecs: { '@timestamp': '2026-03-04T08:00:00.123Z', 'user.name': 'marta', 'event.action': 'statement' },
      fields: { statement: 'DROP TABLE customers;', database: 'crm' },
    },
    {
      line: '2026-03-04 08:00:01.000 UTC [4412] web@crm ERROR:  syntax error at or near "\'" at character 40',
      logsource: { product: 'sql', category: 'application' },
      ecs: { 'user.name': 'web', 'event.action': 'ERROR' },
    },
    {
      line: '2026-03-04 08:00:02 UTC [4413]: user=marta,db=crm LOG:  AUDIT: SESSION,1,1,READ,SELECT,,,"select * from cards",<none>',
      logsource: { product: 'sql', category: 'database' },
      ecs: { '@timestamp': '2026-03-04T08:00:02.000Z' },
    },
    {
      line: '2026-03-04T08:00:03.123456Z\t   12 Query\tSELECT * FROM cards INTO OUTFILE "/tmp/x"',
      logsource: { product: 'sql', category: 'database' },
      ecs: { 'event.action': 'Query', message: 'SELECT * FROM cards INTO OUTFILE "/tmp/x"' },
    },
    {
      line: "20260304 08:00:04,db-1,root,203.0.113.9,12,34,QUERY,crm,'SELECT 1, 2 FROM x WHERE a=''b',1064",
      logsource: { product: 'sql', category: 'application' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:04.000Z',
        'host.name': 'db-1',
        'user.name': 'root',
        'source.ip': '203.0.113.9',
        'event.code': '1064',
      },
    },
    {
      line: '2026-03-04T08:00:05.000001Z 9 [ERROR] [MY-010584] [Repl] Replica SQL: Error executing row event',
      logsource: { product: 'sql', category: 'application' },
      ecs: { 'event.code': 'MY-010584' },
    },
  ],
});
