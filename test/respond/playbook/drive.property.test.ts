import { beforeAll, describe, expect, it } from 'vitest';
import type { Queues } from '../../../engine/queues.js';
import { readArgs } from '../../../engine/respond/actions/args.js';
import { approve, refuse, requestId, waitingFor } from '../../../engine/respond/actions/requests.js';
import { workOn } from '../../../engine/respond/actions/work.js';
import { faultsOf } from '../../../engine/respond/case/check.js';
import { changeCase } from '../../../engine/respond/case/save.js';
import { decide } from '../../../engine/respond/playbook/drive/decide.js';
import { drive } from '../../../engine/respond/playbook/drive/index.js';
import { partsOfKey, requestOf, wanted } from '../../../engine/respond/playbook/drive/steps.js';
import type { Effect, RunEvent } from '../../../engine/respond/playbook/run/index.js';
import type { Store, TenantStore } from '../../../engine/store/index.js';
import type { Person } from '../../../engine/store/people.js';
import { random } from '../../support/random.js';
import { testQueues, testStore } from '../../support/services.js';
import { by } from '../actions/world.js';
import { driveWorld, Killed, mortal } from './drive.world.js';
import { program } from './sample.js';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const MOVES = 60;
/** What all seeds together came to: properties of what never happens say nothing. */
const seen = { killed: 0, told: 0, undone: 0, refused: 0 };
let store: Store;
let queues: Queues;
beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
});

/** What somebody can say to an effect. */
function replies(effect: Effect, who: Person, pick: <T>(list: readonly T[]) => T): RunEvent[] {
  const step = effect.step;
  switch (effect.kind) {
    case 'task':
      return effect.choices
        ? [{ type: 'chosen', step, choice: pick(effect.choices).id, by: who._id }]
        : [
            {
              ...{ type: 'done', step, by: who._id },
              answers: Object.fromEntries(
                Object.entries(effect.answers ?? {}).map(([name, { kind }]) => [
                  name,
                  kind === 'yes-no' ? true : 'words',
                ]),
              ),
            },
          ];
    case 'approve':
      // Of actions too: whatever somebody sends, the run hears only what was agreed to as actions are.
      return effect.action === undefined
        ? [{ type: 'approved', step, attempt: effect.attempt, digest: effect.digest, by: who._id }]
        : [{ type: 'skip', step, by: who._id, why: 'no need' }];
    case 'stuck':
      return (['retry', 'skip'] as const).map((how) => ({ type: 'resolve', step, how, by: who._id }));
    default:
      return [];
  }
}

