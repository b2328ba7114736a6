import type { Candidate } from '../types.js';
import { type Item, typeNamed } from './types.js';

type Json = Record<string, unknown>;
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : isJson(value) ? [value] : []);

/** Attributes of MISP events: one event, a response with several, or attributes alone. */
export function* readMisp(root: unknown): Generator<Item> {
  const outer = isJson(root) && root.response !== undefined ? root.response : root;
  for (const each of listOf(outer)) {
    const event = isJson(each.Event) ? each.Event : each;
    const about = aboutOf(event);
    for (const attribute of listOf(event.Attribute)) yield* readAttribute(attribute, about);
    for (const object of listOf(event.Object))
      for (const attribute of listOf(object.Attribute)) yield* readAttribute(attribute, about);
  }
}

function* readAttribute(attribute: Json, event: Partial<Candidate>): Generator<Item> {
  const { type, value } = attribute;
  if (typeof type !== 'string' || typeof value !== 'string') return;
  if (attribute.to_ids === false || attribute.to_ids === '0' || attribute.deleted === true) {
    yield { refused: 'not for detection' };
    return;
  }
  const own = aboutOf(attribute);
  const about = { ...event, ...own };
  const whole = typeNamed(type);
  if (whole) {
    // `ip-dst|port`: the address is what is looked for.
    yield { ...about, value: type.includes('|') ? value.split('|')[0]! : value, type: whole };
    return;
  }
  // `domain|ip`, `filename|sha256`: each part that is of a known type.
  const types = type.split('|');
  const values = value.split('|');
  const parts =
    types.length > 1 && types.length === values.length ? types.map((name, i) => [name, values[i]!] as const) : [];
  let any = false;
  for (const [name, part] of parts) {
    const known = typeNamed(name);
    if (!known) continue;
    any = true;
    yield { ...about, value: part, type: known };
  }
  if (!any) yield { refused: 'type not supported' };
}

/** Threat and techniques of an event's or attribute's tags, else of its title. */
function aboutOf(holder: Json): Partial<Candidate> {
  const about: Partial<Candidate> = {};
  const tags = listOf(holder.Tag).flatMap(({ name }) => (typeof name === 'string' ? [name.slice(0, 256)] : []));
  const techniques = tags.flatMap((tag) =>
    tag.startsWith('misp-galaxy:mitre-') ? (tag.match(/T\d{4}(?:\.\d{3})?/g) ?? []) : [],
  );
  if (techniques.length > 0) about.techniques = techniques;
  const named = tags.flatMap(
    (tag) => /^misp-galaxy:(?:threat-actor|malpedia|ransomware|tool|banker|rat)="([^"]+)"/.exec(tag)?.[1] ?? [],
  );
  if (named[0]) about.threat = named[0];
  else if (typeof holder.info === 'string') about.threat = holder.info;
  return about;
}
