import type { Fields, Value } from '../../event.js';
import { mappedFormat } from './shared/mapped.js';
import type { Kind, Kinds } from './shared/mapping/index.js';
import { runtimeOf } from './shared/runtimes.js';
import { at, text } from './shared/values.js';

/** Names under which loggers write the trace of an error. */
const TRACES = [
  'stack_trace',
  'stacktrace',
  'stackTrace',
  'stack',
  'exception',
  'exc_info',
  'traceback',
  'thrown',
  'error',
  'err',
  'backtrace',
] as const;
const MESSAGES = ['message', 'msg', 'log', 'event'] as const;
const ERROR = /^(?:err|fatal|crit|severe|warn|alert|emerg|[45]\d$|[0-4]$)/i;

function isError(record: Fields): boolean {
  const level = text(
    record.level ?? record.severity ?? record.levelname ?? record.log_level ?? at(record, 'log', 'level'),
  );
  return level !== undefined && level.length < 16 && ERROR.test(level);
}

const asText = (value: Value): string =>
  typeof value === 'string' ? value : typeof value === 'object' && value !== null ? JSON.stringify(value) : '';

/** What is looked through for the run time: the trace, and the message of an error or of several lines. */
function tell(record: Fields): string {
  let message = '';
  for (const name of MESSAGES) {
    const value = record[name];
    if (typeof value !== 'string') continue;
    message = value;
    break;
  }
  const traces: Value[] = [];
  for (const name of TRACES) {
    const value = record[name];
    if (value !== undefined && value !== null) traces.push(value);
  }
  const telling = traces.length > 0 || message.includes('\n') || (message !== '' && isError(record));
  if (!telling) return '';
  const logger = text(record.logger_name ?? record.loggerName ?? record.logger ?? record.name) ?? '';
  return [message, ...traces.map(asText), logger].join('\n');
}

function kindOf(record: Fields, kinds: Kinds): Kind | undefined {
  const told = tell(record);
  return told === '' ? undefined : runtimeOf(told, kinds);
}

export default mappedFormat({
  name: 'application',
  summary: 'errors of applications as JSON: JVM and Spring, Python and Django, Rails, Node.js',
  keys: [...TRACES, ...MESSAGES],
  priority: 5,
  kindOf,
  complete(fields) {
    const level = fields.level ?? fields.severity ?? fields.levelname;
    if (level !== undefined) fields.level = level;
  },
  samples: [
    {
      line: '{"@timestamp":"2026-03-04T08:00:00.123Z","@version":"1","message":"Servlet.service() threw exception","logger_name":"org.apache.catalina.core","thread_name":"exec-1","level":"ERROR","level_value":40000,"stack_trace":"java.io.IOException: Cannot run program \\"/bin/sh\\"\\n\\tat java.lang.ProcessBuilder.start(ProcessBuilder.java:1128)","HOSTNAME":"app-1"}',
      logsource: { product: 'jvm', category: 'application' },
      ecs: { '@timestamp': '2026-03-04T08:00:00.123Z', 'host.name': 'app-1', 'event.action': 'ERROR' },
    },
    {
      line: '{"@timestamp":"2026-03-04T08:00:01Z","level":"ERROR","logger":"o.s.s.w.FilterChainProxy","message":"org.springframework.security.web.firewall.RequestRejectedException: The request was rejected"}',
      logsource: { product: 'spring', category: 'application' },
      ecs: { 'event.action': 'ERROR' },
    },
    {
      line: '{"asctime":"2026-03-04 08:00:02,500","levelname":"ERROR","name":"django.security.DisallowedHost","message":"Invalid HTTP_HOST header: \'203.0.113.9\'."}',
      logsource: { product: 'django', category: 'application' },
      ecs: { '@timestamp': '2026-03-04T08:00:02.500Z', 'event.action': 'ERROR' },
    },
    {
      line: '{"level":50,"time":1772611203000,"pid":9,"hostname":"app-2","err":{"type":"Error","message":"spawn /bin/sh ENOENT","stack":"Error: spawn /bin/sh ENOENT\\n    at ChildProcess._handle.onexit (node:internal/child_process:286:19)\\n    at node:child_process"},"msg":"spawn /bin/sh ENOENT"}',
      logsource: { product: 'nodejs', category: 'application' },
      ecs: { '@timestamp': '2026-03-04T08:00:03.000Z', 'host.name': 'app-2' },
    },
    {
      line: '{"timestamp":"2026-03-04T08:00:04Z","level":"fatal","message":"ActionController::InvalidAuthenticityToken (Can\'t verify CSRF token authenticity.)"}',
      logsource: { product: 'ruby_on_rails', category: 'application' },
      ecs: { 'event.action': 'fatal' },
    },
    {
      line: '{"ts":1772611205,"severity":"ERROR","event":"query failed","exc_info":"Traceback (most recent call last):\\n  File \\"/app/db.py\\", line 3\\npsycopg2.ProgrammingError: syntax error"}',
      logsource: { product: 'python', category: 'application' },
      ecs: { message: 'query failed' },
    },
    {
      line: '{"@timestamp":"2026-03-04T08:00:06Z","level":"ERROR","message":"org.apache.velocity.exception.ParseErrorException: Encountered \\"#\\""}',
      logsource: { product: 'velocity', category: 'application' },
      ecs: { 'event.action': 'ERROR' },
    },
    {
      line: '{"@timestamp":"2026-03-04T08:00:07Z","level":"error","msg":"You have an error in your SQL syntax; check the manual"}',
      logsource: { product: 'sql', category: 'application' },
      ecs: { 'event.action': 'error' },
    },
  ],
});
