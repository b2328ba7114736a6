import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkSource, createToken, tokenChecker } from '../../engine/ingest/tokens.js';
import { doorParts } from './parts.js';

const BAD = expect.objectContaining({ code: 'MDR_TOKEN_BAD' });
let parts: Awaited<ReturnType<typeof doorParts>>;
let now: number;
const clock = () => now;
const grantOf = (source: string) => ({ id: 'x', tenant: 'acme', source, simulated: false, quota: null });

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
    expect(await check(`Bearer ${one}`)).toMatchObject({ tenant: 'acme', source: 'fw', simulated: false, quota: null });
    expect(await check(`bearer ${all}`)).toMatchObject({ tenant: 'acme', source: '*', simulated: true });
    expect(() => checkSource(grantOf('*'), 'anything')).not.toThrow();
    expect(() => checkSource(grantOf('fw'), 'fw')).not.toThrow();
    expect(() => checkSource(grantOf('fw'), 'fw2')).toThrow('not for the source "fw2"');
  });

  it("are found in every scheme that senders' programs know, and nowhere else", async () => {
    const token = await createToken(parts.store, { tenant: 'acme', source: 'fw' });
    const check = tokenChecker(parts.store, clock);
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const good = [
      `Bearer ${token}`,
      `Splunk ${token}`,
      `ApiKey ${token}`,
      `ApiKey ${base64(`id:${token}`)}`,
      `Basic ${base64(`elastic:${token}`)}`,
      `Basic ${base64(`:${token}`)}`,
    ];
    for (const header of good) expect(await check(header)).toMatchObject({ tenant: 'acme' });
    const bad = [
      undefined,
      '',
      token,
      'Bearer',
      `Basic ${token}`,
      `Basic ${base64(token)}`,
      `Basic ${base64(`${token}:`)}`,
      `Splunk ${base64(`x:${token}`)}`,
      `Bearer ${token}x`,
      `Bearer ${token} ${token}`,
      `Digest ${token}`,
      `Basic ${base64(`a:b:${token}`)}`,
      `Basic ${'A'.repeat(100_000)}`,
      `ApiKey \u0000${token}`,
    ];
    for (const header of bad) await expect(check(header)).rejects.toEqual(BAD);
  });

  it('of a tenant that does not exist are not made', async () => {
    await expect(createToken(parts.store, { tenant: 'nobody', source: 'fw' })).rejects.toMatchObject({
      code: 'MDR_TENANT_UNKNOWN',
    });
  });

  it('end at their time, also while they are remembered', async () => {
    const token = await createToken(parts.store, { tenant: 'acme', source: 'fw', expires: now + 10_000 });
    const check = tokenChecker(parts.store, clock);
    await check(`Bearer ${token}`);
    now += 10_000;
    await expect(check(`Bearer ${token}`)).rejects.toEqual(BAD);
  });

  it('are remembered for 30 s, known or not, so that the store is not asked each time', async () => {
    const token = await createToken(parts.store, { tenant: 'acme', source: 'fw' });
    const check = tokenChecker(parts.store, clock);
    await check(`Bearer ${token}`);
    const record = await parts.store.tokens.findOne().lean();
    await parts.store.tokens.deleteMany({});
    now += 29_000;
    expect(await check(`Bearer ${token}`)).toMatchObject({ tenant: 'acme' });
    now += 1_000;
    await expect(check(`Bearer ${token}`)).rejects.toEqual(BAD);
    await parts.store.tokens.create(record!);
    now += 29_000;
    await expect(check(`Bearer ${token}`)).rejects.toEqual(BAD);
    now += 1_000;
    expect(await check(`Bearer ${token}`)).toMatchObject({ tenant: 'acme' });
  });
});