describe('whoever clicks, however often, and whoever dies', () => {
  it.each(SEEDS)(
    'no action happens twice, without its approvals, or with other arguments (%i)',
    { timeout: 120_000 },
    async (seed) => {
      const { int, pick } = random(seed);
      const d = await driveWorld(store, queues);
      const { w, machines } = d;
      const { acme } = w;
      const run = await d.begin('everything', { hosts: ['ws-1', 'ws-2'], user: 'carla' });
      const staff = [w.people.ana, w.people.bo, w.people.cy];
      const ignoring = async (work: () => Promise<unknown>) => {
        await work().catch((error) => {
          seen[error instanceof Killed ? 'killed' : 'refused'] += 1;
          // Refusals are part of it; what is no refusal is a fault.
          if (!(error instanceof Killed) && !/^MDR_/.test((error as { code?: string }).code ?? '')) throw error;
        });
      };
      const dying = (of: TenantStore) => mortal(of, 1 + int(40), int(2) === 1);
      const theStore = (of: TenantStore) => ({ ...store, forTenant: async () => of }) as Store;

      const moves: (() => Promise<unknown>)[] = [
        () => d.drive(run),
        // Two workers at once, one of which dies somewhere.
        () =>
          Promise.all([ignoring(() => d.drive(run)), ignoring(() => drive({ ...d.parts, store: dying(acme) }, run))]),
        () => drive({ ...d.parts, store: dying(acme) }, run),
        async () => {
          const { state } = await acmeRun();
          const effects = wanted(program, state);
          if (effects.length === 0) return;
          const who = pick(staff);
          const [event] = [...replies(pick(effects), who, pick)].sort(() => int(3) - 1);
          if (!event) return;
          const of = int(3) === 0 ? dying(acme) : acme;
          // A click that is delivered twice.
          for (const parts of [{ ...d.parts, store: of }, d.parts])
            await ignoring(() => decide(parts, by(who), run, () => ({ event, text: event.type })));
        },
        async () => {
          const open = (await d.theCase()).tasks.filter(({ state }) => state === 'open');
          if (open.length === 0) return;
          const to = int(6) === 0 ? 'dropped' : 'done';
          const change = { kind: 'task-state', task: pick(open).id, to, reason: '' } as const;
          await changeCase(acme, d.number, d.asking(`t${int(1e9)}`, pick(staff)), change);
        },
        async () => {
          const waiting = (await acme.actions.find()).filter((record) => waitingFor(record));
          if (waiting.length === 0) return;
          const { number, ...record } = pick(waiting);
          const { digest } = waitingFor({ number, ...record } as never)!;
          const who = pick([...staff, w.people.cus]);
          if (int(8) === 0) return refuse(w.parts, who, `r${int(1e9)}`, number, 'no', digest);
          return approve(w.parts, who, `a${int(1e9)}`, number, digest);
        },
        async () => {
          const records = await acme.actions.find({ state: { $in: ['approved', 'running', 'undoing'] } });
          if (records.length === 0) return;
          const { number } = pick(records);
          machines.mood = int(6) === 0 ? 'refuses' : 'well';
          if (int(3) > 0) return workOn(w.working, acme.id, number);
          await ignoring(() => workOn({ ...w.working, store: theStore(dying(acme)) }, acme.id, number));
          // Whoever held it is taken for dead after a while.
          w.now += 60_000;
        },
        async () => {
          w.now += pick([1000, 60_000, 4 * 60_000]);
          await d.drive(run);
        },
        async () => {
          if (int(3) > 0) return;
          const type = pick(['pause', 'resume'] as const);
          await decide(d.parts, by(w.people.ana), run, () => ({ event: { type, by: w.people.ana._id }, text: type }));
        },
      ];
      const acmeRun = async () => ({ state: await d.state(run) });
      // What leads on comes more often than what gets in the way.
      const often = [...moves, ...moves.slice(3, 4), ...moves.slice(5, 7), ...moves.slice(5, 7)];
      for (let move = 0; move < MOVES; move++) await ignoring(pick(often));
      await holds();

      // Then it is stopped, half the time going back; and in the end nothing of it is left open.
      await ignoring(() =>
        decide(d.parts, by(w.people.ana), run, () => ({ event: { type: 'resume', by: w.people.ana._id }, text: 'on' })),
      );
      const rollback = seed % 2 === 0;
      const stop = { type: 'stop', by: w.people.ana._id, why: 'enough', rollback } as const;
      await decide({ ...d.parts, store: acme }, by(w.people.ana), run, () => ({ event: stop, text: 'stopped' }));
      machines.mood = 'well';
      for (let i = 0; i < 40 && !(await acme.playbookRuns.findOne({ number: run }))!.settled; i++) {
        for (const record of await acme.actions.find()) {
          const waits = waitingFor(record);
          for (const who of waits ? [w.people.bo, w.people.cy, w.people.cus] : [])
            await ignoring(() => approve(w.parts, who, `z${i}`, record.number, waits!.digest));
        }
        await d.work(run);
        for (const effect of wanted(program, await d.state(run)))
          if (effect.kind === 'stuck')
            await decide(d.parts, by(w.people.bo), run, () => ({
              ...{ event: { type: 'resolve', step: effect.step, how: 'skip', by: w.people.bo._id }, text: 'left' },
            }));
        w.now += 60_000;
      }
      expect(await acme.playbookRuns.findOne({ number: run })).toMatchObject({ status: 'ended', settled: true });
      expect((await d.theCase()).tasks.filter(({ state }) => state === 'open')).toEqual([]);
      expect(await acme.actions.find({ state: { $in: ['proposed', 'approved', 'running'] } })).toEqual([]);
      await holds();
      seen.told += machines.told.length;
      seen.undone += machines.undone.length;

      async function holds(): Promise<void> {
        const record = (await acme.playbookRuns.findOne({ number: run }))!;
        const { state } = await acmeRun();
        const actions = await acme.actions.find();
        // Each request was carried out once, by itself and with what it says.
        expect(machines.wrong).toEqual([]);
        expect(new Set(machines.told.map(({ number }) => number)).size).toBe(machines.told.length);
        for (const { number, args } of machines.told)
          expect(args).toEqual(actions.find((one) => one.number === number)!.args);
        // Each try of each step is one request, for what the step says, and one task.
        const own = record.links.filter(({ key, action }) => action !== undefined && !key.includes('~undo'));
        const numbers = own.map(({ action }) => action);
        expect(new Set(numbers).size).toBe(numbers.length);
        expect(new Set(record.links.map(({ key }) => key)).size).toBe(record.links.length);
        for (const { key, action } of own) {
          const at = state.steps[partsOfKey(key).path]!;
          const made = actions.find(({ number }) => number === action)!;
          expect(made.args).toEqual(readArgs(made.action, at.args as Record<string, string>).args);
        }
        // What was asked for by whoever died before writing that down: nobody but this run, at most once for each try.
        const requests = Object.entries(state.steps).flatMap(([path, { attempt }]) =>
          Array.from({ length: attempt }, (_, i) => requestId(acme.id, requestOf(record._id, `${path}:${i + 1}`))),
        );
        for (const { _id, run: of } of actions) {
          expect(of).toBe(run);
          expect(requests).toContain(_id);
        }
        const theCase = await d.theCase();
        const tasks = theCase.tasks.map(({ how }) => how!.key);
        expect(new Set(tasks).size).toBe(tasks.length);
        expect(faultsOf(theCase)).toEqual([]);
      }
    },
  );

  it('is about runs in which much happened', () => {
    expect(seen.killed).toBeGreaterThan(20);
    expect(seen.told).toBeGreaterThan(15);
    expect(seen.undone).toBeGreaterThan(2);
    expect(seen.refused).toBeGreaterThan(10);
  });
});
