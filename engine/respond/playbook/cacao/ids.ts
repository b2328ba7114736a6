import { createHash } from 'node:crypto';

/** A name space of our own, as the specification asks of producers who make version 5 by other rules than its own. */
const NAMESPACE = 'e4a7b6f2-0c53-4d0e-9d54-6a3f0f2c8b11';

function shape(bytes: Buffer, version: number): string {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** A playbook's id is a name-based UUID (version 5, RFC 9562): the same playbook has the same id everywhere. */
export function playbookId(id: string): string {
  const space = Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex');
  return `playbook--${shape(createHash('sha1').update(space).update(id).digest().subarray(0, 16), 5)}`;
}

/** Steps must have version 4. Ours are drawn from a hash instead of from chance, so that an export can be repeated and compared. */
export const objectId = (type: string, ...seed: string[]): string =>
  `${type}--${shape(
    createHash('sha256')
      .update([type, ...seed].join('\0'))
      .digest()
      .subarray(0, 16),
    4,
  )}`;

export const CREATOR = objectId('identity', 'mdr');
export const EXTENSION = objectId('extension-definition', 'mdr');
