/** Something in an event log file that is not as it must be: what, for a person to read. */
export class Fault extends Error {}

/**
 * What may be spent on a record, or on a chunk: a template that names itself, or repeats a long value a thousand times, ends here
 * instead of filling the memory.
 */
export class Budget {
  constructor(
    private steps: number,
    private characters: number,
    private readonly parent?: Budget,
  ) {}

  /** @throws Fault when there is nothing left */
  spend(steps: number, characters = 0): void {
    this.steps -= steps;
    this.characters -= characters;
    if (this.steps < 0 || this.characters < 0) throw new Fault('it unfolds to more than a record may hold');
    this.parent?.spend(steps, characters);
  }

  get spent(): boolean {
    return this.steps < 0 || this.characters < 0;
  }
}
