import { createHash, hash as hashOnce } from 'node:crypto';

/**
 * Deterministic id: the same parts give the same id, so that a replay after a crash writes the same record again.
 * Parts are length-prefixed, so that ('ab','c') and ('a','bc') differ.
 * @returns 32 hexadecimal characters (128 bits of SHA-256)
 */
export function idOf(...parts: (string | Uint8Array)[]): string {
  // One text in one call, which is what nearly all ids are of, takes a third less.
  if (parts.every((part) => typeof part === 'string')) {
    let text = '';
    for (const part of parts) text += `${Buffer.byteLength(part)}:${part}`;
    return hashOnce('sha256', text, 'hex').slice(0, 32);
  }
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(`${typeof part === 'string' ? Buffer.byteLength(part) : part.length}:`);
    hash.update(part);
  }
  return hash.digest('hex').slice(0, 32);
}

/** JSON with sorted keys: the same content has the same text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`;
}
