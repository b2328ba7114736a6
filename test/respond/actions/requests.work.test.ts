import { describe, expect, it } from 'vitest';
import { approve, askUndo, propose, refuse } from '../../../engine/respond/actions/requests.js';
import { actionOf } from '../../../engine/respond/actions/save.js';
import { workOn } from '../../../engine/respond/actions/work.js';
import { caseOf } from '../../../engine/respond/case/join.js';
import { openCase } from '../../../engine/respond/case/open.js';
import { random as seeded } from '../../support/random.js';
import { codeOf, requestWorlds } from './requests.world.js';
import { by, isolate, Machine, world } from './world.js';

const { store, queues, asked, schedule } = await requestWorlds();

describe('when things go wrong', () => {
  async function approved(machine: Machine, more = {}) {
    const w = await world(store, queues, [machine.carrier]);
    const { number, digest } = await asked(w, more);
    await approve(w.parts, w.people.bo, 'b', number, digest);
    return { w, number };
  }

  it('a connector that hangs is left behind, and what the world looks like decides', async () => {
    const hangs = new Machine();
    hangs.mood = 'hangs';
    const one = await approved(hangs);
    await one.w.work(one.number);
    expect(await actionOf(one.w.acme, one.number)).toMatchObject({ state: 'failed', effect: 'absent' });
    const late = new Machine();
    late.mood = 'late';
    const two = await approved(late);
    await two.w.work(two.number);
    expect(await actionOf(two.w.acme, two.number)).toMatchObject({ state: 'done', effect: 'holds' });
  });

  it('an answer that is lost is found out afterwards, and nothing is repeated', async () => {
    const machine = new Machine();
    machine.mood = 'breaks after';
    const { w, number } = await approved(machine);
    await w.work(number);
    expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done', effect: 'holds' });
    expect(machine.runs).toHaveLength(1);
  });

  it('what cannot be found out is said, looked for again, and can be taken back', async () => {
    const machine = new Machine();
    const { w, number } = await approved(machine);
    machine.mood = 'breaks after';
    const work = machine.work;
    let dead = false;
    const carrier = {
      ...machine.carrier,
      works: {
        'isolate-host': {
          ...work,
          run: async (job: Parameters<typeof work.run>[0]) => {
            dead = true;
            return work.run(job);
          },
          verify: async (job: Parameters<typeof work.verify>[0]) => (dead ? ('unknown' as const) : work.verify(job)),
        },
      },
    };
    w.working.carriers = [carrier];
    await workOn(w.working, w.acme.id, number);
    expect(await actionOf(w.acme, number)).toMatchObject({ state: 'failed', effect: 'unknown' });
    dead = false;
    await workOn(w.working, w.acme.id, number);
    expect((await actionOf(w.acme, number)).state).toBe('failed');
    w.now += 61_000;
    await workOn(w.working, w.acme.id, number);
    expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done', effect: 'holds' });
    expect(machine.runs).toHaveLength(1);
  });

  it.each([
    ['it had happened', true, true, 1, 'done'],
    ['it had not happened and may be repeated', false, true, 1, 'done'],
    ['it had not happened and may not be repeated', false, false, 0, 'failed'],
  ])('a worker that died in mid-run: %s', async (_title, happened, repeatable, runs, state) => {
    const machine = new Machine(repeatable);
    const { w, number } = await approved(machine);
    // The worker claimed it and was killed.
    await w.acme.actions.update(
      { number },
      {
        $set: { state: 'running', claim: { token: 'dead', at: w.now, until: w.now + 60_000 }, attempts: 1 },
        $inc: { revision: 1 },
      },
    );
    if (happened) {
      machine.isolated.add('ws01');
      machine.runs.push('by the dead');
    }
    expect(await w.work(number)).toBe('busy');
    w.now += 60_001;
    await Promise.all([w.work(number), w.work(number)]);
    expect((await actionOf(w.acme, number)).state).toBe(state);
    expect(machine.runs).toHaveLength(runs);
  });

  it('arguments that were changed while it ran, or before it is taken back, are never used', async () => {
    const machine = new Machine();
    const { w, number } = await approved(machine);
    const args = { host: 'dc01' };
    const claim = { token: 'dead', at: w.now, until: w.now + 60_000 };
    await w.acme.actions.update(
      { number },
      { $set: { state: 'running', claim, attempts: 1, args }, $inc: { revision: 1 } },
    );
    w.now += 60_001;
    await w.work(number);
    expect(await actionOf(w.acme, number)).toMatchObject({ state: 'failed', error: { code: 'MDR_ACTION_STATE' } });
    w.now += 3_600_000;
    await w.work(number);
    const other = await approved(machine, { args: { host: 'ws02', expires: '1h' } });
    await other.w.work(other.number);
    await other.w.acme.actions.update({ number: other.number }, { $set: { args }, $inc: { revision: 1 } });
    other.w.now += 2 * 3_600_000;
    await schedule(other.w);
    await other.w.work(other.number);
    expect(await actionOf(other.w.acme, other.number)).toMatchObject({ state: 'failed', effect: 'unknown' });
    expect([machine.runs, machine.undos]).toEqual([['{"host":"ws02"}'], []]);
  });

  it('a clock that jumps back does not hold a claim for ever', async () => {
    const machine = new Machine();
    const { w, number } = await approved(machine);
    const claim = { token: 'dead', at: w.now + 9e8, until: w.now + 1e9 };
    await w.acme.actions.update({ number }, { $set: { state: 'running', claim, attempts: 1 }, $inc: { revision: 1 } });
    await w.work(number);
    expect((await actionOf(w.acme, number)).state).toBe('done');
  });
});

