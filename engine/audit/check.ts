import type { ChainEntry } from '../store/chains.js';
import { GENESIS, hashOf } from './chain.js';

/** Something that is not as it was written, and where. */
export interface Fault {
  chain: string;
  /** Number of the entry. */
  at: number;
  kind: 'changed' | 'missing' | 'cut off' | 'inserted' | 'out of order' | 'replaced';
  text: string;
}

type Entry = Omit<ChainEntry, '_id'>;
const MOST_FAULTS = 200;

/**
 * Walks along a chain and finds what was changed, taken out, put in, moved or cut off, and where. Give it every entry as it stands, then
 * the end that the chain is said to have.
 * @param chain its name; with the tenant, part of what every entry's hash is of
 */
export class ChainCheck {
  readonly faults: Fault[] = [];
  private expected = 1;
  private last = GENESIS;
  private count = 0;
  /** Whether the entry before is known to be another one: then what follows it cannot be held against it. */
  private loose = false;

  constructor(
    private readonly tenant: string,
    private readonly chain: string,
    /** Number and hash of the last entry. */
    private readonly end: { seq: number; hash: string },
  ) {}

  private say(at: number, kind: Fault['kind'], text: string): void {
    if (this.faults.length < MOST_FAULTS)
      this.faults.push({ chain: this.chain, at, kind, text: `${this.chain}: ${text}` });
  }

  /** The next entry, as it stands. */
  add(entry: Entry): void {
    this.count++;
    const { seq } = entry;
    if (!this.belongs(entry)) return;
    if (seq > this.expected) {
      const last = seq - 1;
      const which = last === this.expected ? `entry ${last} is` : `entries ${this.expected} to ${last} are`;
      this.say(this.expected, 'missing', `${which} missing`);
    }
    const isLinked = seq === this.expected && !this.loose;
    this.expected = seq + 1;
    this.loose = false;
    if (hashOf(entry) !== entry.hash) this.say(seq, ...this.changed(entry));
    else if (isLinked && entry.prev !== this.last)
      this.say(seq, 'replaced', `entry ${seq} does not follow the one before it: one of them was written anew`);
    // What stands in the entry, not what it would have to be: so one that was changed is named, and not those after it.
    this.last = entry.hash;
  }

  /** Whether an entry can stand here at all; says so when not. */
  private belongs({ tenant, chain, seq }: Entry): boolean {
    const { end, expected } = this;
    if (tenant !== this.tenant || chain !== this.chain)
      this.say(seq, 'inserted', `entry ${seq} is of another record and was put in here`);
    else if (seq > end.seq) this.say(seq, 'inserted', `entry ${seq} was put in after the end, ${end.seq}`);
    else if (seq === expected - 1) this.say(seq, 'inserted', `entry ${seq} is there twice: one was put in`);
    else if (seq < expected) this.say(seq, 'out of order', `entry ${seq} stands after entry ${expected - 1}`);
    else return true;
    return false;
  }

  /** Whether an entry is another one's that was moved here, or has other content. */
  private changed(entry: Entry): [Fault['kind'], string] {
    const { seq } = entry;
    if (this.faults.length < 20)
      for (let other = 1; other <= Math.min(this.end.seq, 100_000); other++)
        if (other !== seq && hashOf({ ...entry, seq: other }) === entry.hash) {
          this.loose = true;
          return ['out of order', `what stands as entry ${seq} was written as entry ${other}`];
        }
    return ['changed', `entry ${seq} was changed`];
  }

  /** @returns all that was found */
  finish(): Fault[] {
    const { seq, hash } = this.end;
    if (this.expected <= seq) {
      const from = this.expected;
      this.say(from, 'cut off', `it ends after entry ${from - 1}, and had ${seq}`);
    } else if (seq > 0 && this.last !== hash && this.faults.length === 0)
      this.say(seq, 'replaced', `entry ${seq} is not the one that the record ended with`);
    return this.faults;
  }

  get entries(): number {
    return this.count;
  }
}
