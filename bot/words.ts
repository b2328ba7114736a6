import { MdrError } from '../engine/errors.js';

/** Longest command that is read, in characters; chat messages end at about this length too. */
export const MAX_TEXT = 4000;
const MAX_WORDS = 800;

/** Opening quotes with what may close them, as keyboards and chat programs write them. */
const QUOTES: Record<string, string> = {
  '"': '"”',
  "'": "'’",
  '“': '”"“',
  '”': '”',
  '„': '“”',
  '‘': "’'",
  '«': '»',
};
/** `--tenant`; programs that correct typing make one long dash of two short ones. */
const TENANT_FLAG = /^(?:--|—|–)tenant(?:=(.*))?$/i;

export interface Words {
  words: string[];
  /** What `--tenant` named. */
  tenant: string | null;
}

/**
 * A command line as words. Quotes hold words together; a quote inside a word (`it's`) or without its other half is a character
 * like others. A leading `/mdr` is dropped.
 * @throws MdrError MDR_COMMAND_USAGE when it is too long or names two tenants
 */
export function readWords(text: string): Words {
  if (text.length > MAX_TEXT)
    throw new MdrError(
      'MDR_COMMAND_USAGE',
      `a command has at most ${MAX_TEXT} characters; this one has ${text.length}.`,
      'Say it in fewer words.',
    );
  const words: string[] = [];
  let tenant: string | null = null;
  const spoken = split(text);
  if (/^\/?mdr$/i.test(spoken[0]?.word ?? '')) spoken.shift();
  for (let i = 0; i < spoken.length; i++) {
    const { word, quoted } = spoken[i]!;
    const flag = quoted ? null : TENANT_FLAG.exec(word);
    if (!flag) {
      words.push(word);
      continue;
    }
    const named = flag[1] ?? spoken[++i]?.word ?? '';
    if (named === '' || (tenant !== null && tenant !== named))
      throw new MdrError(
        'MDR_COMMAND_USAGE',
        '--tenant names one tenant.',
        'Write --tenant <id> once, for example: --tenant acme.',
      );
    tenant = named;
  }
  if (words.length > MAX_WORDS)
    throw new MdrError('MDR_COMMAND_USAGE', `a command has at most ${MAX_WORDS} words.`, 'Say it in fewer words.');
  return { words, tenant };
}

function split(text: string): { word: string; quoted: boolean }[] {
  const found: { word: string; quoted: boolean }[] = [];
  let at = 0;
  while (at < text.length) {
    if (isSpace(text[at]!)) {
      at++;
      continue;
    }
    const closing = QUOTES[text[at]!];
    const end = closing ? closingQuote(text, at + 1, closing) : -1;
    if (end >= 0) {
      found.push({ word: text.slice(at + 1, end), quoted: true });
      at = end + 1;
      continue;
    }
    let stop = at;
    while (stop < text.length && !isSpace(text[stop]!)) stop++;
    found.push({ word: text.slice(at, stop), quoted: false });
    at = stop;
  }
  return found;
}

/** Where the quote ends: at a closing mark that a space or the end follows; -1 when nowhere. */
function closingQuote(text: string, from: number, closing: string): number {
  for (let at = from; at < text.length; at++) {
    if (closing.includes(text[at]!) && (at + 1 === text.length || isSpace(text[at + 1]!))) return at;
  }
  return -1;
}

const isSpace = (char: string): boolean => /\s/.test(char);
