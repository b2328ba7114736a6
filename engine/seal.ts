import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { MdrError } from './errors.js';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A secret encrypted with the service's own key, bound to whose it is and what it is called: moved elsewhere, it does not open.
 * @param key MDR_SECRET_KEY
 * @returns base64: initialisation vector, authentication tag and ciphertext
 * @throws MdrError MDR_SECRET without a key
 */
export function seal(key: string | undefined, scope: string, name: string, secret: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, keyFor(key, scope), iv).setAAD(aad(scope, name));
  const data = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), data]).toString('base64');
}

/** @throws MdrError MDR_SECRET without a key; Error when it was sealed with another one, or for something else */
export function unseal(key: string | undefined, scope: string, name: string, text: string): string {
  const sealed = Buffer.from(text, 'base64');
  const decipher = createDecipheriv(CIPHER, keyFor(key, scope), sealed.subarray(0, IV_BYTES))
    .setAAD(aad(scope, name))
    .setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}

function keyFor(key: string | undefined, scope: string): Buffer {
  if (!key)
    throw new MdrError(
      'MDR_SECRET',
      'this service has no key to keep secrets with.',
      'Set MDR_SECRET_KEY (see .env.example) for the engine and for this command.',
    );
  return Buffer.from(hkdfSync('sha256', key, scope, 'mdr secrets', 32));
}

const aad = (scope: string, name: string): Buffer => Buffer.from(JSON.stringify([scope, name]));
