import type { FileHandle } from 'node:fs/promises';
import { readBatches } from '../files.js';
import { hashOf, type LastRecord } from './places.js';

const NUMBER = /"EventRecordID":(\d{1,15})\b/;

function numberOf(line: string): number {
  return Number(NUMBER.exec(line)?.[1] ?? 0);
}

/**
 * Which records of an event log are new. The same log comes again and again, copied over by a schedule, with more records each time;
 * Windows numbers them.
 */
export class EventLogRecords {
  #last: LastRecord | undefined;

  /** @param before records up to this number have been read; 0: none */
  private constructor(private readonly before: number) {}

  /**
   * @param last the newest record that was read under this name: when the file still holds it, what is older is not read again; when
   * it does not, the log was cleared or is another, and everything in it is new
   */
  static async of(path: string, handle: FileHandle, last: LastRecord | undefined): Promise<EventLogRecords> {
    if (!last) return new EventLogRecords(0);
    let found = false;
    // To its end in any case: a stream given up halfway would close the file.
    for await (const batch of readBatches(path, handle))
      for (const item of batch)
        if (!found && 'line' in item && numberOf(item.line) === last.id)
          found = hashOf(Buffer.from(item.line)) === last.hash;
    return new EventLogRecords(found ? last.id : 0);
  }

  isNew = (line: string): boolean => {
    const id = numberOf(line);
    if (id > (this.#last?.id ?? 0)) this.#last = { id, hash: hashOf(Buffer.from(line)) };
    return id === 0 || id > this.before;
  };

  get last(): LastRecord | undefined {
    return this.#last;
  }
}
