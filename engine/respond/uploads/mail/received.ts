import { isIP } from 'node:net';

export interface Hop {
  /** As the sender called itself. */
  from: string;
  /** Address that it came from; empty: not told. */
  ip: string;
  by: string;
  /** Epoch ms; null: none that can be read. */
  at: number | null;
}

const MOST = 30;
const MAX_HEADER = 2000;
const MAX_NAME = 200;

const timeOf = (text: string): number | null => {
  const at = Date.parse(text.replace(/\([^)]{0,100}\)/g, '').trim());
  return Number.isFinite(at) && at > 0 && at < 4_102_444_800_000 ? at : null;
};

/**
 * The way of a mail, from where it says that it began. Each server puts its own line on top; whatever stands under the line of the first
 * server that one trusts may be invented.
 * @param headers values of `Received`, as they stand in the mail
 */
export function hopsOf(headers: readonly string[]): Hop[] {
  return headers
    .slice(0, MOST)
    .map((header): Hop => {
      const text = header.slice(0, MAX_HEADER).replace(/\s+/g, ' ');
      const cut = text.lastIndexOf(';');
      const [, from = ''] = /^from ([^\s;(]{1,255})/i.exec(text) ?? [];
      const [, by = ''] = /\bby ([^\s;(]{1,255})/i.exec(text) ?? [];
      const before = by === '' ? text : text.slice(0, text.search(/\bby /i));
      const addresses = [...before.matchAll(/\[(?:IPv6:)?([0-9a-f:.]{3,45})\]/gi)].map(([, address]) => address!);
      const ip = addresses.findLast((address) => isIP(address) !== 0) ?? '';
      return {
        from: from.slice(0, MAX_NAME),
        ip,
        by: by.slice(0, MAX_NAME),
        at: cut < 0 ? null : timeOf(text.slice(cut + 1)),
      };
    })
    .reverse();
}
