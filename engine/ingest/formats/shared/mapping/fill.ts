import type { Fields, Value } from '../../../../event.js';
import { isFields } from '../values.js';
import { setBlocked } from '../verdict.js';
import { setRequest } from '../web.js';
import { type Find, findAt, findFirst, scalarsOf } from './places.js';
import type { Mapping } from './schema.js';

/** Completes an event's fields: what rules ask for, from where the format keeps it. */
export type Fill = (fields: Fields) => void;

const MAX_PAIRS = 200;
const MAX_NAME = 128;
const MAX_JSON = 64 * 1024;

/** An object or a list as JSON text, bounded; everything else as it is. */
function written(value: Value): Value {
  return typeof value === 'object' && value !== null ? JSON.stringify(value).slice(0, MAX_JSON) : value;
}

function unquoted(value: Value): Value {
  return typeof value === 'string' && /^".*"$/s.test(value) ? value.slice(1, -1) : value;
}

function fillPairs(given: Mapping['pairs'][number]): Fill {
  const find = findFirst(given.from);
  const spell = {
    'as-is': (name: string) => name,
    lower: (name: string) => name.toLowerCase(),
    'lower-first': (name: string) => name.charAt(0).toLowerCase() + name.slice(1),
  }[given.case];
  return (fields) => {
    const list = find(fields);
    if (!Array.isArray(list)) return;
    for (const item of list.slice(0, MAX_PAIRS)) {
      if (!isFields(item)) continue;
      const name = item[given.name];
      if (typeof name !== 'string' || name === '' || name.length > MAX_NAME) continue;
      const field = `${given.prefix}${spell(name)}`;
      // Names come from outside: what the record has itself stays, and nothing reaches an object's prototype.
      if (field === '__proto__' || fields[field] !== undefined) continue;
      const value = given.value.map((key) => item[key]).find((each) => each !== undefined && each !== null);
      if (value !== undefined) fields[field] = given.quoted ? unquoted(value) : value;
    }
  };
}

/** Add the rules' word for a value beside the value. */
function fillWords(name: string, words: Record<string, string>): Fill {
  const known = new Map(Object.entries(words).map(([from, to]) => [from.toLowerCase(), to]));
  return (fields) => {
    const values = scalarsOf(fields[name]);
    const added = values.flatMap((value) => known.get(String(value).slice(0, MAX_NAME).toLowerCase()) ?? []);
    if (added.length > 0) fields[name] = [...values, ...added];
  };
}

const joinedText = (finds: readonly Find[], fields: Fields): string =>
  finds
    .map((find) => written(find(fields)))
    .filter((value) => value !== undefined && value !== null && value !== '')
    .join(' ')
    .slice(0, MAX_JSON);

/** Everything a mapping says about fields as one function. The order matters: paths are read before lists become text. */
export function makeFill(mapping: Mapping): Fill {
  const steps: Fill[] = [];
  const fillFrom = (name: string, find: Find) => (fields: Fields) => {
    if (fields[name] !== undefined) return;
    const value = find(fields);
    if (value !== undefined) fields[name] = value;
  };
  for (const [name, places] of Object.entries(mapping.replace)) {
    const find = findFirst(places);
    steps.push((fields) => {
      const value = find(fields);
      if (value !== undefined) fields[name] = value;
    });
  }
  // Names that have a space of their own first, so that fields may be taken from them; the others must not get before fields.
  for (const pairs of mapping.pairs) if (pairs.prefix !== '') steps.push(fillPairs(pairs));
  for (const [name, places] of Object.entries(mapping.fields)) steps.push(fillFrom(name, findFirst(places)));
  for (const pairs of mapping.pairs) if (pairs.prefix === '') steps.push(fillPairs(pairs));
  for (const [name, places] of Object.entries(mapping.all)) {
    const finds = places.map(findAt);
    steps.push((fields) => {
      const values = [...new Set(finds.flatMap((find) => scalarsOf(find(fields))))];
      if (values.length > 0) fields[name] = values.length === 1 ? values[0] : values;
    });
  }
  for (const [name, places] of Object.entries(mapping.joined)) {
    const finds = places.map(findAt);
    steps.push((fields) => {
      if (fields[name] === undefined) fields[name] = joinedText(finds, fields);
    });
  }
  const texts = Object.entries(mapping.texts).map(([name, places]) => ({ name, find: findFirst(places) }));
  if (texts.length > 0)
    steps.push((fields) => {
      // All are read before any is set: one list may be asked for under several names.
      const values = texts.map(({ find }) => find(fields));
      texts.forEach(({ name }, i) => {
        if (values[i] !== undefined) fields[name] = written(values[i]);
      });
    });
  for (const [name, value] of Object.entries(mapping.constants)) steps.push(fillFrom(name, () => value));
  if (mapping.verdict) steps.push(setBlocked);
  if (mapping.request) steps.push(setRequest);
  for (const [name, words] of Object.entries(mapping.words)) steps.push(fillWords(name, words));
  return (fields) => {
    for (const step of steps) step(fields);
  };
}
