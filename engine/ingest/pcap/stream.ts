/** Pieces that may wait for one that is missing, of one way of a flow. */
const MAX_WAITING = 32;

/**
 * Puts TCP's bytes in order: what comes twice is dropped, what comes early waits. Where a piece stays away (the capture has lost it),
 * it is passed over, once too many wait behind it.
 */
export class Stream {
  #next: number | null = null;
  readonly #waiting: { sequence: number; piece: Buffer }[] = [];
  /** Bytes that wait. */
  held = 0;

  constructor(private readonly deliver: (piece: Buffer) => void) {}

  /** Its first byte has this number. */
  begin(sequence: number): void {
    this.#next ??= sequence >>> 0;
  }

  push(sequence: number, piece: Buffer): void {
    if (piece.length === 0) return;
    this.begin(sequence);
    if (this.#ahead(sequence) <= 0) {
      this.#take(sequence, piece);
      this.#drain();
      return;
    }
    if (this.#waiting.length < MAX_WAITING) {
      // The packet's memory is its chunk's: only what waits is copied.
      this.#waiting.push({ sequence, piece: Buffer.from(piece) });
      this.held += piece.length;
      this.#waiting.sort((a, b) => this.#ahead(a.sequence) - this.#ahead(b.sequence));
      return;
    }
    this.flush();
    this.#next = sequence;
    this.#take(sequence, piece);
  }

  /** Nothing more comes: hand on what waits. */
  flush(): void {
    while (this.#waiting.length > 0) {
      this.#next = this.#waiting[0]!.sequence;
      this.#drain();
    }
  }

  /** How far ahead of what is next; below 0: behind it. Numbers go round. */
  #ahead(sequence: number): number {
    return (sequence - this.#next!) | 0;
  }

  #take(sequence: number, piece: Buffer): void {
    const known = -this.#ahead(sequence);
    if (known >= piece.length) return;
    this.#next = (sequence + piece.length) >>> 0;
    this.deliver(known > 0 ? piece.subarray(known) : piece);
  }

  #drain(): void {
    while (this.#waiting.length > 0 && this.#ahead(this.#waiting[0]!.sequence) <= 0) {
      const { sequence, piece } = this.#waiting.shift()!;
      this.held -= piece.length;
      this.#take(sequence, piece);
    }
  }
}
