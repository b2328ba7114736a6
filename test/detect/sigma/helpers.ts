import { compileRules } from '../../../engine/detect/index.js';
import type { Fields, LogSource, Parsed } from '../../../engine/event.js';

export const ANY_SOURCE: LogSource = Object.freeze({
  product: 'test',
  service: 'test',
  categories: Object.freeze(['test']),
});

/** A rule file around a `detection:` block given as YAML lines. */
export function ruleText(detection: string, extra = ''): string {
  const body = detection
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
  return `title: Test rule\nid: 11111111-1111-4111-8111-111111111111\nlogsource:\n  product: test\nlevel: high\n${extra}detection:\n${body}\n`;
}

export const eventOf = (fields: Fields): Parsed => ({
  time: 0,
  logsource: ANY_SOURCE,
  fields,
  ecs: () => ({ '@timestamp': '' }),
});

/** Compile one detection; gives a function from fields to "did it match". @throws Error with the problem's reason */
export function matcherOf(detection: string): (fields: Fields) => boolean {
  const { matcher, problems } = compileRules([{ file: 'test.yml', content: ruleText(detection) }]);
  if (problems[0]) throw new Error(`${problems[0].code} ${problems[0].reason}`);
  return (fields) => matcher.match(eventOf(fields)).length === 1;
}
