import { type BinXml, type Content, type Element, MAX_DEPTH } from './binxml.js';
import { type Budget, Fault } from './fault.js';
import { readValue, type Scalar, TYPE, type Typed } from './values.js';

type Json = Scalar | Json[] | { [name: string]: Json };
type Members = { [name: string]: Json };

/** Names come from the file: none may reach a prototype. */
const members = (): Members => Object.create(null) as Members;

/** What an element holds, once its places are filled. */
interface Inside {
  elements: [element: Element, values: readonly Typed[]][];
  texts: (Scalar | Scalar[])[];
}

/**
 * A record's binary XML as the JSON that converters of event logs have made usual: attributes under `#attributes`, text beside them
 * under `#text`, `<Data Name="X">` as the member `X`, the unnamed ones as a list under `Data`, further elements of one name as
 * `name_1` …
 * @throws Fault, RangeError when the record is damaged or unfolds to more than `budget`
 */
export function render(content: readonly Content[], xml: BinXml, budget: Budget): Members {
  const inside: Inside = { elements: [], texts: [] };
  const renderer = new Renderer(xml, budget);
  renderer.collect(content, [], inside, 0);
  if (inside.elements.length === 0) throw new Fault('it holds no element');
  return renderer.members(inside, 0);
}

class Renderer {
  constructor(
    private readonly xml: BinXml,
    private readonly budget: Budget,
  ) {}

  collect(content: readonly Content[], values: readonly Typed[], into: Inside, depth: number): void {
    if (depth > MAX_DEPTH) throw new Fault('its elements are nested too deep');
    for (const item of content) {
      this.budget.spend(1);
      if (typeof item === 'string') this.#text(item, into);
      else if ('element' in item) into.elements.push([item.element, values]);
      else if ('template' in item) this.collect(item.template, item.values, into, depth + 1);
      else this.#value('slot' in item ? values[item.slot] : item.value, into, depth);
    }
  }

  #value(value: Typed | undefined, into: Inside, depth: number): void {
    if (!value || value.type === TYPE.null) return;
    if (value.type === TYPE.binXml) this.collect(this.xml.readValue(value, this.budget), [], into, depth + 1);
    else {
      const read = readValue(value);
      if (read !== null) this.#text(read, into);
    }
  }

  #text(text: Scalar | Scalar[], into: Inside): void {
    if (Array.isArray(text)) for (const item of text) this.#spend(item);
    else this.#spend(text);
    into.texts.push(text);
  }

  #spend(text: Scalar): void {
    this.budget.spend(1, typeof text === 'string' ? text.length : 8);
  }

  members({ elements }: Inside, depth: number): Members {
    const object = members();
    const unnamed: Json[] = [];
    const free = namer(object);
    for (const [element, values] of elements) {
      const attributes = this.#attributes(element, values, depth);
      const inside: Inside = { elements: [], texts: [] };
      this.collect(element.content, values, inside, depth + 1);
      const value = inside.elements.length > 0 ? this.members(inside, depth + 1) : joined(inside.texts);
      this.budget.spend(1, element.name.length);
      if (element.name === 'Data') {
        const name = attributes?.Name;
        if (typeof name === 'string') object[free(name)] = value ?? '';
        else if (Array.isArray(value)) unnamed.push(...value);
        else unnamed.push(value);
        continue;
      }
      object[free(element.name)] = withAttributes(attributes, value);
    }
    if (unnamed.length > 0) object.Data = { '#text': unnamed.length === 1 ? unnamed[0]! : unnamed };
    return object;
  }

  #attributes(element: Element, values: readonly Typed[], depth: number): Members | null {
    let attributes: Members | null = null;
    for (const { name, content } of element.attributes) {
      const inside: Inside = { elements: [], texts: [] };
      this.collect(content, values, inside, depth + 1);
      const value = joined(inside.texts);
      if (value === null) continue;
      attributes ??= members();
      attributes[name] = value;
    }
    return attributes;
  }
}

/** One value keeps its kind; several are one text. */
function joined(texts: Inside['texts']): Scalar | Scalar[] {
  return texts.length === 0 ? null : texts.length === 1 ? texts[0]! : texts.flat().join('');
}

function withAttributes(attributes: Members | null, value: Json): Json {
  if (!attributes) return value;
  const object = members();
  object['#attributes'] = attributes;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.assign(object, value);
  if (value !== null) object['#text'] = value;
  return object;
}

/** Gives the name, or `name_1` … when it is taken; the same name a thousand times is no search of a million steps. */
function namer(object: Members): (name: string) => string {
  const times = new Map<string, number>();
  return (name) => {
    let n = times.get(name) ?? 0;
    let free = n === 0 ? name : `${name}_${n}`;
    while (free in object) free = `${name}_${++n}`;
    times.set(name, n + 1);
    return free;
  };
}
