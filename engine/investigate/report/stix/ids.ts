import { createHash } from 'node:crypto';
import { canonical } from '../../../ids.js';

/** The namespace of the specification for what was observed (STIX 2.1, 2.9); nothing else may use it. */
const OBSERVED = '00abedb4-aa42-466c-9c01-fed23315a9b7';
/** Our own, for all other objects. */
const OURS = '1f2f0c1e-5a6b-5d7c-9f0a-6d64722d7632';

/** What the id of an observable object is made of (STIX 2.1, chapter 6), in the order of their names. Of several hashes, one. */
const CONTRIBUTING: Readonly<Record<string, readonly string[]>> = {
  'ipv4-addr': ['value'],
  'ipv6-addr': ['value'],
  'domain-name': ['value'],
  directory: ['path'],
  file: ['hashes', 'name', 'parent_directory_ref'],
  'user-account': ['account_login', 'account_type', 'user_id'],
};

/** Id of an observable object: the same properties give the same id everywhere, by every maker. */
export function observedId(type: string, properties: Readonly<Record<string, unknown>>): string {
  const names = CONTRIBUTING[type];
  // An object without contributing properties has an id of version 4; ours comes from its content, so that it stays the same.
  if (!names) return `${type}--${uuid(OURS, canonical({ ...properties, type }), 4)}`;
  const made = Object.fromEntries(names.flatMap((name) => (name in properties ? [[name, properties[name]]] : [])));
  return `${type}--${uuid(OBSERVED, canonical(made), 5)}`;
}

/** Id of any other object, by what makes it this one. */
export const ourId = (type: string, ...parts: readonly string[]): string =>
  `${type}--${uuid(OURS, JSON.stringify([type, ...parts]), 5)}`;

/** RFC 4122, from SHA-1 of name space and name. */
function uuid(namespace: string, name: string, version: 4 | 5): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
