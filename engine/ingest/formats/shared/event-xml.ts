import type { Fields } from '../../../event.js';
import { BinXml, type Content, type Element, MAX_DEPTH } from '../../evtx/binxml.js';
import { Budget, Fault } from '../../evtx/fault.js';
import { render } from '../../evtx/render.js';

const NAME = /[A-Za-z_][\w:.-]{0,127}/y;
const ATTRIBUTE = /\s+([A-Za-z_][\w:.-]{0,127})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const CLOSE = /\s*(\/?)>/y;
const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));/g;
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const ELEMENTS = 20_000;
const CHARACTERS = 1024 * 1024;
/** An event's XML holds no values that are binary. */
const NONE = new BinXml(Buffer.alloc(0));

function decoded(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(ENTITY, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name) return ENTITIES[name]!;
    const code = decimal ? Number(decimal) : Number.parseInt(hex!, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Behind what is no element: a declaration, a comment. -1: it does not end. */
function behind(text: string, at: number, end: string): number {
  const found = text.indexOf(end, at);
  return found < 0 ? -1 : found + end.length;
}

/**
 * One `<Event>` of the Windows event log or of Sysmon for Linux, written as XML, in the shape that converters give it as JSON. Reads
 * from left to right once; document types and entities of one's own are not XML here.
 * @returns null when it is not one whole element `Event`
 */
export function parseEventXml(text: string): Fields | null {
  const root: Content[] = [];
  const open: Element[] = [];
  const into = (): Content[] => open.at(-1)?.content ?? root;
  for (let at = 0; ; ) {
    const begin = text.indexOf('<', at);
    const between = decoded(text.slice(at, begin < 0 ? text.length : begin));
    // White space between elements is layout.
    if (between.trim() !== '' && open.length > 0) into().push(between);
    if (begin < 0) break;
    if (text.startsWith('<![CDATA[', begin)) {
      const end = behind(text, begin, ']]>');
      if (end < 0 || open.length === 0) return null;
      into().push(text.slice(begin + 9, end - 3));
      at = end;
    } else if (text.startsWith('<?', begin) || text.startsWith('<!--', begin)) {
      at = behind(text, begin, text[begin + 1] === '?' ? '?>' : '-->');
      if (at < 0) return null;
    } else if (text[begin + 1] === '/') {
      const name = match(NAME, text, begin + 2)?.[0];
      if (name === undefined || open.pop()?.name !== name) return null;
      at = behind(text, begin, '>');
      if (at < 0) return null;
      if (open.length === 0) break;
    } else {
      const started = start(text, begin);
      if (!started || open.length >= MAX_DEPTH) return null;
      if (open.length === 0 && started.element.name !== 'Event') return null;
      into().push({ element: started.element });
      if (!started.empty) open.push(started.element);
      at = started.end;
    }
  }
  if (open.length > 0 || root.length === 0) return null;
  try {
    return render(root, NONE, new Budget(ELEMENTS, CHARACTERS)) as Fields;
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

function start(text: string, begin: number): { element: Element; empty: boolean; end: number } | null {
  const name = match(NAME, text, begin + 1)?.[0];
  if (name === undefined) return null;
  const element: Element = { name, attributes: [], content: [] };
  let at = begin + 1 + name.length;
  for (let found = match(ATTRIBUTE, text, at); found; found = match(ATTRIBUTE, text, at)) {
    element.attributes.push({ name: found[1]!, content: [decoded(found[2] ?? found[3] ?? '')] });
    at += found[0].length;
  }
  const close = match(CLOSE, text, at);
  return close && { element, empty: close[1] === '/', end: at + close[0].length };
}
