import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { readYaml } from '../../detect/sigma/yaml.js';
import { MdrError } from '../../errors.js';
import { projectRoot } from '../../root.js';
import { playbookSchema } from './schema.js';
import type { Playbook } from './types.js';

export const ownPlaybooks = join(projectRoot, 'playbooks');
const MAX_BYTES = 256 * 1024;
const MOST_FILES = 500;
const MOST_PROBLEMS = 50;

/** Something wrong in a playbook file, and what to do about it. */
export interface Problem {
  code: 'MDR_PLAYBOOK_SYNTAX' | 'MDR_PLAYBOOK_BAD';
  file: string;
  /** 1-based. */
  line: number;
  what: string;
  todo: string;
}

export interface PlaybookFile {
  file: string;
  /** Null when it cannot be read as one. */
  playbook: Playbook | null;
  problems: Problem[];
  /** The line of a place in it: `['steps', 2, 'do']`. */
  lineOf(path: readonly PropertyKey[]): number;
}

export const problemLine = ({ code, file, line, what, todo }: Problem): string =>
  `${file}:${line}: ${code}: ${what} ${todo}`;

/** A playbook from YAML that nobody vouches for. Never throws: what is wrong is in `problems`. */
export function parsePlaybook(content: string, file: string): PlaybookFile {
  const fail = (code: Problem['code'], line: number, what: string, todo: string): PlaybookFile => ({
    file,
    playbook: null,
    problems: [{ code, file, line, what, todo }],
    lineOf: () => line,
  });
  const size = Buffer.byteLength(content);
  if (size > MAX_BYTES)
    return fail(
      'MDR_PLAYBOOK_SYNTAX',
      1,
      `The file has ${size >> 10} KiB.`,
      `A playbook has at most ${MAX_BYTES >> 10}: split it into parts.`,
    );
  const documents = [...safely(content)];
  const fault = documents.find((document) => document.fault)?.fault;
  if (fault) return fail('MDR_PLAYBOOK_SYNTAX', fault.line, `${capital(fault.reason)}.`, 'Correct the YAML there.');
  if (documents.length !== 1)
    return fail(
      'MDR_PLAYBOOK_SYNTAX',
      1,
      `The file holds ${documents.length} documents.`,
      'Put one playbook into a file.',
    );
  const lineOf = liner(content);
  const parsed = playbookSchema.safeParse(documents[0]!.value);
  if (parsed.success) return { file, playbook: parsed.data, problems: [], lineOf };
  const problems = parsed.error.issues.slice(0, MOST_PROBLEMS).map((issue): Problem => {
    const where = issue.path.map(String).join('.') || 'the file';
    return {
      code: 'MDR_PLAYBOOK_SYNTAX',
      file,
      line: lineOf(issue.path),
      what: `${where}: ${issue.message}.`,
      todo: 'See docs/playbooks.md for what may stand there.',
    };
  });
  return { file, playbook: null, problems, lineOf };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function* safely(content: string): ReturnType<typeof readYaml> {
  try {
    yield* readYaml(content);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    yield { line: 1, value: undefined, fault: { line: 1, reason: 'it is nested too deep' }, lines: () => ({}) };
  }
}

function liner(content: string): PlaybookFile['lineOf'] {
  let read: { document: Document; lines: LineCounter } | undefined;
  return (path) => {
    if (!read) {
      const lines = new LineCounter();
      read = { document: parseDocument(content, { lineCounter: lines, uniqueKeys: false, logLevel: 'silent' }), lines };
    }
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? read.document.contents : read.document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return read.lines.linePos(node.range[0]).line;
    }
    return 1;
  };
}

/**
 * The playbooks of files and folders (`.yaml`, `.yml`, not below them).
 * @throws MdrError MDR_FILE_UNREADABLE, MDR_PLAYBOOK_UNKNOWN when there is none
 */
export async function loadFiles(paths: readonly string[]): Promise<PlaybookFile[]> {
  const files: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch((cause) => unreadable(path, cause));
    if (!found.isDirectory()) files.push(path);
    else for (const name of (await readdir(path)).sort()) if (/\.ya?ml$/.test(name)) files.push(join(path, name));
  }
  if (files.length === 0 || files.length > MOST_FILES)
    throw new MdrError(
      'MDR_PLAYBOOK_UNKNOWN',
      `There are ${files.length} playbook files in ${paths.join(', ')}.`,
      `Name 1 to ${MOST_FILES} files that end in .yaml, or a folder of them.`,
    );
  return Promise.all(
    files.map(async (file) => {
      const { size } = await stat(file).catch((cause) => unreadable(file, cause));
      // What is too large is not read: its size is enough to refuse it.
      const content =
        size > MAX_BYTES
          ? ' '.repeat(MAX_BYTES + 1)
          : await readFile(file, 'utf8').catch((cause) => unreadable(file, cause));
      return parsePlaybook(content, file);
    }),
  );
}

const unreadable = (path: string, cause: unknown): never => {
  throw new MdrError('MDR_FILE_UNREADABLE', `cannot read "${path}".`, 'Name a playbook file, or a folder of them.', {
    cause,
  });
};

/** Playbooks by id; of two with one id the first. */
export type Library = ReadonlyMap<string, Playbook>;

export function libraryOf(files: readonly PlaybookFile[]): Library {
  const library = new Map<string, Playbook>();
  for (const { playbook } of files) if (playbook && !library.has(playbook.id)) library.set(playbook.id, playbook);
  return library;
}

let own: Promise<Library> | undefined;
/**
 * The playbooks of this installation; read once.
 * @throws MdrError MDR_PLAYBOOK_SYNTAX naming file, line and fault
 */
export function ownLibrary(): Promise<Library> {
  own ??= loadFiles([ownPlaybooks]).then((files) => {
    const bad = files.flatMap(({ problems }) => problems)[0];
    if (bad)
      throw new MdrError('MDR_PLAYBOOK_SYNTAX', `${basename(bad.file)}, line ${bad.line}: ${bad.what}`, bad.todo);
    return libraryOf(files);
  });
  return own;
}

/** @throws MdrError MDR_PLAYBOOK_UNKNOWN listing those that there are */
export function playbookCalled(library: Library, id: string): Playbook {
  const found = library.get(id);
  if (found) return found;
  throw new MdrError(
    'MDR_PLAYBOOK_UNKNOWN',
    `There is no playbook "${id.slice(0, 60)}".`,
    `Playbooks: ${[...library.keys()].sort().join(', ').slice(0, 1500)}.`,
  );
}
