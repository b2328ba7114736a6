import type { Parsed, Value } from '../../engine/event.js';

const RUNS = /[a-z0-9 .:_-]{2,}/g;

function* textsOf(value: Value): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield* textsOf(inner);
}

/** Runs of plain characters in a verbatim event's texts that its record does not hold: there must be none. */
export function missingRuns(parsed: Parsed): string[] {
  const record = parsed.text;
  if (!record) return [];
  const held = [...textsOf(JSON.parse(record) as Value)].join('\n').toLowerCase();
  return [...textsOf(parsed.fields)].flatMap((text) =>
    (text.toLowerCase().match(RUNS) ?? []).filter((run) => !held.includes(run)),
  );
}
