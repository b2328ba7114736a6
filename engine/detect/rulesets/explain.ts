import type { CorrelationDocument, FilterDocument, RuleDocument } from '../sigma/document.js';

const MAX_LINES = 30;
const MAX_VALUES = 6;
const MAX_VALUE = 120;
const MAX_LINE = 600;

/** How modifiers read between a field and its values. */
const VERBS: Record<string, string> = {
  contains: 'contains',
  startswith: 'starts with',
  endswith: 'ends with',
  re: 'matches the expression',
  cidr: 'is in the network',
  exists: 'exists:',
  fieldref: 'is the same as the field',
  gt: 'is above',
  gte: 'is at least',
  lt: 'is below',
  lte: 'is at most',
};
/** How the text itself is changed before it is looked for. */
const FORMS: Record<string, string> = {
  base64: 'as Base64',
  base64offset: 'as Base64 at any offset',
  wide: 'as UTF-16',
  utf16le: 'as UTF-16',
  utf16be: 'as UTF-16 (big endian)',
  utf16: 'as UTF-16 with its mark',
  windash: 'with any dash',
  cased: 'in this case of letters',
  expand: 'with placeholders filled in',
};
const MEASURES: Record<string, string> = {
  event_count: 'events',
  value_count: 'different values',
  value_sum: 'sum',
  value_avg: 'average',
  value_median: 'median',
  value_percentile: 'percentile',
};
const RELATIONS: Record<string, string> = {
  gt: 'more than',
  gte: 'at least',
  lt: 'less than',
  lte: 'at most',
  eq: 'exactly',
  neq: 'other than',
};

/** What a rule looks for, in plain words: a line for each of its parts, then how they go together. */
export function explainRule({ detection }: Pick<RuleDocument, 'detection'>): string[] {
  return explainParts(detection, ['condition', 'timeframe']);
}

/** What a filter leaves out. */
export function explainFilter({ filter }: Pick<FilterDocument, 'filter'>): string[] {
  const { rules, ...parts } = filter as { rules?: unknown };
  const names = Array.isArray(rules) ? rules.map(String) : [];
  return [bounded(`Holds back: ${names.slice(0, MAX_VALUES).join(', ')}`), ...explainParts(parts, ['condition'])];
}

/** What a correlation counts. */
export function explainCorrelation({ correlation }: Pick<CorrelationDocument, 'correlation'>): string[] {
  const { type, timespan } = correlation;
  const rules = correlation.rules ?? [];
  const groups = correlation['group-by'];
  const by = groups.length > 0 ? `, for the same ${groups.join(' and ')}` : '';
  const named = rules.slice(0, MAX_VALUES).join(', ') + (rules.length > MAX_VALUES ? ', …' : '');
  if (type === 'temporal' || type === 'temporal_ordered') {
    const order = type === 'temporal' ? 'in any order' : 'in this order';
    const text = typeof correlation.condition === 'string' ? `: ${correlation.condition}` : '';
    return [bounded(`All of these within ${timespan}, ${order}${by}${text}: ${named}`)];
  }
  const condition = isRecord(correlation.condition) ? correlation.condition : {};
  const limits = Object.entries(RELATIONS).flatMap(([key, words]) =>
    key in condition ? [`${words} ${condition[key]}`] : [],
  );
  const field = condition.field === undefined ? '' : ` of ${[condition.field].flat().map(String).join(', ')}`;
  const percentile = condition.percentile === undefined ? '' : ` (${condition.percentile})`;
  return [
    bounded(`${limits.join(' and ') || 'Any'} ${MEASURES[type] ?? type}${percentile}${field} within ${timespan}${by}`),
    bounded(`Counted: what these find: ${named}`),
  ];
}

function explainParts(parts: Record<string, unknown>, except: readonly string[]): string[] {
  const lines = Object.entries(parts)
    .filter(([name]) => !except.includes(name))
    .map(([name, part]) => bounded(`${name}: ${partText(part, 0)}`));
  const conditions = [parts.condition].flat().map((text) => bounded(`It fires when: ${String(text)}`));
  const left = lines.length - MAX_LINES;
  return [...lines.slice(0, MAX_LINES), ...(left > 0 ? [`and ${left} more parts`] : []), ...conditions.slice(0, 3)];
}

function partText(part: unknown, depth: number): string {
  if (depth > 4) return '…';
  if (Array.isArray(part)) {
    const maps = part.filter(isRecord);
    const words = part.filter((item) => !isRecord(item));
    const texts = [
      ...(words.length > 0 ? [`anywhere in the event ${listed(words, ' or ')}`] : []),
      ...maps.slice(0, MAX_VALUES).map((map) => partText(map, depth + 1)),
    ];
    return texts.join(', or ') + (maps.length > MAX_VALUES ? `, or ${maps.length - MAX_VALUES} more` : '');
  }
  if (isRecord(part))
    return Object.entries(part)
      .slice(0, MAX_VALUES)
      .map(([key, value]) => fieldText(key, value))
      .join(', and ');
  return `anywhere in the event ${listed([part], ' or ')}`;
}

function fieldText(key: string, value: unknown): string {
  const [field = '', ...modifiers] = key.split('|');
  const values = Array.isArray(value) ? value : [value];
  const forms = modifiers.flatMap((modifier) => FORMS[modifier] ?? []);
  const verb = modifiers.map((modifier) => VERBS[modifier]).find(Boolean) ?? 'is';
  const negated = modifiers.includes('neq') ? 'not: ' : '';
  const text = listed(values, modifiers.includes('all') ? ' and ' : ' or ');
  return `${negated}${field || 'the event'} ${verb} ${text}${forms.length > 0 ? ` (${forms.join(', ')})` : ''}`;
}

function listed(values: readonly unknown[], join: string): string {
  const shown = values.slice(0, MAX_VALUES).map((value) => {
    if (value === null || value === undefined) return 'missing';
    const text = String(value);
    if (text === '') return 'empty';
    return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text;
  });
  const left = values.length - shown.length;
  return shown.join(join) + (left > 0 ? `${join}${left} more` : '');
}

const bounded = (text: string): string => (text.length > MAX_LINE ? `${text.slice(0, MAX_LINE - 1)}…` : text);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
