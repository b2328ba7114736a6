import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import { idOf } from '../ids.js';
import type { TenantStore } from '../store/index.js';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const MAX_SECRET = 4096;

/** Secrets of tenants' policies: encrypted at rest, bound to tenant and name, readable only by whoever has the service's key. */
export interface Secrets {
  /** @throws MdrError MDR_SECRET when no key is set, or the secret is empty or too long */
  keep(store: TenantStore, name: string, secret: string, clock: Clock): Promise<void>;
  /** @throws MdrError MDR_SECRET when there is none of this name, or the key is not the one that it was kept with */
  read(store: TenantStore, name: string): Promise<string>;
}

/** @param key MDR_SECRET_KEY; without one nothing can be kept or read */
export function openSecrets(key: string | undefined): Secrets {
  const keyFor = (tenant: string): Buffer => {
    if (!key)
      throw new MdrError(
        'MDR_SECRET',
        'this service has no key to keep secrets with.',
        'Set MDR_SECRET_KEY (see .env.example) for the engine and for this command.',
      );
    return Buffer.from(hkdfSync('sha256', key, tenant, 'mdr secrets', 32));
  };
  return {
    async keep(store, name, secret, clock) {
      if (secret === '' || secret.length > MAX_SECRET)
        throw new MdrError('MDR_SECRET', `a secret has 1 to ${MAX_SECRET} characters.`, 'Give it on standard input.');
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, keyFor(store.id), iv).setAAD(aad(store.id, name));
      const data = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      const sealed = Buffer.concat([iv, cipher.getAuthTag(), data]).toString('base64');
      await store.secrets.upsert({ _id: idOf('secret', store.id, name) }, { $set: { name, sealed, changed: clock() } });
    },
    async read(store, name) {
      const record = await store.secrets.findOne({ _id: idOf('secret', store.id, name) });
      if (!record)
        throw new MdrError(
          'MDR_SECRET',
          `there is no secret "${name}" of ${store.id}.`,
          `Give it with: mdr notify secret ${store.id} ${name}`,
        );
      const sealed = Buffer.from(record.sealed, 'base64');
      const decipher = createDecipheriv(CIPHER, keyFor(store.id), sealed.subarray(0, IV_BYTES))
        .setAAD(aad(store.id, name))
        .setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        return decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch (cause) {
        throw new MdrError(
          'MDR_SECRET',
          `the secret "${name}" of ${store.id} was kept with another key.`,
          `Set MDR_SECRET_KEY as it was, or give it again with: mdr notify secret ${store.id} ${name}`,
          { cause },
        );
      }
    },
  };
}

const aad = (tenant: string, name: string): Buffer => Buffer.from(JSON.stringify([tenant, name]));
