import { describe, expect, it } from 'vitest';
import { MdrError } from '../../engine/errors.js';
import { within } from '../../engine/ingest/within.js';

describe('waiting for a service', () => {
  it('gives its answer', async () => {
    expect(await within('Redis', Promise.resolve(7), 50)).toBe(7);
  });

  it('ends with an error that says what to do when it does not answer', async () => {
    await expect(within('Redis', new Promise(() => {}), 20)).rejects.toMatchObject({
      code: 'MDR_SERVICE_DOWN',
      message: 'Redis does not answer.',
      hint: expect.stringContaining('Send the same again'),
    });
  });

  it('keeps the cause of a failure, and lets our own errors pass', async () => {
    const cause = new Error('READONLY');
    await expect(within('Redis', Promise.reject(cause), 50)).rejects.toMatchObject({ code: 'MDR_SERVICE_DOWN', cause });
    const ours = new MdrError('MDR_TENANT_UNKNOWN', 'No such tenant.');
    await expect(within('MongoDB', Promise.reject(ours), 50)).rejects.toBe(ours);
  });
});
