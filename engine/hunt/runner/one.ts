import type { Finding, HuntFields, Known, Model, Seen } from '../models/types.js';
import { forget, shrink } from './forget.js';
import { HIGH } from './found.js';
import { MAX_STATE, packState } from './keep.js';
import { BINS, DAYS_KEPT, type DayFigures, type ModelRecord } from './types.js';

const DAY = 86_400_000;
/** Models are asked at whole quarters of an hour of event time, at most. */
export const GRID = 15 * 60_000;
/** Most that one model says of one day; of what it scores high, and of what is then kept as low. */
const MOST_A_DAY = 20;
const MOST_HIGH = 60;
const MOST_LOW = 500;
/** Findings are the same for so long; and at most so many are remembered. */
const SAID_DAYS = 35;
const MOST_SAID = 2000;
/** A state larger than this (compressed) is not asked for all of its scores. */
const MOST_SCORED = 2 * 1024 * 1024;
const KEEPS = 90;
const SHRINKS = 4;

const order = (a: Finding, b: Finding): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

export const gridOf = (time: number): number => Math.floor(time / GRID) * GRID;

/** One model at one tenant, for one stretch of event time. What goes wrong in it is its own fault, and stops no other. */
export class Running {
  readonly fresh: Finding[] = [];
  /** Those beyond the most of a day: they are kept, and open nothing by themselves. */
  readonly low = new Set<Finding>();
  fault: Error | null = null;
  ms = 0;
  taken = 0;

  constructor(
    readonly model: Model,
    readonly record: ModelRecord,
    private state: unknown,
    private readonly how: { known: Known; off: boolean; every: number },
  ) {}

  private guard(work: () => void): void {
    if (this.fault) return;
    const began = performance.now();
    try {
      work();
    } catch (error) {
      this.fault = error as Error;
    }
    this.ms += performance.now() - began;
  }

  /** Take in events of one quarter of an hour, in order. */
  take(events: readonly Seen[]): void {
    if (events.length === 0) return;
    this.guard(() => {
      const { record, model } = this;
      const day = dayIn(record, events[0]!.time);
      for (const { ecs, time } of events) {
        const fits = note(record.fields, ecs, model.needs);
        if (!fits) continue;
        record.first = record.first === 0 ? time : Math.min(record.first, time);
        record.last = Math.max(record.last, time);
        record.events++;
        day.events++;
      }
      this.state = model.fold(this.state, events);
      record.pending = events.at(-1)!.time;
      this.taken += events.length;
    });
  }

  /** Everything before this time is taken in: ask, where that is due. */
  reach(time: number): void {
    this.guard(() => {
      const { record, how } = this;
      const due = (Math.floor(record.pending / how.every) + 1) * how.every;
      if (record.pending > 0 && due <= time) {
        record.pending = 0;
        if (!how.off) this.ask(due - 1);
      }
      const day = record.days.at(-1);
      if (day && day.scores === null && (day.day + 1) * DAY <= time && record.bytes <= MOST_SCORED) this.sample(day);
    });
  }

  private ask(now: number): void {
    const { record } = this;
    const day = dayIn(record, now);
    // The gravest first: the order of a table is an attacker's to choose, and so is what fills a day.
    const all = this.model.judge(this.state, now, this.how.known).sort((a, b) => b.score - a.score || order(a, b));
    for (const finding of all) {
      if (record.said[finding.key] !== undefined) continue;
      const isLow = day.findings >= (finding.score >= HIGH ? MOST_HIGH : MOST_A_DAY);
      // What is not kept either is looked at again with the next events, and counted then.
      if (isLow) {
        record.held++;
        if ((day.low ?? 0) >= MOST_LOW) continue;
        day.low = (day.low ?? 0) + 1;
        this.low.add(finding);
      } else {
        day.findings++;
        record.findings++;
      }
      record.said[finding.key] = finding.to;
      this.fresh.push(finding);
    }
  }

  /** How everything that it looks at is scored at the end of a day: what drift is told by. */
  private sample(day: DayFigures): void {
    const scores = new Array<number>(BINS).fill(0);
    const from = day.day * DAY;
    for (const { score, to } of this.model.judge(this.state, from + DAY - 1, { ...this.how.known, floor: 0 }))
      if (to >= from) scores[Math.min(BINS - 1, Math.floor(score * BINS))]!++;
    day.scores = scores;
  }

  /**
   * The state as it is kept: without what is old, and not too large. Changes the record.
   * @param position up to which time events are taken in
   */
  async pack(position: number): Promise<Buffer> {
    const { record, model } = this;
    if (Math.floor(position / DAY) > Math.floor(record.position / DAY)) {
      const before = position - (model.keeps ?? KEEPS) * DAY;
      forget(this.state, before);
      const said = Object.entries(record.said).filter(([, time]) => time > position - SAID_DAYS * DAY);
      record.said = Object.fromEntries(said.sort((a, b) => b[1] - a[1]).slice(0, MOST_SAID));
    }
    record.position = position;
    let packed = await packState(this.state);
    for (let tries = 0; packed.length > MAX_STATE; tries++) {
      if (tries < SHRINKS) record.shrunk += shrink(this.state);
      else this.state = model.start();
      packed = await packState(this.state);
    }
    record.bytes = packed.length;
    return packed;
  }
}

/** Note which fields an event has. @returns whether it has all that are needed */
function note(counts: Record<string, number>, ecs: HuntFields, { fields, oneOf }: Model['needs']): boolean {
  let all = true;
  for (const field of fields) if (!count(counts, ecs, field)) all = false;
  if (!oneOf) return all;
  let any = false;
  for (const field of oneOf) if (count(counts, ecs, field)) any = true;
  return all && any;
}

function count(counts: Record<string, number>, ecs: HuntFields, field: keyof HuntFields): boolean {
  if (ecs[field] === undefined) return false;
  counts[field] = (counts[field] ?? 0) + 1;
  return true;
}

function dayIn(record: ModelRecord, time: number): DayFigures {
  const day = Math.floor(time / DAY);
  let found = record.days.findLast((each) => each.day === day);
  if (!found) {
    found = { day, events: 0, findings: 0, scores: null };
    record.days.push(found);
    record.days.sort((a, b) => a.day - b.day);
    if (record.days.length > DAYS_KEPT) record.days.shift();
  }
  return found;
}
