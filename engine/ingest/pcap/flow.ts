import { idOf } from '../../ids.js';
import { DNS_PORTS, Dns } from './dns.js';
import { Http, isRequest } from './http.js';
import { Stream } from './stream.js';
import { isTls, Tls } from './tls.js';
import { ACK, type Analyzer, FIN, RST, type Said, type Segment, SYN, type Way } from './types.js';

/** One connection, or what two ends send each other over UDP or ICMP. */
export class Flow {
  readonly uid: string;
  readonly protocol: Segment['protocol'];
  last: number;
  readonly #first: number;
  readonly #origin: Pick<Segment, 'from' | 'to' | 'fromPort' | 'toPort'>;
  readonly #payload = [0, 0];
  readonly #packets = [0, 0];
  readonly #wire = [0, 0];
  /** All flags that were seen, each way. */
  readonly #flags = [0, 0];
  readonly #streams: readonly [Stream, Stream] | null;
  #reset: Way | null = null;
  #analyzer: Analyzer | null = null;
  #looked = false;

  constructor(first: Segment) {
    const { time, protocol, flags, from, to, fromPort, toPort } = first;
    // When a capture begins in the middle, an answer may come first.
    const isAnswer =
      protocol === 'tcp' && (flags & SYN) !== 0
        ? (flags & ACK) !== 0
        : protocol !== 'icmp' && fromPort < 1024 && toPort >= 1024;
    this.#origin = isAnswer
      ? { from: to, to: from, fromPort: toPort, toPort: fromPort }
      : { from, to, fromPort, toPort };
    this.#first = time;
    this.last = time;
    this.protocol = protocol;
    const { from: a, to: b, fromPort: x, toPort: y } = this.#origin;
    this.uid = `C${idOf(protocol, a, String(x), b, String(y), String(time)).slice(0, 17)}`;
    if (protocol === 'tcp') {
      const way = (each: Way) => new Stream((piece) => this.#bytes(each, piece));
      this.#streams = [way(0), way(1)];
    } else this.#streams = null;
  }

  /** About how many bytes it keeps. */
  get held(): number {
    const waiting = this.#streams ? this.#streams[0].held + this.#streams[1].held : 0;
    return waiting + (this.#analyzer?.held ?? 0);
  }

  /** Whether this segment begins another connection between the same ports. */
  isOver({ flags }: Segment): boolean {
    const done = this.#reset !== null || ((this.#flags[0]! & FIN) !== 0 && (this.#flags[1]! & FIN) !== 0);
    return this.protocol === 'tcp' && (flags & (SYN | ACK)) === SYN && done;
  }

  take(segment: Segment): Said[] {
    const { from, fromPort, flags, sequence, payload, bytes, wire, time } = segment;
    const origin = this.#origin;
    const isOrigin = from === origin.from && (this.protocol === 'icmp' || fromPort === origin.fromPort);
    const way: Way = isOrigin ? 0 : 1;
    this.last = Math.max(this.last, time);
    this.#packets[way]! += 1;
    this.#payload[way]! += bytes;
    this.#wire[way]! += wire;
    this.#flags[way]! |= flags;
    if ((flags & RST) !== 0) this.#reset ??= way;
    if (this.#streams) {
      const stream = this.#streams[way];
      if ((flags & SYN) !== 0) stream.begin(sequence + 1);
      if (!this.#looked || this.#analyzer) stream.push((flags & SYN) !== 0 ? sequence + 1 : sequence, payload);
    } else if (this.protocol === 'udp') this.#bytes(way, payload);
    return this.#analyzer?.said(false) ?? [];
  }

  #bytes(way: Way, piece: Buffer): void {
    if (!this.#looked) {
      const { fromPort, toPort } = this.#origin;
      this.#looked = true;
      if (DNS_PORTS.has(toPort) || DNS_PORTS.has(fromPort)) this.#analyzer = new Dns(this.protocol === 'tcp');
      else if (this.protocol === 'tcp' && way === 0 && isRequest(piece)) this.#analyzer = new Http();
      else if (this.protocol === 'tcp' && way === 0 && isTls(piece)) this.#analyzer = new Tls();
      // A server may speak first, and the client's first bytes come then; some protocols go over to TLS later.
      else if (this.protocol === 'tcp' && way === 1) this.#looked = false;
    }
    this.#analyzer?.take(way, piece, this.last);
  }

  /** Everything that is left to be said, and the connection itself. */
  end(): Record<string, unknown>[] {
    for (const stream of this.#streams ?? []) stream.flush();
    const said = this.#analyzer?.said(true) ?? [];
    return [...said.map((each) => this.record(each)), this.#connection()];
  }

  /** A record of the flow's, with what all of its records have. */
  record({ log, time, fields }: Said): Record<string, unknown> {
    const { from, to, fromPort, toPort } = this.#origin;
    const ends = { 'id.orig_h': from, 'id.orig_p': fromPort, 'id.resp_h': to, 'id.resp_p': toPort };
    const proto = log === 'http' || log === 'ssl' || log === 'x509' ? {} : { proto: this.protocol };
    return { _path: log, ts: seconds(time), uid: this.uid, ...ends, ...proto, ...fields };
  }

  #connection(): Record<string, unknown> {
    const [sent, got] = this.#payload;
    const { from, to, fromPort, toPort } = this.#origin;
    return {
      _path: 'conn',
      ts: seconds(this.#first),
      uid: this.uid,
      'id.orig_h': from,
      'id.orig_p': fromPort,
      'id.resp_h': to,
      'id.resp_p': toPort,
      proto: this.protocol,
      ...(this.#analyzer ? { service: this.#analyzer.service } : {}),
      duration: Math.round(Math.max(0, this.last - this.#first) * 1000) / 1e6,
      orig_bytes: sent,
      resp_bytes: got,
      conn_state: this.#state(),
      orig_pkts: this.#packets[0],
      orig_ip_bytes: this.#wire[0],
      resp_pkts: this.#packets[1],
      resp_ip_bytes: this.#wire[1],
    };
  }

  /** As in Zeek's log: https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html */
  #state(): string {
    const [there, back] = this.#flags as [number, number];
    if (this.protocol !== 'tcp') return this.#packets[1]! > 0 ? 'SF' : 'S0';
    if ((there & SYN) === 0) return 'OTH';
    if ((back & SYN) === 0) return this.#reset === 1 ? 'REJ' : this.#reset === 0 ? 'RSTOS0' : 'S0';
    if (this.#reset !== null) return this.#reset === 0 ? 'RSTO' : 'RSTR';
    const [orig, resp] = [there & FIN, back & FIN];
    return orig && resp ? 'SF' : orig ? 'S2' : resp ? 'S3' : 'S1';
  }
}

/** Epoch seconds, to the microsecond. */
const seconds = (time: number): number => Math.round(time * 1000) / 1e6;
