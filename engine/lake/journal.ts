import { join } from 'node:path';
import { Landed } from './landed.js';
import type { Places } from './places.js';

/** One Parquet file that counts. */
export interface LakeFile {
  /** Below the tenant's `events` folder. */
  path: string;
  rows: number;
  bytes: number;
  /** Times of the earliest and the latest event, epoch ms. */
  from: number;
  until: number;
  /** null: events of several datasets, or of several days. */
  dataset: string | null;
  day: string | null;
  /** When the latest of its events came into the lake, epoch ms. */
  landed: number;
}

/** One change of the lake. It happens as a whole when its file appears in the journal. */
export interface Entry {
  /** Epoch ms. */
  at: number;
  add: LakeFile[];
  remove: string[];
  /** Batches whose events are in what was added. */
  batches: string[];
}

/** Which files count, after entry `seq`. */
export interface State {
  readonly seq: number;
  readonly files: ReadonlyMap<string, LakeFile>;
}

/** Every so many entries the state is written down, so that readers start there. */
const CHECKPOINT_EVERY = 64;
/** Entries stay so long after a checkpoint; files that were removed stay as long, because queries may be reading them. */
export const GRACE_MS = 15 * 60_000;

const ENTRY = /^(\d{12})\.json$/;
const CHECKPOINT = /^(\d{12})\.state\.json$/;
const name = (seq: number, end: string) => `${String(seq).padStart(12, '0')}${end}`;

/**
 * One tenant's journal: numbered entries, each a file that appears whole and is never changed. Whoever writes the next number first has
 * changed the lake; whoever comes second looks again. So a process can be killed at any moment and several can work at once, without a lock.
 */
export class Journal {
  #seq = 0;
  #files = new Map<string, LakeFile>();
  #landed: Landed | null = null;

  constructor(private readonly places: Places) {}

  /** The lake as it is now. What was returned before does not change. */
  async read(): Promise<State> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.#read();
      } catch (error) {
        // Somebody made a checkpoint meanwhile and cleared away what was listed before it.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries >= 5) throw error;
      }
    }
  }

  async #read(): Promise<State> {
    const names = await this.places.storage.names(this.places.journal);
    const files = new Map(this.#files);
    let seq = this.#seq;
    const checkpoint = latest(names, CHECKPOINT);
    if (checkpoint > seq) {
      files.clear();
      for (const file of (await this.#json<{ files: LakeFile[] }>(name(checkpoint, '.state.json'))).files)
        files.set(file.path, file);
      seq = checkpoint;
    }
    for (const each of names) {
      const number = Number(ENTRY.exec(each)?.[1] ?? 0);
      if (number !== seq + 1) continue;
      const entry = await this.#json<Entry>(each);
      for (const path of entry.remove) files.delete(path);
      for (const file of entry.add) files.set(file.path, file);
      this.#landed?.note(number, entry.batches);
      seq = number;
    }
    this.#seq = seq;
    this.#files = files;
    await this.#landed?.refresh();
    return { seq, files };
  }

  /** Which batches have landed within the last days; asked for by those who land some. */
  async landed(): Promise<Landed> {
    if (!this.#landed) {
      this.#landed = new Landed(this.places);
      // From the last checkpoint on, entries tell.
      this.#seq = 0;
      this.#files = new Map();
      await this.read();
    }
    return this.#landed;
  }

  /**
   * Change the lake.
   * @param decide gets the lake as it is, every time somebody else was quicker; null: the change has become wrong, leave it
   * @returns whether it was made
   */
  async commit(decide: (state: State) => Entry | null): Promise<boolean> {
    while (true) {
      const state = await this.read();
      const entry = decide(state);
      if (!entry) return false;
      // Long stopped, this process may have lost its files to whoever tidied up.
      for (const { path } of entry.add)
        if (!(await this.places.storage.entry(join(this.places.events, path)))) throw new Error(`${path} is gone`);
      const seq = state.seq + 1;
      const path = join(this.places.journal, name(seq, '.json'));
      if (!(await this.places.storage.putNew(path, JSON.stringify(entry)))) continue;
      if (seq % CHECKPOINT_EVERY === 0) await this.#checkpoint(entry.at);
      return true;
    }
  }

  /** Paths that were removed so lately that queries may still read them. */
  async removedSince(time: number): Promise<Set<string>> {
    const paths = new Set<string>();
    for (const each of await this.places.storage.names(this.places.journal)) {
      if (!ENTRY.test(each)) continue;
      const entry = await this.#json<Entry>(each);
      if (entry.at >= time) for (const path of entry.remove) paths.add(path);
    }
    return paths;
  }

  async #json<T>(file: string): Promise<T> {
    return JSON.parse(String(await this.places.storage.read(join(this.places.journal, file)))) as T;
  }

  async #checkpoint(now: number): Promise<void> {
    const { journal, storage } = this.places;
    const { files, seq } = await this.read();
    const names = await storage.names(journal);
    // Not always the last multiple: whoever should have made that checkpoint may have been killed.
    const before = latest(names, CHECKPOINT);
    const batches: string[] = [];
    const past: string[] = [];
    for (const file of names) {
      const number = Number(ENTRY.exec(file)?.[1] ?? 0);
      if (number === 0 || number > seq) continue;
      const entry = await this.#json<Entry>(file);
      if (number > before) batches.push(...entry.batches);
      else if (entry.at < now - GRACE_MS) past.push(file);
    }
    // The batches first: who starts at this checkpoint must find them.
    await new Landed(this.places).keep(seq, batches, now);
    await storage.replace(join(journal, name(seq, '.state.json')), JSON.stringify({ files: [...files.values()] }));
    const old = names.filter((file) => CHECKPOINT.test(file)).slice(0, -1);
    for (const file of [...past, ...old]) await storage.drop(join(journal, file));
  }
}

const latest = (names: readonly string[], pattern: RegExp): number =>
  Math.max(0, ...names.map((each) => Number(pattern.exec(each)?.[1] ?? 0)));
