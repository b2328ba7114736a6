import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../engine/ingest/pcap/dns.js';
import { Flows } from '../../../engine/ingest/pcap/flows.js';
import {
  bytesOf,
  clientHello,
  connection,
  dns,
  label,
  type Made,
  pcap,
  pcapng,
  tcp,
  u16,
  udp,
} from '../../support/capture.js';
import { random } from '../../support/random.js';
import { itemsOf, recordsIn, refusedIn } from './read.js';

const START = Date.UTC(2026, 2, 4, 8);
const client = { ip: '10.20.4.17', port: 51000 };
const server = { ip: '203.0.113.50', port: 80 };
const resolver = { ip: '10.20.0.2', port: 53 };
const text = (value: string) => Buffer.from(value, 'latin1');
const hello = clientHello({ version: 771, ciphers: [4865], extensions: [[0, bytesOf(u16(4), [0], u16(1), 'x')]] });
const all: Made[] = [
  ...connection(client, server, START, [
    { bytes: text('GET / HTTP/1.1\r\nHost: a.example\r\n\r\n') },
    { back: true, bytes: text('HTTP/1.1 200 OK\r\n\r\n') },
  ]),
  ...connection({ ...client, port: 51001 }, { ...server, port: 443 }, START, [{ bytes: hello }]),
  { time: START, data: udp(client, resolver, dns(1, 'a.example', null)) },
  { time: START, data: udp(resolver, client, dns(1, 'a.example', ['192.0.2.1', '192.0.2.2'])) },
];

describe('a hostile capture', () => {
  it('is read up to where it is cut, wherever that is', async () => {
    const sizes = new Set<number>();
    for (const whole of [pcap(all), pcapng(all)])
      for (let size = 24; size < whole.length; size += whole.length > 50_000 && size < 70_000 ? 4999 : 13) {
        const items = await itemsOf(whole.subarray(0, size));
        sizes.add(recordsIn(items).length);
        expect(refusedIn(items).length).toBeLessThanOrEqual(1);
      }
    expect(sizes.size).toBeGreaterThan(3);
  });

  it('throws nothing, whatever bytes are in it', async () => {
    const { next } = random(3);
    for (let run = 0; run < 400; run++) {
      const whole = run % 2 ? pcapng(all) : pcap(all);
      // Behind the large block that nobody knows.
      const from = run % 2 ? 70_100 : 0;
      for (let n = 0; n < 1 + run / 40; n++)
        whole[from + Math.floor(next() * (whole.length - from))] = Math.floor(next() * 256);
      for (const item of await itemsOf(whole)) if ('refused' in item) expect(item.refused.code).toMatch(/^MDR_PCAP_/);
    }
  });

  it('throws nothing, whatever its packets carry', async () => {
    const { next } = random(4);
    for (let run = 0; run < 150; run++) {
      const packets = all.map(({ time, data }) => {
        const changed = Buffer.from(data);
        // Headers are kept mostly, so that what is behind them is looked at.
        for (let n = 0; n < 4; n++)
          changed[14 + Math.floor(next() ** 0.3 * (changed.length - 14))] = Math.floor(next() * 256);
        return { time, data: next() < 0.1 ? changed.subarray(0, Math.floor(next() * changed.length)) : changed };
      });
      expect(refusedIn(await itemsOf(pcap(packets)))).toEqual([]);
    }
  });

  it('says lengths that cannot be, and is left there', async () => {
    const packet = pcap(all.slice(0, 2));
    packet.writeUInt32LE(0x7fffffff, 24 + 8);
    expect(refusedIn(await itemsOf(packet))).toEqual([expect.stringMatching(/^MDR_PCAP_DAMAGED: .*2147483647 bytes/)]);
    for (const size of [0, 8, 13, 0x7ffffffc]) {
      const block = pcapng(all);
      block.writeUInt32LE(size, 28 + 4);
      expect(refusedIn(await itemsOf(block))).toEqual([expect.stringContaining('MDR_PCAP_DAMAGED')]);
    }
  });

  it('has DNS names that go round, forward, on for ever or beyond their message: no names', () => {
    const ask = (name: Buffer) => bytesOf(u16(1), u16(0x100), [...u16(1), 0, 0, 0, 0, 0, 0], name, u16(1), u16(1));
    const isName = (name: Buffer) => readMessage(ask(name)) !== null;
    expect(isName(label('a.example'))).toBe(true);
    expect(isName(bytesOf(u16(0xc00c)))).toBe(false);
    expect(isName(bytesOf([1], 'a', u16(0xc00c)))).toBe(false);
    expect(isName(bytesOf(u16(0xc00e), u16(0xc00c)))).toBe(false);
    expect(isName(bytesOf(u16(0xc0ff)))).toBe(false);
    expect(isName(bytesOf([63], 'short'))).toBe(false);
    expect(isName(bytesOf([64], 'x'.repeat(64), [0]))).toBe(false);
    expect(isName(bytesOf(...Array.from({ length: 130 }, () => bytesOf([1], 'a')), [0]))).toBe(false);
    // Answers that point to each other are left out.
    const message = dns(1, 'a.example', ['192.0.2.1']);
    message.writeUInt16BE(0xc000 | (message.length - 16), message.length - 16);
    expect(readMessage(message)).toMatchObject({ query: 'a.example', answers: [] });
  });

  it('holds no more than is bounded, however many flows begin and never end', async () => {
    const flows = new Flows();
    const head = text(`GET /${'a'.repeat(1000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const told = { conn: 0, http: 0 };
    let most = 0;
    const count = () => {
      for (const { _path } of flows.found()) told[_path as 'conn' | 'http']++;
    };
    for (let n = 0; n < 25_000; n++) {
      const from = { ip: `10.${n >> 14}.${(n >> 7) & 127}.${n & 127}`, port: 2000 };
      // The second is far ahead of what comes next: it waits.
      for (const sequence of [1, 5000])
        flows.take({ time: START + n, link: 1, data: tcp(from, server, sequence, 24, head) });
      most = Math.max(most, flows.held);
      count();
    }
    flows.end();
    count();
    expect(told).toEqual({ conn: 25_000, http: 50_000 });
    expect(most).toBeGreaterThan(32 * 1024 * 1024);
    expect(most).toBeLessThan(65 * 1024 * 1024);
    expect(flows.held).toBe(0);
  });
});
