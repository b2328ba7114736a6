import type { Kind, Kinds } from './mapping/index.js';

/** Characters of a text that are looked at for signs. */
const LOOKED_AT = 16_384;

/** The run time whose signs a text bears. */
export function runtimeOf(text: string, kinds: Kinds): Kind | undefined {
  const head = text.length > LOOKED_AT ? text.slice(0, LOOKED_AT) : text;
  return kinds.list.find(({ signs }) => signs.some((sign) => head.includes(sign)));
}
