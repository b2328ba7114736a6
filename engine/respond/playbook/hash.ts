import { createHash } from 'node:crypto';
import type { Playbook } from './types.js';

/** JSON with sorted keys: the same content has the same text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The version of a playbook: SHA-256 of what it says; comments, order of keys and layout do not count. */
export const versionOf = (playbook: Playbook): string => sha256(canonical(playbook));
