import { Flow } from './flow.js';
import { knowsLink, segmentOf } from './frames.js';
import type { Packet } from './types.js';

/** Flows that are followed at once; beyond, the quietest one is told as it is. */
const MAX_FLOWS = 20_000;
/** Without a packet for so long, a flow is over. */
const IDLE_MS = { tcp: 5 * 60_000, udp: 60_000, icmp: 60_000 } as const;
/** Bytes that flows keep, of all together; beyond, the quietest ones are told as they are. */
const MAX_HELD = 64 * 1024 * 1024;
/** Quiet flows are looked for every so many packets. */
const LOOK = 4096;

/** Packets into records of Zeek's shape, as flows end; memory is bounded whatever comes. */
export class Flows {
  readonly #flows = new Map<string, Flow>();
  #held = 0;
  readonly #out: Record<string, unknown>[] = [];
  #packets = 0;
  #now = 0;
  /** Packets of links that are not read, by their number. */
  readonly strange = new Map<number, number>();

  take(packet: Packet): void {
    if (!knowsLink(packet.link)) {
      this.strange.set(packet.link, (this.strange.get(packet.link) ?? 0) + 1);
      return;
    }
    const segment = segmentOf(packet);
    if (!segment) return;
    this.#now = Math.max(this.#now, segment.time);
    if (++this.#packets % LOOK === 0) this.#look();
    const { from, to, fromPort, toPort, protocol } = segment;
    // What ICMP has for ports is not the same on the way back.
    const [a, b] = protocol === 'icmp' ? [from, to] : [`${from} ${fromPort}`, `${to} ${toPort}`];
    const key = a < b ? `${protocol} ${a} ${b}` : `${protocol} ${b} ${a}`;
    let flow = this.#flows.get(key);
    if (flow && (flow.isOver(segment) || segment.time - flow.last > IDLE_MS[protocol])) {
      this.#end(key, flow);
      flow = undefined;
    }
    flow ??= new Flow(segment);
    // The last in the map is the one that was heard last.
    this.#flows.delete(key);
    this.#flows.set(key, flow);
    const before = flow.held;
    for (const said of flow.take(segment)) this.#out.push(flow.record(said));
    this.#held += flow.held - before;
    if (this.#flows.size > MAX_FLOWS || this.#held > MAX_HELD) this.#relieve();
  }

  /** About how many bytes all flows keep. */
  get held(): number {
    return this.#held;
  }

  /** Many at once: finding the first of a map costs as much as was deleted before it. */
  #relieve(): void {
    let count = Math.ceil(this.#flows.size / 16);
    for (const [key, flow] of this.#flows) {
      if (count-- <= 0) return;
      this.#end(key, flow);
    }
  }

  #look(): void {
    for (const [key, flow] of this.#flows) {
      if (this.#now - flow.last <= IDLE_MS.udp) break;
      if (this.#now - flow.last > IDLE_MS[flow.protocol]) this.#end(key, flow);
    }
  }

  #end(key: string, flow: Flow): void {
    this.#flows.delete(key);
    this.#held -= flow.held;
    this.#out.push(...flow.end());
  }

  end(): void {
    for (const [key, flow] of this.#flows) this.#end(key, flow);
  }

  /** What was found since it was last asked. */
  found(): Record<string, unknown>[] {
    return this.#out.splice(0);
  }
}
