import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createToken, tokenChecker } from '../../engine/ingest/tokens.js';
import { doorParts } from './parts.js';

const BAD = expect.objectContaining({ code: 'MDR_TOKEN_BAD' });
let parts: Awaited<ReturnType<typeof doorParts>>;
let now: number;
const clock = () => now;

beforeEach(async () => {
  parts = await doorParts();
  now = 1_800_000_000_000;
});
afterEach(() => parts.close());

describe('tokens', () => {
  it('are stored by their hash alone, and grant one source or all of them', async () => {
    const one = await createToken(parts.store, { tenant: 'acme', source: 'fw' });
    const all = await createToken(parts.store, { tenant: 'acme', source: '*', simulated: true });
    expect(one).toMatch(/^mdr_[A-Za-z0-9_-]{32}$/);
    expect(JSON.stringify(await parts.store.tokens.find().lean())).not.toContain(one.slice(4));
    const check = tokenChecker(parts.store, clock);
    expect(await check(`Bearer ${one}`, 'fw')).toEqual({ tenant: 'acme', simulated: false });
    expect(await check(`bearer ${all}`, 'anything')).toEqual({ tenant: 'acme', simulated: true });
    await expect(check(`Bearer ${one}`, 'fw2')).rejects.toEqual(BAD);
    for (const header of [undefined, '', one, `Basic ${one}`, `Bearer ${one}x`, `Bearer ${one} ${one}`])
      await expect(check(header, 'fw')).rejects.toEqual(BAD);
  });

  it('of a tenant that does not exist are not made', async () => {
    await expect(createToken(parts.store, { tenant: 'nobody', source: 'fw' })).rejects.toMatchObject({
      code: 'MDR_TENANT_UNKNOWN',
    });
  });

  it('end at their time, also while they are remembered', async () => {
    const token = await createToken(parts.store, { tenant: 'acme', source: 'fw', expires: now + 10_000 });
    const check = tokenChecker(parts.store, clock);
    await check(`Bearer ${token}`, 'fw');
    now += 10_000;
    await expect(check(`Bearer ${token}`, 'fw')).rejects.toEqual(BAD);
  });

  it('are remembered for 30 s, known or not, so that the store is not asked each time', async () => {
    const token = await createToken(parts.store, { tenant: 'acme', source: 'fw' });
    const check = tokenChecker(parts.store, clock);
    await check(`Bearer ${token}`, 'fw');
    const record = await parts.store.tokens.findOne().lean();
    await parts.store.tokens.deleteMany({});
    now += 29_000;
    expect(await check(`Bearer ${token}`, 'fw')).toMatchObject({ tenant: 'acme' });
    now += 1_000;
    await expect(check(`Bearer ${token}`, 'fw')).rejects.toEqual(BAD);
    await parts.store.tokens.create(record!);
    now += 29_000;
    await expect(check(`Bearer ${token}`, 'fw')).rejects.toEqual(BAD);
    now += 1_000;
    expect(await check(`Bearer ${token}`, 'fw')).toMatchObject({ tenant: 'acme' });
  });
});
