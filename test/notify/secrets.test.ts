import { beforeAll, describe, expect, it } from 'vitest';
import { openSecrets } from '../../engine/notify/secrets.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { addTenant, NOW } from '../commands/world.js';
import { testStore } from '../support/services.js';

const KEY = 'a key of at least thirty-two characters';
const clock = () => NOW;
let store: Store;
let acme: TenantStore;

beforeAll(async () => {
  ({ store } = await testStore());
  acme = await addTenant(store, 'acme', 'Acme');
});

describe('secrets', () => {
  it('come back as they were, and are not readable in the store', async () => {
    const secrets = openSecrets(KEY);
    await secrets.keep(acme, 'pd', 'R0UTINGKEY', clock);
    expect(await secrets.read(acme, 'pd')).toBe('R0UTINGKEY');
    await secrets.keep(acme, 'pd', 'ANOTHER', clock);
    expect(await secrets.read(acme, 'pd')).toBe('ANOTHER');
    expect(await acme.secrets.count()).toBe(1);
    expect(JSON.stringify(await acme.secrets.find())).not.toContain('ANOTHER');
  });

  it('cannot be read with another key, nor under another name or tenant', async () => {
    const secrets = openSecrets(KEY);
    await secrets.keep(acme, 'one', 'S', clock);
    await expect(openSecrets(`${KEY}!`).read(acme, 'one')).rejects.toMatchObject({ code: 'MDR_SECRET' });
    const [record] = await acme.secrets.find({ name: 'one' });
    await secrets.keep(acme, 'two', 'T', clock);
    await acme.secrets.update({ name: 'two' }, { $set: { sealed: record!.sealed } });
    await expect(secrets.read(acme, 'two')).rejects.toMatchObject({ code: 'MDR_SECRET' });
    const zeta = await addTenant(store, 'zeta', 'Zeta');
    await expect(secrets.read(zeta, 'one')).rejects.toMatchObject({ code: 'MDR_SECRET' });
  });

  it('are not kept at all without a key, and say what to set', async () => {
    await expect(openSecrets(undefined).keep(acme, 'x', 'S', clock)).rejects.toMatchObject({
      code: 'MDR_SECRET',
      hint: expect.stringContaining('MDR_SECRET_KEY'),
    });
    await expect(openSecrets(KEY).keep(acme, 'x', '', clock)).rejects.toMatchObject({ code: 'MDR_SECRET' });
  });
});
