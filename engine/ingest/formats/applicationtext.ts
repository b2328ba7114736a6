import { type LineContent, lineFormat } from './shared/lined.js';
import type { Kinds } from './shared/mapping/index.js';
import { runtimeOf } from './shared/runtimes.js';
import { readTime } from './shared/time.js';

/** A time at the beginning, also behind a level: what nearly all loggers write. Rails puts a letter first. */
const START =
  /^(?:[A-Z], \[|\[?(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\]? |\[)?(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)\b/;
const LEVEL = /\b(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|SEVERE|FATAL|CRITICAL)\b/;

function read(line: string, kinds: Kinds): LineContent | null {
  const start = START.exec(line.slice(0, 160));
  if (!start) return null;
  const time = readTime(start[1]!.replace(/^(\d{4})\/(\d\d)\//, '$1-$2-').replace(' UTC', 'Z'));
  const level = LEVEL.exec(line.slice(0, 200))?.[1];
  const fields = { message: line, ...(level !== undefined && { level }) };
  return { kind: runtimeOf(line, kinds) ?? kinds.named('other'), fields, time };
}

export default lineFormat({
  name: 'applicationtext',
  summary: 'lines of applications that begin with a time: JVM, Python, Rails, Node.js; others are kept as they are',
  priority: 10,
  taxonomy: 'application',
  accepts: (line) => START.test(line.slice(0, 160)),
  read: (line, _received, kinds) => read(line, kinds),
  samples: [
    {
      line: '2026-03-04 08:00:00.123 ERROR 1 --- [nio-8080-exec-1] o.a.c.c.C.[.[.[/].[dispatcherServlet] : Servlet.service() threw exception: java.io.FileNotFoundException: /srv/files/../../../etc/passwd',
      logsource: { product: 'jvm', category: 'application' },
      ecs: { '@timestamp': '2026-03-04T08:00:00.123Z', 'event.action': 'ERROR' },
    },
    {
      line: 'E, [2026-03-04T08:00:01.123456 #4411] ERROR -- : ActionController::BadRequest (Invalid query parameters)',
      logsource: { product: 'ruby_on_rails', category: 'application' },
      ecs: { '@timestamp': '2026-03-04T08:00:01.123Z' },
    },
    {
      line: '2026-03-04 08:00:02,500 - django.security.SuspiciousOperation - ERROR - Invalid session',
      logsource: { product: 'django', category: 'application' },
      ecs: { '@timestamp': '2026-03-04T08:00:02.500Z', 'event.action': 'ERROR' },
    },
    {
      line: '[2026-03-04T08:00:03+01:00] billing.INFO: invoice sent [] []',
      logsource: { product: '', category: 'application' },
      ecs: { '@timestamp': '2026-03-04T07:00:03.000Z' },
    },
    {
      line: '2026/03/04 08:00:04 worker started',
      logsource: { product: '', category: 'application' },
      ecs: { message: '2026/03/04 08:00:04 worker started' },
    },
  ],
});
