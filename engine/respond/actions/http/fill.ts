import { MdrError } from '../../../errors.js';
import type { Match } from './declaration.js';

export type Values = Readonly<Record<string, string>>;

/** How a value is written inside a quoted literal of a query language. */
const ESCAPES: Readonly<Record<string, (value: string) => string>> = {
  /** OData: a quote is doubled. */
  odata: (value) => value.replaceAll("'", "''"),
  /** Falcon Query Language: a backslash before what would end it. */
  fql: (value) => value.replace(/[\\'"*]/g, '\\$&'),
};

/** Put values in, each as `write` says. @throws MdrError MDR_ACTION_BAD for a name that has none */
export function fill(text: string, values: Values, write: (value: string) => string = (value) => value): string {
  return text.replace(/\{([A-Za-z][A-Za-z0-9]*)(?:\|([a-z]+))?\}/g, (_, name: string, how?: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined)
      throw new MdrError(
        'MDR_ACTION_BAD',
        `the connector has no ${name}.`,
        'The operator sets it: mdr actions connect.',
      );
    return write(how ? (ESCAPES[how]?.(value) ?? value) : value);
  });
}

/** An address: the part before the first `/` of its own is the operator's; of the rest each value is one segment, or part of one. */
export function fillUrl(text: string, values: Values, query: Values): string {
  const [, base = '', rest = ''] = /^(\{[A-Za-z]+\}|https:\/\/[a-z0-9.-]+)(.*)$/s.exec(text) ?? [];
  const url = new URL(fill(base, values));
  const path = rest
    .split('/')
    .map((part) => {
      const plain = fill(part, values);
      // `..` would climb out of the place that the declaration names, however it is escaped.
      if (part !== '' && /^\.{1,2}$/.test(plain))
        throw new MdrError('MDR_ACTION_BAD', 'a value would change the address.', 'Give the name as it stands there.');
      return fill(part, values, encodeURIComponent);
    })
    .join('/');
  url.pathname = `${url.pathname.replace(/\/$/, '')}${path}`;
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${fill(value, values, encodeURIComponent)}`,
  );
  // What the declaration itself says in a query may hold spaces and quotes; the URL writes those.
  url.search = pairs.join('&');
  return url.href;
}

/** Values go into texts of a JSON tree, never into JSON text. */
export function fillJson(tree: unknown, values: Values): unknown {
  if (typeof tree === 'string') return fill(tree, values);
  if (Array.isArray(tree)) return tree.map((each) => fillJson(each, values));
  if (tree === null || typeof tree !== 'object') return tree;
  return Object.fromEntries(Object.entries(tree).map(([name, each]) => [name, fillJson(each, values)]));
}

/** @throws MdrError MDR_ACTION_BAD for a value that would begin another header */
export function fillHeader(text: string, values: Values): string {
  const value = fill(text, values);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the very characters that are refused
  if (/[\u0000-\u001f\u007f]/.test(value))
    throw new MdrError('MDR_ACTION_BAD', 'a value cannot be sent in a header.', 'Keep the secret again, on one line.');
  return value;
}

/** What stands at a dotted path of an answer; undefined: nothing. */
export function at(answer: unknown, path: string): unknown {
  let here = answer;
  for (const step of path.split('.')) {
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string, unknown>)[step];
  }
  return here;
}

export function matches(answer: unknown, all: readonly Match[]): boolean {
  return all.every(({ path, is, missing }) => {
    const value = at(answer, path);
    if (missing !== undefined) return (value === undefined) === missing;
    return is === undefined ? value !== undefined : [is].flat().includes(value as never);
  });
}
