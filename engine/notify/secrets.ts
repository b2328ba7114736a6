import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import { idOf } from '../ids.js';
import { seal, unseal } from '../seal.js';
import type { TenantStore } from '../store/index.js';

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
  return {
    async keep(store, name, secret, clock) {
      if (secret === '' || secret.length > MAX_SECRET)
        throw new MdrError('MDR_SECRET', `a secret has 1 to ${MAX_SECRET} characters.`, 'Give it on standard input.');
      const sealed = seal(key, store.id, name, secret);
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
      try {
        return unseal(key, store.id, name, record.sealed);
      } catch (cause) {
        if (cause instanceof MdrError) throw cause;
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
