import { isIP } from 'node:net';
import type { Ecs, Fields, Value } from '../../../event.js';

/** Longest text kept in the ECS view, in bytes of UTF-8; the original record keeps the rest. */
export const MAX_TEXT = 32 * 1024;
/** A character of a JavaScript string takes at most so many bytes of UTF-8. */
const BYTES_PER_UNIT = 3;
const encoder = new TextEncoder();
const scratch = new Uint8Array(MAX_TEXT);

/** Whether a value is an object that has named fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text, shortened to `MAX_TEXT`; numbers and booleans are written out; nothing for empty, `-` and every other type. */
export function text(value: Value): string | undefined {
  if (typeof value === 'string') {
    if (value === '' || value === '-') return undefined;
    if (value.length * BYTES_PER_UNIT <= MAX_TEXT) return value;
    // The encoder stops before a character that does not fit, so no surrogate pair is cut in half.
    const { read } = encoder.encodeInto(value, scratch);
    return read === value.length ? value : value.slice(0, read);
  }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return undefined;
}

/** The first that is a text. */
export function firstText(...values: Value[]): string | undefined {
  for (const value of values) {
    const found = text(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A whole number from 0 up, also when written as decimal or `0x` digits. */
export function integer(value: Value): number | undefined {
  const n =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && /^(?:\d{1,15}|0x[0-9a-fA-F]{1,13})$/.test(value)
        ? Number(value)
        : Number.NaN;
  return Number.isSafeInteger(n) && n >= 0 ? n : undefined;
}

export function port(value: Value): number | undefined {
  const n = integer(value);
  return n !== undefined && n <= 65535 ? n : undefined;
}

/** An IP address without the IPv4-in-IPv6 prefix and scope that Windows writes; nothing when it is not an address. */
export function ip(value: Value): string | undefined {
  if (typeof value !== 'string' || value.length > 64) return undefined;
  const bare = value.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%[\w.-]+$/, '');
  return isIP(bare) ? bare : undefined;
}

const WITH_PORT = /^(?:\[([\da-fA-F:.]{2,45})\](?::\d{1,5})?|(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}|([^,\s]{2,45}),)/;

/** An IP address, also with a port behind it (`192.0.2.1:443`, `[2001:db8::1]:443`), or at the head of a list. */
export function address(value: Value): string | undefined {
  const bare = ip(value);
  if (bare !== undefined || typeof value !== 'string') return bare;
  const found = WITH_PORT.exec(value.slice(0, 64));
  return found ? ip(found[1] ?? found[2] ?? found[3]) : undefined;
}

/** `DOMAIN\user` or `user` to its parts. */
export function splitUser(value: Value): { name?: string; domain?: string } {
  const whole = text(value);
  if (whole === undefined) return {};
  const cut = whole.indexOf('\\');
  if (cut < 0) return { name: whole };
  return { name: text(whole.slice(cut + 1)), domain: text(whole.slice(0, cut)) };
}

/** Last component of a Windows or POSIX path. */
export function baseName(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  return text(path.slice(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1));
}

/** Sysmon's `SHA1=…,MD5=…,SHA256=…` to the two hashes that intel speaks of, in lower case. */
export function hashes(value: Value): { md5?: string; sha256?: string } {
  if (typeof value !== 'string') return {};
  const head = value.slice(0, 512);
  return {
    md5: /\bMD5=([0-9a-fA-F]{32})\b/.exec(head)?.[1]?.toLowerCase(),
    sha256: /\bSHA256=([0-9a-fA-F]{64})\b/.exec(head)?.[1]?.toLowerCase(),
  };
}

/** The value at a path of names, also when a dotted name is written out as one key. */
export function at(record: Value, ...path: string[]): Value {
  let value: Value = record;
  for (const name of path) {
    if (!isFields(value)) return undefined;
    value = Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

/** Set an ECS field when there is a value for it. */
export function set<K extends keyof Ecs>(ecs: Ecs, key: K, value: Ecs[K] | undefined): void {
  if (value !== undefined) ecs[key] = value;
}

/** Path of an executable and what follows from it. */
export function setProcess(ecs: Ecs, executable: string | undefined): void {
  set(ecs, 'process.executable', executable);
  set(ecs, 'process.name', baseName(executable));
}

/** The beginnings of every ECS view. */
export function startEcs(time: number, dataset: string): Ecs {
  return { '@timestamp': new Date(time).toISOString(), 'event.dataset': dataset };
}
