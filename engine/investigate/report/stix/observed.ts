import { isIP } from 'node:net';
import type { Observable } from '../../../store/alerts.js';
import { observedId } from './ids.js';

/** A STIX object. */
export interface StixObject {
  type: string;
  id: string;
  spec_version: '2.1';
  [property: string]: unknown;
}

/** An observable as STIX says it: the object itself comes first, then those that it refers to. */
export interface Observed {
  objects: StixObject[];
  /** The pattern that finds it; null for what no pattern should be made of. */
  pattern: string | null;
}

const ALGORITHMS: Readonly<Record<number, string>> = { 32: 'MD5', 40: 'SHA-1', 64: 'SHA-256', 128: 'SHA-512' };

/** @returns null for what STIX has no observable object for (a host is an identity there), or what is malformed */
export function observedOf({ kind, value }: Observable): Observed | null {
  if (value === '') return null;
  if (kind === 'ip') {
    const type = ({ 4: 'ipv4-addr', 6: 'ipv6-addr' } as Record<number, string>)[isIP(value)];
    return type ? { objects: [make(type, { value })], pattern: pattern(`${type}:value`, value) } : null;
  }
  if (kind === 'domain')
    return { objects: [make('domain-name', { value })], pattern: pattern('domain-name:value', value) };
  if (kind === 'hash') {
    const name = /^[0-9a-f]+$/i.test(value) ? ALGORITHMS[value.length] : undefined;
    if (!name) return null;
    const hash = value.toLowerCase();
    return { objects: [make('file', { hashes: { [name]: hash } })], pattern: pattern(`file:hashes.'${name}'`, hash) };
  }
  if (kind === 'file') return file(value);
  if (kind === 'user') {
    const type = value.includes('\\') ? { account_type: 'windows-domain' } : {};
    return { objects: [make('user-account', { ...type, account_login: value })], pattern: null };
  }
  if (kind === 'process') {
    const image = file(value);
    const [first] = image?.objects ?? [];
    if (!image || !first) return null;
    return { objects: [make('process', { image_ref: first.id }), ...image.objects], pattern: image.pattern };
  }
  return null;
}

/** `C:\a\b.exe` and `/a/b` are a name in a directory. */
function file(path: string): Observed | null {
  const [, folder = '', name = ''] = /^(.*)[\\/]([^\\/]+)$/s.exec(path) ?? [null, '', /[\\/]$/.test(path) ? '' : path];
  if (name === '') return null;
  if (folder === '') return { objects: [make('file', { name })], pattern: pattern('file:name', name) };
  const directory = make('directory', { path: folder });
  return {
    objects: [make('file', { name, parent_directory_ref: directory.id }), directory],
    pattern: `[file:name = '${quoted(name)}' AND file:parent_directory_ref.path = '${quoted(folder)}']`,
  };
}

const make = (type: string, properties: Record<string, unknown>): StixObject => ({
  type,
  spec_version: '2.1',
  id: observedId(type, properties),
  ...properties,
});

const pattern = (path: string, value: string): string => `[${path} = '${quoted(value)}']`;
const quoted = (value: string): string => value.replace(/[\\']/g, '\\$&');
