import type { Ecs, Fields, Value } from '../../../../event.js';
import { address, baseName, integer, port, set, splitUser, startEcs, text } from '../values.js';
import { type Find, findAt, firstOf } from './places.js';
import type { GivenOutcome, Mapping } from './schema.js';

export type View = (fields: Fields, time: number) => Ecs;
type Outcome = 'success' | 'failure' | undefined;

const NUMBERS = new Set(['process.pid', 'http.response.status_code', 'network.bytes']);

/** How a field of the ECS view is read: the name of an ECS field tells its type. */
function readerOf(key: string): (value: Value) => string | number | undefined {
  if (key.endsWith('.ip')) return address;
  if (key.endsWith('.port')) return port;
  return NUMBERS.has(key) ? integer : text;
}

function outcomeFrom(given: GivenOutcome): (fields: Fields) => Outcome {
  const finds = given.names.map(findAt);
  const success = new Set(given.success.map((word) => word.toLowerCase()));
  const failure = new Set(given.failure.map((word) => word.toLowerCase()));
  return (fields) => {
    for (const find of finds) {
      const word = firstOf(find(fields), text)?.slice(0, 64).toLowerCase();
      if (word === undefined) continue;
      if (success.has(word)) return 'success';
      if (failure.has(word)) return 'failure';
      if (given.http && /^\d{3}$/.test(word)) return Number(word) < 400 ? 'success' : 'failure';
      if (given.otherwise) return given.otherwise;
    }
    return given.absent;
  };
}

/** The ECS view that a mapping describes. */
export function makeView(mapping: Mapping, dataset: string): View {
  const rows = Object.entries(mapping.ecs).map(([key, places]) => ({
    key: key as keyof Ecs,
    read: readerOf(key),
    finds: places.map(findAt),
  }));
  const outcome = mapping.outcome && outcomeFrom(mapping.outcome);

  function scalarAt(fields: Fields, finds: readonly Find[], read: (value: Value) => string | number | undefined) {
    for (const find of finds) {
      const value = firstOf(find(fields), read);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  return (fields, time) => {
    const ecs = startEcs(time, dataset);
    set(ecs, 'event.category', mapping.category);
    set(ecs, 'cloud.provider', mapping.provider);
    for (const { key, read, finds } of rows) {
      const value = scalarAt(fields, finds, read);
      if (value !== undefined) Object.assign(ecs, { [key]: value });
    }
    if (outcome) set(ecs, 'event.outcome', outcome(fields));
    if (ecs['user.name']?.includes('\\')) {
      const { name, domain } = splitUser(ecs['user.name']);
      if (name === undefined) delete ecs['user.name'];
      else ecs['user.name'] = name;
      set(ecs, 'user.domain', domain);
    }
    if (ecs['process.name'] === undefined) set(ecs, 'process.name', baseName(ecs['process.executable']));
    return ecs;
  };
}
