import { isIP } from 'node:net';
import type { EntityKind } from './types.js';

type Found = { kind: EntityKind; value: string };

const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;
const FILE =
  /\.(?:exe|dll|ps1|psm1|bat|cmd|vbs|vbe|jse?|jar|docm?|xlsm?|pdf|zip|rar|7z|iso|lnk|scr|msi|sh|py|hta|sys|tmp)$/i;
const ACCOUNT = /^[\w.-]{1,64}\\[\w.$-]{1,64}$/;
const EMAIL = /^[\w.+-]{1,64}@[a-z0-9.-]{1,190}\.[a-z]{2,24}$/i;
const DOMAIN = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24}$/i;
const SERVICE = /^svc[-_.][\w.-]{1,60}$/i;
/** `dc01`, `ws-042`, `SRV-FILE01`: letters, and digits at the end of the name or of one of its parts. */
const NUMBERED_HOST = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/i;
const NAMED_HOST = /^[A-Z][A-Z0-9]+(?:-[A-Z0-9]+)+$/;
/** Words with digits that are no hosts: spans of time, products, standards, hash kinds, event codes. */
const NO_HOST =
  /^(?:[a-z]?\d+[a-z]{0,2}|t\d{4}|[oms]365|w(?:in)?\d+|sha\d+|md5|base64|log4j|ipv[46]|soc2|iso\d+|pci\d*|cve-.*|covid.*|x64|x86|utf\d*|h1|q[1-4]|alert\d+|case\d+)$/i;

/** What a word is by its looks alone; null when it may be any word. */
export function observableOf(word: string): Found | null {
  if (word.length > 253) return null;
  const url = /^https?:\/\/([^/?#:]{1,253})/i.exec(word);
  const bare = (url?.[1] ?? word).replace(/^\[|\]$/g, '');
  const address = bare.replace(/^(\d{1,3}(?:\.\d{1,3}){3})(?::\d{1,5}|\/\d{1,2})$/, '$1');
  if (isIP(address)) return { kind: 'ip', value: address.toLowerCase() };
  if (HASH.test(bare)) return { kind: 'hash', value: bare.toLowerCase() };
  if (ACCOUNT.test(bare)) return { kind: 'user', value: bare };
  if (EMAIL.test(bare)) return { kind: 'user', value: bare };
  if (/^[a-z]:\\|^\\\\|^\/(?:[\w.-]+\/)+[\w.-]+$/i.test(bare)) return { kind: 'file', value: bare };
  if (FILE.test(bare)) return { kind: 'file', value: bare };
  if (DOMAIN.test(bare)) return { kind: 'domain', value: bare.toLowerCase() };
  if (SERVICE.test(bare)) return { kind: 'user', value: bare };
  if (isHost(bare)) return { kind: 'host', value: bare };
  return null;
}

function isHost(word: string): boolean {
  if (word.length < 3 || word.length > 63 || NO_HOST.test(word)) return false;
  if (NAMED_HOST.test(word)) return true;
  return NUMBERED_HOST.test(word) && /\d/.test(word) && /[a-z]{2}/i.test(word) && /\d[a-z]?$/i.test(word);
}

/** Words that say what the next word is. */
const CUES: Record<string, EntityKind> = {
  ...{
    host: 'host',
    server: 'host',
    machine: 'host',
    laptop: 'host',
    workstation: 'host',
    computer: 'host',
    box: 'host',
  },
  ...{ endpoint: 'host', device: 'host', pc: 'host' },
  ...{ user: 'user', account: 'user', username: 'user', login: 'user', usr: 'user' },
  ...{ file: 'file', process: 'file', domain: 'domain', ip: 'ip', hash: 'hash', rule: 'rule' },
};

/**
 * What a word is because of the word before it: `user jdoe`, `server payroll`, `rule 1a2b3c4d`.
 * @param isCommon whether a word is part of the language, and so no name
 */
export function cuedBy(cue: string, word: string, isCommon: (word: string) => boolean): Found | null {
  const kind = Object.hasOwn(CUES, cue) ? CUES[cue] : undefined;
  if (!kind || word.length > 253) return null;
  if (kind === 'rule')
    return /^[0-9a-f]{6,}(?:-[0-9a-f]{4,12}){0,4}$|^[\w-]+\.yml$/i.test(word) ? { kind, value: word } : null;
  if (isCommon(word.toLowerCase()) || /^\d{1,9}$/.test(word) || !/^[\w.$\\@-]+$/.test(word)) return null;
  const seen = observableOf(word);
  if (kind === 'domain' || kind === 'ip' || kind === 'hash') return seen;
  return { kind, value: word };
}
