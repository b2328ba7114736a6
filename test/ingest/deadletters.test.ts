import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepDeadLetters } from '../../engine/ingest/deadletters.js';
import { addTenant, doorParts } from './parts.js';

let parts: Awaited<ReturnType<typeof doorParts>>;
beforeEach(async () => {
  parts = await doorParts();
});
afterEach(() => parts.close());

const refused = (sample: string | Buffer, bytes = sample.length) =>
  ({ source: 'fw', code: 'MDR_LINE_JSON', message: 'Not JSON.', sample, bytes }) as const;

describe('dead letters', () => {
  it('are kept once, with the first 8 KiB, whatever bytes they hold', async () => {
    const acme = await parts.store.forTenant('acme');
    const letters = [refused('x'.repeat(20_000)), refused(Buffer.from([0x61, 0xff])), refused('ü'.repeat(8000))];
    expect(await keepDeadLetters(acme, letters, 1)).toBe(3);
    expect(await keepDeadLetters(acme, letters, 2)).toBe(0);
    const kept = await acme.deadletters.find({}, { sort: { bytes: 1 } });
    expect(kept.map(({ bytes, at }) => [bytes, at])).toEqual([
      [2, 1],
      [8000, 1],
      [20_000, 1],
    ]);
    expect(kept.map(({ sample }) => sample.length)).toEqual([2, 4096, 8192]);
    expect(kept[0]!.sample).toBe('a\ufffd');
  });

  it('beyond the limit make the oldest go, of this tenant only', async () => {
    await addTenant(parts.store, 'other');
    const acme = await parts.store.forTenant('acme');
    const other = await parts.store.forTenant('other');
    await keepDeadLetters(other, [refused('theirs')], 0);
    for (let at = 1; at <= 5; at++) await keepDeadLetters(acme, [refused(`a${at}`), refused(`b${at}`)], at, 4);
    const kept = await acme.deadletters.find({}, { sort: { at: 1, sample: 1 } });
    expect(kept.map(({ sample }) => sample).sort()).toEqual(['a4', 'a5', 'b4', 'b5']);
    expect(await other.deadletters.count()).toBe(1);
  });
});
