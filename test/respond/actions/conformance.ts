import { expect, it } from 'vitest';
import type { Carriers } from '../../../engine/respond/actions/registry.js';
import { approve, askUndo, checkAction, propose } from '../../../engine/respond/actions/requests.js';
import { actionOf } from '../../../engine/respond/actions/save.js';
import type { Carrier, Job, Work } from '../../../engine/respond/actions/types.js';
import { workOn } from '../../../engine/respond/actions/work.js';
import { by, type World } from './world.js';

export interface Subject {
  w: World;
  carrier: Carrier;
  action: string;
  args: Record<string, string>;
  /** What the other side has, read without the connector. */
  state(): Promise<unknown>;
  /** Whether `verify` can see what was done. */
  isVisible?: boolean;
}

let asks = 0;

/** What every action of every connector keeps to. @param subject a fresh one for each test */
export function conforms(name: string, subject: () => Promise<Subject>): void {
  const wrapped = (carrier: Carrier, action: string, more: (work: Work) => Partial<Work>): Carriers => {
    const work = carrier.works[action]!;
    return [{ ...carrier, works: { ...carrier.works, [action]: { ...work, ...more(work) } } }];
  };
  async function approved({ w, action, args, carrier }: Subject) {
    const asking = { action, args, reason: 'test', case: null, via: carrier.name };
    const { number, digest, state } = (await propose(w.parts, by(w.people.ana), `c${++asks}`, asking)).record;
    if (state === 'proposed') {
      await approve(w.parts, w.people.bo, 'b', number, digest);
      await approve(w.parts, w.people.cy, 'c', number, digest).catch(() => {});
    }
    return number;
  }

  it(`${name}: a dry run says what would happen and changes nothing`, async () => {
    const one = await subject();
    const before = await one.state();
    const { says } = await checkAction(one.w.parts, { ...one, reason: 'test', case: null, via: one.carrier.name });
    expect(says.length).toBeGreaterThan(5);
    expect(await one.state()).toEqual(before);
    expect(await one.w.acme.actions.count()).toBe(0);
  });

  it(`${name}: runs, is seen, again changes nothing, is taken back, and all of it is on record`, async () => {
    const one = await subject();
    const { w, carrier, action } = one;
    const before = await one.state();
    const number = await approved(one);
    await Promise.all([w.work(number), w.work(number)]);
    const done = await actionOf(w.acme, number);
    expect(done, JSON.stringify(done.error)).toMatchObject({ state: 'done', effect: 'holds', already: false });
    const after = await one.state();
    expect(after).not.toEqual(before);
    const work = carrier.works[action]!;
    const job: Job = { ...w.parts, record: done, signal: new AbortController().signal };
    if (work.isRepeatable) {
      await work.run(job);
      expect(await one.state()).toEqual(after);
    }
    if (work.undo) {
      const { record } = await askUndo(w.parts, by(w.people.ana), 'u', number, 'test');
      if (record.undo && record.state === 'done') {
        await approve(w.parts, w.people.bo, 'ub', number, record.undo.digest);
        await approve(w.parts, w.people.cy, 'uc', number, record.undo.digest).catch(() => {});
      }
      await w.work(number);
      const back = await actionOf(w.acme, number);
      expect(back, JSON.stringify(back.error)).toMatchObject({ state: 'undone', effect: 'absent' });
      expect(await one.state()).toEqual(before);
      // A second time it may be refused; it changes nothing.
      await work.undo(job).catch(() => {});
      expect(await one.state()).toEqual(before);
    } else {
      await expect(askUndo(w.parts, by(w.people.ana), 'u', number, 'test')).rejects.toThrow(/cannot be taken back/);
    }
    const { log } = await actionOf(w.acme, number);
    expect(log[0]).toMatchObject({ actor: w.people.ana._id, reason: 'test' });
    expect(log.map(({ at }) => at)).toEqual(log.map(({ at }) => at).toSorted((a, b) => a - b));
    expect(new Set(log.map(({ id }) => id)).size).toBe(log.length);
  });

  it(`${name}: that hangs is left behind, and nothing is said to be done`, async () => {
    const one = await subject();
    const before = await one.state();
    const number = await approved(one);
    const carriers = wrapped(one.carrier, one.action, () => ({ timeoutMs: 2000, run: () => new Promise(() => {}) }));
    await workOn({ ...one.w.working, carriers }, one.w.acme.id, number);
    const { state, effect, claim } = await actionOf(one.w.acme, number);
    expect({ state, effect, claim }).toEqual({
      state: 'failed',
      claim: null,
      effect: one.isVisible === false ? 'unknown' : 'absent',
    });
    expect(await one.state()).toEqual(before);
  });

  it(`${name}: whose answer is lost is found out, and not repeated`, async () => {
    const one = await subject();
    const number = await approved(one);
    let runs = 0;
    const carriers = wrapped(one.carrier, one.action, (work) => ({
      run: async (job) => {
        runs += 1;
        await work.run(job);
        throw new Error('connection reset');
      },
    }));
    for (let i = 0; i < 3; i++) await workOn({ ...one.w.working, carriers }, one.w.acme.id, number);
    const { state, effect } = await actionOf(one.w.acme, number);
    expect([state, effect]).toEqual(one.isVisible === false ? ['failed', 'unknown'] : ['done', 'holds']);
    expect(runs).toBe(1);
  });
}
