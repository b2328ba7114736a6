import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseAllDocuments,
} from 'yaml';

const MAX_BYTES = 1 << 20;
/** A file holds a rule, or a few that belong together. */
const MAX_DOCUMENTS = 200;
/** Most places that aliases may stand in for, as the parser counts them. */
const MAX_EXPANSION = 50;
/** Looking an alias up costs as much as the document has anchors. */
const MAX_ALIASES = 1000;

/** One document of a YAML file: what it holds, or why it cannot be read. */
export interface YamlDocument {
  /** Line of its first key, 1-based. */
  line: number;
  /** Plain data; undefined when there is a fault. */
  value: unknown;
  fault: { line: number; reason: string } | null;
  /** Lines of the values of the document's own keys, or of those of the mapping that one of its keys has. */
  lines(key?: string): Record<string, number>;
}

/**
 * The documents of a YAML text that nobody vouches for: its size, its number of documents and its aliases are bounded, and time grows with
 * its length alone.
 * @throws RangeError when it is made to overflow the stack
 */
export function* readYaml(content: string): Generator<YamlDocument> {
  if (Buffer.byteLength(content) > MAX_BYTES) {
    yield refused(`the file is larger than ${MAX_BYTES >> 20} MiB`);
    return;
  }
  const lines = new LineCounter();
  // The parser compares each key with all before it, which takes a minute on the keys that fit into a file: `duplicateOf` does not.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: 'silent' } as const;
  let count = 0;
  for (const document of parseAllDocuments(content, options)) {
    if (!('contents' in document)) continue;
    if (++count > MAX_DOCUMENTS) {
      yield refused(`the file holds more than ${MAX_DOCUMENTS} documents`);
      return;
    }
    yield read(document, lines);
  }
}

const refused = (reason: string): YamlDocument => ({
  line: 1,
  value: undefined,
  fault: { line: 1, reason },
  lines: () => ({}),
});

function read(document: Document.Parsed, lines: LineCounter): YamlDocument {
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const line = lineAt(document.contents?.range?.[0] ?? 0);
  const fault = (at: number, message: string) => ({ line: at, reason: `not valid YAML: ${message}` });
  const found: YamlDocument = {
    line,
    value: undefined,
    fault: null,
    lines(key) {
      const node = key === undefined ? document.contents : document.get(key, true);
      const at: [string, number][] = [];
      for (const { key, value } of isMap(node) ? node.items : [])
        if (isScalar(key) && isNode(value) && value.range) at.push([String(key.value), lineAt(value.range[0])]);
      return Object.fromEntries(at);
    },
  };
  const error = document.errors[0];
  if (error) return { ...found, fault: fault(lineAt(error.pos[0]), error.message) };
  const looked = { aliases: 0, duplicate: null };
  look(document.contents, looked);
  if (looked.duplicate !== null) return { ...found, fault: fault(lineAt(looked.duplicate), 'Map keys must be unique') };
  if (looked.aliases > MAX_ALIASES) return { ...found, fault: fault(line, `more than ${MAX_ALIASES} aliases`) };
  try {
    found.value = document.toJS({ maxAliasCount: MAX_EXPANSION });
  } catch (cause) {
    found.fault = fault(line, (cause as Error).message);
  }
  return found;
}

/** Count the aliases below a node, and find a key that its mapping has already. */
function look(node: unknown, seen: { aliases: number; duplicate: number | null }): void {
  if (isAlias(node)) seen.aliases++;
  if (!isCollection(node)) return;
  const keys = new Set<unknown>();
  for (const item of node.items) {
    if (!isPair(item)) {
      look(item, seen);
      continue;
    }
    if (isScalar(item.key)) {
      if (keys.has(item.key.value)) seen.duplicate ??= item.key.range?.[0] ?? 0;
      keys.add(item.key.value);
    } else look(item.key, seen);
    look(item.value, seen);
  }
}
