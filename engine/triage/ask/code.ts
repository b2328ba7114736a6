import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const hash = promisify(scrypt) as (password: string, salt: string, length: number) => Promise<Buffer>;
const LENGTH = 32;
export const CODE = /^\d{6}$/;

/** A one-time code of six digits, and what may be kept of it. Slow to compute, so that a stolen record is not a code at once. */
export async function makeCode(): Promise<{ code: string; kept: string }> {
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  const salt = randomBytes(16).toString('hex');
  return { code, kept: `${salt}:${(await hash(code, salt, LENGTH)).toString('hex')}` };
}

/** Whether this is the code. @param kept as `makeCode` gave it */
export async function isCode(code: string, kept: string): Promise<boolean> {
  const [salt = '', wanted = ''] = kept.split(':');
  const found = await hash(code, salt, LENGTH);
  const right = Buffer.from(wanted, 'hex');
  return right.length === found.length && timingSafeEqual(right, found);
}
