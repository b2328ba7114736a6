import { compileRules } from '../../detect/index.js';
import type { Matcher, RuleProblem } from '../../detect/types.js';
import { MdrError } from '../../errors.js';
import type { Fields, LogSource } from '../../event.js';
import type { Condition } from '../../store/exceptions.js';

const MAX_CONDITIONS = 12;
const MAX_VALUES = 50;
const MAX_VALUE = 2000;
const MAX_KEY = 200;

/** A kind of event that no rule asks for: conditions hold for events of any kind. */
const ANY: LogSource = Object.freeze({ product: '', service: '', categories: Object.freeze([]) as readonly string[] });

/**
 * Conditions of several exceptions as one matcher. They are Sigma, compiled by the same code as rules: every modifier
 * works, and regular expressions run in linear time.
 * @returns for an event's fields, the ids of the exceptions whose conditions all hold; and what could not be compiled
 */
export function compileConditions(exceptions: readonly { id: string; conditions: readonly Condition[] }[]): {
  match(fields: Fields): string[];
  problems: RuleProblem[];
} {
  if (exceptions.length === 0) return { match: () => [], problems: [] };
  const { matcher, problems } = compileRules(exceptions.map((each) => ({ file: each.id, content: ruleText(each) })));
  return { match: matchFields(matcher), problems };
}

const matchFields = (matcher: Matcher) => (fields: Fields) =>
  matcher.match({ time: 0, logsource: ANY, fields, ecs: () => ({ '@timestamp': '' }) }).map((rule) => rule.id);

/** JSON is YAML: nothing that a person or a log wrote can break out of its quotes. */
function ruleText({ id, conditions }: { id: string; conditions: readonly Condition[] }): string {
  const parts = conditions.map(({ key, values }, i) => [`c${i}`, { [key]: values.length === 1 ? values[0] : values }]);
  return JSON.stringify({
    title: id,
    id,
    logsource: {},
    detection: { ...Object.fromEntries(parts), condition: 'all of c*' },
  });
}

/**
 * Refuse conditions that cannot be compiled, are out of bounds, or say nothing.
 * @throws MdrError MDR_EXCEPTION_BAD
 */
export function checkConditions(conditions: readonly Condition[]): void {
  const bad = (what: string, hint: string) => new MdrError('MDR_EXCEPTION_BAD', what, hint);
  if (conditions.length === 0)
    throw bad(
      'an exception needs at least one condition.',
      'Without one it would switch the rule off: see /mdr rules.',
    );
  if (conditions.length > MAX_CONDITIONS)
    throw bad(`an exception has at most ${MAX_CONDITIONS} conditions.`, 'Leave out those that say least.');
  for (const { key, values } of conditions) {
    const [field = ''] = key.split('|');
    if (field.trim() === '' || key.length > MAX_KEY)
      throw bad('a condition names no field.', 'Write it as Field=value or Field|modifier=value.');
    if (values.length === 0 || values.length > MAX_VALUES)
      throw bad(`"${key}" has ${values.length} values.`, `A condition has 1 to ${MAX_VALUES} values.`);
    if (values.some((value) => typeof value === 'string' && value.length > MAX_VALUE))
      throw bad(`"${key}" has a value of more than ${MAX_VALUE} characters.`, 'Use the part of it that matters.');
    if (values.every((value) => /^[*?]*$/.test(String(value ?? 'x')) && !/\|(re|exists)/.test(key)))
      throw bad(`"${key}" fits every value.`, 'Say which values are meant.');
  }
  const [problem] = compileConditions([{ id: 'check', conditions }]).problems;
  if (problem)
    throw bad(`the conditions cannot be used: ${problem.reason}.`, 'Conditions are written as in Sigma rules.');
}

/** `Image|endswith: \backup.exe`, as people read it. */
export const conditionText = ({ key, values }: Condition): string =>
  `${key}: ${values.map((value) => (value === null ? 'null' : String(value))).join(' or ')}`;
