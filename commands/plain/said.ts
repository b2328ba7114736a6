import { isFill } from '../words/fill.js';
import type { Entity, EntityKind } from './types.js';

/** What somebody said, with what was recognised in it. Whatever a command does not take stays in `left`. */
export class Said {
  private readonly taken = new Set<Entity>();

  /**
   * @param words the sentence's words in lower case
   * @param thread number of the alert in whose thread it was said
   */
  constructor(
    readonly words: readonly string[],
    readonly entities: readonly Entity[],
    private readonly thread: number | null,
    /** Names of all commands. */
    readonly commands: readonly string[] = [],
  ) {}

  /** The one of this kind; null when there is none, or several. */
  one(kind: EntityKind): string | null {
    const found = this.entities.filter((entity) => entity.kind === kind);
    const values = new Set(found.map(({ value }) => value));
    if (values.size !== 1) return null;
    for (const entity of found) this.taken.add(entity);
    return found[0]!.value;
  }

  all(...kinds: EntityKind[]): Entity[] {
    const found = this.entities.filter(({ kind }) => kinds.includes(kind));
    for (const entity of found) this.taken.add(entity);
    return found;
  }

  /** The one alert that was named; where none was, the thread's. */
  alert(): string | null {
    if (!this.has('alert') && !this.has('case')) return this.thread === null ? null : String(this.thread);
    return this.one('alert');
  }

  /** `['since', 'yesterday', 'until', 'today']`; empty without a time. */
  period(): string[] {
    const since = this.one('period');
    if (since === null) return [];
    const until = this.entities.find(({ kind }) => kind === 'period')?.until;
    return ['since', since, ...(until === undefined ? [] : ['until', until])];
  }

  has(kind: EntityKind): boolean {
    return this.entities.some((entity) => entity.kind === kind);
  }

  /** The words after the first of these, without those that only hold a sentence together; empty when none of them was said. */
  after(...cues: string[]): string[] {
    const at = this.words.findIndex((word) => cues.includes(word));
    return at < 0 ? [] : this.words.slice(at + 1).filter((word) => !isFill(word));
  }

  /** All that was said after a word, as it was said; what was recognised in it is its. Null when there is nothing. */
  rest(word: string): string | null {
    const at = this.words.indexOf(word);
    if (at < 0 || at + 1 >= this.words.length) return null;
    for (const entity of this.entities) if (entity.from > at) this.taken.add(entity);
    return this.words.slice(at + 1).join(' ');
  }

  /** Whether these words were said, one after the other. */
  matches(pattern: RegExp): boolean {
    return pattern.test(` ${this.words.join(' ')} `);
  }

  /** Whether one of these words was said. */
  says(...words: string[]): boolean {
    return words.some((word) => this.words.includes(word));
  }

  /** What was recognised and is not taken. */
  left(): Entity[] {
    return this.entities.filter((entity) => !this.taken.has(entity));
  }
}