describe('taking back', () => {
  it('at expiry, by itself, also after nothing ran for a day; and a failing undo is tried again', async () => {
    const machine = new Machine();
    const w = await world(store, queues, [machine.carrier]);
    const { number, digest } = await asked(w, { args: { host: 'ws01', expires: '4h' } });
    await approve(w.parts, w.people.bo, 'b', number, digest);
    await w.work(number);
    await schedule(w);
    await w.work(number);
    expect(machine.isolated.has('ws01')).toBe(true);
    w.now += 30 * 3_600_000;
    machine.mood = 'refuses';
    await schedule(w);
    await w.work(number);
    expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done', undoFailures: 1, error: { message: 'no' } });
    machine.mood = 'well';
    w.now += 61_000;
    await schedule(w);
    await w.work(number);
    expect(await actionOf(w.acme, number)).toMatchObject({ state: 'undone', effect: 'absent' });
    expect(machine.isolated.has('ws01')).toBe(false);
  });

  it('by a person needs somebody else where it is dangerous itself; what was so before stays so', async () => {
    const machine = new Machine();
    machine.isolated.add('ws01');
    const w = await world(store, queues, [machine.carrier]);
    for (const host of ['ws01', 'ws02']) {
      const { number, digest } = await asked(w, { args: { host } });
      await approve(w.parts, w.people.bo, 'b', number, digest);
      await w.work(number);
      const back = await askUndo(w.parts, by(w.people.bo), 'u', number, 'false alarm');
      expect(back.record.state).toBe('done');
      expect(await codeOf(approve(w.parts, w.people.bo, 'x', number, back.record.undo!.digest))).toBe('MDR_FORBIDDEN');
      expect(await codeOf(approve(w.parts, w.people.cy, 'x', number, digest))).toBe('MDR_ACTION_STATE');
      await approve(w.parts, w.people.cy, 'c', number, back.record.undo!.digest);
      await Promise.all([w.work(number), w.work(number)]);
      expect((await actionOf(w.acme, number)).state).toBe('undone');
    }
    expect([...machine.isolated]).toEqual(['ws01']);
    expect(machine.undos).toEqual(['ws02']);
    expect(machine.runs).toHaveLength(1);
  });
});

describe('on a case', () => {
  it('every change of an action stands on the timeline, once', async () => {
    const machine = new Machine();
    const w = await world(store, queues, [machine.carrier]);
    const asking = { by: by(w.people.ana), clock: () => w.now, request: 'open' };
    const opening = {
      title: 'Beacon',
      type: 'intrusion',
      severity: 'high',
      priority: 'P2',
      lead: by(w.people.ana),
      reason: '',
    } as const;
    const { record: opened } = await openCase(w.acme, asking, opening);
    const { number, digest } = await asked(w, { case: opened.number });
    await approve(w.parts, w.people.bo, 'b', number, digest);
    await w.work(number);
    await schedule(w);
    await schedule(w);
    const told = (await caseOf(w.acme, opened.number)).log.filter(({ kind }) => kind === 'action');
    expect(told.map(({ actorName, text }) => `${actorName}: ${text}`)).toEqual([
      `ana: Action ${number}: isolate-host asked for isolate-host (host ws01)`,
      `bo: Action ${number}: isolate-host approved`,
      `mdr: Action ${number}: isolate-host begun: ws01 is cut off`,
      `mdr: Action ${number}: isolate-host done`,
    ]);
  });
});

describe('in any order', () => {
  it('an action never runs twice, never without its approvals, never with other arguments', async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const random = seeded(seed).next;
      const machine = new Machine();
      const w = await world(store, queues, [machine.carrier]);
      const host = random() < 0.5 ? 'ws01' : `${w.acme.id}-vault`;
      const { record } = await propose(w.parts, by(w.people.ana), 'p', isolate(host));
      const { number, digest, needs } = record;
      const removed = random() < 0.3;
      const tampered = random() < 0.2;
      const steps: (() => Promise<unknown>)[] = [];
      for (const who of ['ana', 'bo', 'cy', 'vic', 'cus', 'bo', 'cy'] as const)
        if (random() < 0.8)
          steps.push(() => approve(w.parts, w.people[who], `click-${who}`, number, random() < 0.9 ? digest : 'other'));
      if (random() < 0.3) steps.push(() => refuse(w.parts, w.people.cy, 'no', number, 'no', digest));
      if (removed) steps.push(() => store.people.updateOne({ _id: w.people.bo._id }, { $set: { grants: [] } }));
      if (tampered)
        steps.push(() =>
          w.acme.actions.update({ number }, { $set: { args: { host: 'dc01' } }, $inc: { revision: 1 } }),
        );
      for (let i = 0; i < 6; i++) steps.push(() => w.work(number));
      for (let i = steps.length - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [steps[i], steps[j]] = [steps[j]!, steps[i]!];
      }
      while (steps.length > 0)
        await Promise.allSettled(steps.splice(0, 1 + Math.floor(random() * 4)).map((step) => step()));
      await w.work(number);
      const after = await actionOf(w.acme, number);
      const context = `seed ${seed}: ${JSON.stringify(after.log.map(({ text }) => text))}`;
      expect(machine.runs.length, context).toBeLessThanOrEqual(1);
      if (machine.runs.length === 1) {
        expect(machine.runs[0], context).toBe(JSON.stringify({ host }));
        const agreed = new Set(after.approvals.filter(({ digest: seen }) => seen === digest).map(({ id }) => id));
        for (const id of [w.people.ana._id, w.people.vic._id, w.people.cus._id])
          expect(agreed.has(id), context).toBe(false);
        expect(agreed.size, context).toBeGreaterThanOrEqual(needs.quorum);
      }
    }
  });
});
