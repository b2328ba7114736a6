import { beforeAll, describe, expect, it } from 'vitest';
import { MdrError } from '../../../engine/errors.js';
import { faultsOf } from '../../../engine/respond/case/check.js';
import { caseOf, finishMoves, mergeCases, splitCase } from '../../../engine/respond/case/join.js';
import { linkAlert, openCase, openFromAlert, unlinkAlert } from '../../../engine/respond/case/open.js';
import { type Asking, changeCase } from '../../../engine/respond/case/save.js';
import type { Change } from '../../../engine/respond/case/types.js';
import { CASE_STATES, type Case, PRIORITIES, SEVERITIES } from '../../../engine/store/cases.js';
import type { Store, TenantStore } from '../../../engine/store/index.js';
import { addTenant, alertRecord, NOW } from '../../commands/world.js';
import { random } from '../../support/random.js';
import { testStore } from '../../support/services.js';
import { ana, bo } from './world.js';

let store: Store;
let tenants = 0;
beforeAll(async () => {
  ({ store } = await testStore());
});
const tenant = () => addTenant(store, `acme${++tenants}`, 'Acme');
let requests = 0;
const by = (who = ana, request = `q${++requests}`): Asking => ({ by: who, clock: () => NOW, request });
const sound = async (acme: TenantStore) => {
  for (const record of await acme.cases.find())
    expect({ number: record.number, faults: faultsOf(record) }).toEqual({ number: record.number, faults: [] });
};

describe('handing an alert over', () => {
  it('makes one case of it however many click at once, and both know each other', async () => {
    const acme = await tenant();
    await acme.alerts.insert(alertRecord(12, { level: 'critical', assignee: bo }));
    const opened = await Promise.all(
      Array.from({ length: 8 }, (_, i) => openFromAlert(acme, by(i % 2 ? ana : bo), 12)),
    );
    expect(new Set(opened.map(({ record }) => record.number)).size).toBe(1);
    expect(opened.filter(({ isNew }) => isNew)).toHaveLength(1);
    const [{ record }] = opened as [(typeof opened)[0]];
    expect(await acme.cases.count()).toBe(1);
    const alert = (await acme.alerts.findOne({ number: 12 }))!;
    expect(alert.case).toBe(record.number);
    expect(alert.log.filter(({ kind }) => kind === 'handed')).toHaveLength(1);
    expect(record).toMatchObject({
      ...{ severity: 'critical', priority: 'P1', state: 'new', alerts: [12], rules: ['r1'], techniques: ['T1003.001'] },
      people: [{ role: 'lead', ...bo }],
    });
    expect(record.title).toBe(alert.title);
    expect(record.observables.map(({ key }) => key)).toEqual(['host:ws01', 'user:corp\\jane']);
    await sound(acme);
  });

  it('is finished by the next when somebody died in between', async () => {
    const acme = await tenant();
    await acme.alerts.insert(alertRecord(12));
    await acme.alerts.update({ number: 12 }, { $set: { case: 7 } });
    const { record, isNew } = await openFromAlert(acme, by(), 12);
    expect({ number: record.number, isNew }).toEqual({ number: 7, isNew: true });
    expect((await openFromAlert(acme, by(), 12)).isNew).toBe(false);
  });

  it('links a further alert once, and refuses one that is part of another', async () => {
    const acme = await tenant();
    for (const number of [1, 2, 3]) await acme.alerts.insert(alertRecord(number));
    const { record } = await openFromAlert(acme, by(), 1);
    const other = (await openFromAlert(acme, by(), 2)).record;
    const again = by();
    await linkAlert(acme, again, record.number, 3);
    expect((await linkAlert(acme, again, record.number, 3)).changed).toBe(false);
    await expect(linkAlert(acme, by(), record.number, 2)).rejects.toMatchObject({ code: 'MDR_CASE_STATE' });
    await unlinkAlert(acme, by(), record.number, 3, 'another thing');
    expect((await acme.alerts.findOne({ number: 3 }))!.case).toBeUndefined();
    await linkAlert(acme, by(), other.number, 3);
    expect((await caseOf(acme, other.number)).alerts).toEqual([2, 3]);
    await sound(acme);
  });
});

describe('merging and splitting', () => {
  async function world(count = 3) {
    const acme = await tenant();
    for (let number = 1; number <= count; number++) {
      await acme.alerts.insert(
        alertRecord(number, { entity: { kind: 'host', value: `ws${number}` }, observables: [] }),
      );
      await openFromAlert(acme, by(), number);
    }
    return acme;
  }
  const add = (title: string, after: string[] = []): Change => ({
    ...{ kind: 'task-add', title, lane: 'provider', owner: null, due: null, after, checklist: [] },
  });

  it('the younger goes into the older, whichever is named first, with all that it has', async () => {
    const acme = await world();
    await changeCase(acme, 1, by(), add('first'));
    await changeCase(acme, 2, by(), add('image'));
    await changeCase(acme, 2, by(), add('read it', ['T1']));
    await changeCase(acme, 2, by(), { kind: 'person', role: 'legal', person: bo, reason: '' });
    const { record } = await mergeCases(acme, by(), 1, 2, 'the same thing');
    expect(record).toMatchObject({ number: 1, alerts: [1, 2], took: [2] });
    expect(record.tasks.map(({ id, title, after }) => ({ id, title, after }))).toEqual([
      { id: 'T1', title: 'first', after: [] },
      { id: 'T2', title: 'image', after: [] },
      { id: 'T3', title: 'read it', after: ['T2'] },
    ]);
    expect(record.people).toContainEqual({ role: 'legal', ...bo });
    expect(record.observables.map(({ value }) => value)).toEqual(['ws1', 'ws2']);
    expect(await caseOf(acme, 2)).toMatchObject({ state: 'closed', outcome: 'duplicate', mergedInto: 1, moves: [] });
    expect((await acme.alerts.findOne({ number: 2 }))!.case).toBe(1);
    await expect(changeCase(acme, 2, by(), { kind: 'reopen', reason: 'no' })).rejects.toThrow(/went into case 1/);
    await sound(acme);
  });

  const fill = async (acme: TenantStore, number: number, count: number) => {
    const { log } = await caseOf(acme, number);
    const one = { at: NOW, actor: 'bo', actorName: 'Bo', kind: 'note', lane: 'provider', text: 'x', reason: '' };
    const more = Array.from({ length: count - log.length }, (_, i) => ({ ...one, id: `n${i}` }));
    await acme.cases.update({ number }, { $push: { log: { $each: more } } } as never);
  };

  it('one that is nearly full says in one entry what it took, and of one that is full to the last nothing is closed', async () => {
    const acme = await world();
    await changeCase(acme, 2, by(), add('image'));
    await changeCase(acme, 2, by(), { kind: 'person', role: 'legal', person: bo, reason: '' });
    await fill(acme, 1, 1999);
    await acme.alerts.update({ number: 2 }, { $push: { log: { $each: Array(2000).fill({ kind: 'note' }) } } } as never);
    const { record } = await mergeCases(acme, by(), 1, 2, 'the same thing');
    expect(record).toMatchObject({ alerts: [1, 2], took: [2], tasks: [{ id: 'T1' }] });
    expect(record.log).toHaveLength(2000);
    expect(record.log.at(-1)).toMatchObject({
      text: 'Case 2 went into this one, with 1 alerts, 1 people and 1 tasks',
      also: ['alert:2', 'person:legal:bo', 'task:T1'],
    });
    // Its alert is full too, and is part of it all the same.
    expect((await acme.alerts.findOne({ number: 2 }))!.case).toBe(1);
    expect((await caseOf(acme, 2)).moves).toEqual([]);
    await sound(acme);
    await fill(acme, 1, 2100);
    await expect(mergeCases(acme, by(), 1, 3, 'too')).rejects.toThrow(/takes no more/);
    expect(await caseOf(acme, 3)).toMatchObject({ state: 'new', moves: [] });
  });

  it('tasks for the customer of a case that they have not been shown become the provider’s', async () => {
    const acme = await world();
    await changeCase(acme, 1, by(), { kind: 'publish' });
    await changeCase(acme, 3, by(), { kind: 'publish' });
    for (const number of [2, 3])
      await changeCase(acme, number, by(), { ...add(`of ${number}`), lane: 'customer' } as Change);
    for (const number of [2, 3]) await mergeCases(acme, by(), 1, number, 'same');
    const { tasks, log } = await caseOf(acme, 1);
    expect(tasks.map(({ title, lane }) => [title, lane])).toEqual([
      ['of 2', 'provider'],
      ['of 3', 'customer'],
    ]);
    const theirs = log.filter(({ lane, kind }) => lane === 'customer' && kind === 'task').map(({ text }) => text);
    expect(theirs).toEqual(['T2: of 3']);
    await sound(acme);
  });

  it('no two that are merged crosswise at once lose each other', async () => {
    for (let round = 0; round < 4; round++) {
      const acme = await world();
      await Promise.allSettled([
        mergeCases(acme, by(ana), 2, 1, 'a'),
        mergeCases(acme, by(bo), 1, 2, 'b'),
        mergeCases(acme, by(ana), 3, 2, 'c'),
      ]);
      for (const record of await acme.cases.find()) await finishMoves(acme, record, by());
      const first = await caseOf(acme, 1);
      const third = await caseOf(acme, 3);
      expect(first.alerts).toEqual(third.mergedInto === undefined ? [1, 2] : [1, 2, 3]);
      for (const number of first.alerts) expect((await acme.alerts.findOne({ number }))!.case).toBe(1);
      await sound(acme);
    }
  });

  it('what was decided and not carried out is carried out by another process, once', async () => {
    const acme = await world(2);
    // Stopped right after the decision.
    await changeCase(acme, 2, by(ana, 'stopped'), { kind: 'merge-into', to: 1, reason: 'same' });
    expect((await caseOf(acme, 1)).alerts).toEqual([1]);
    await Promise.all([1, 2, 3].map(async () => finishMoves(acme, await caseOf(acme, 2), by(bo))));
    const record = await caseOf(acme, 1);
    expect(record).toMatchObject({ alerts: [1, 2], took: [2] });
    expect(record.log.filter(({ kind }) => kind === 'merged')).toEqual([
      expect.objectContaining({ actor: 'ana', reason: 'same' }),
    ]);
    expect((await caseOf(acme, 2)).moves).toEqual([]);
    await sound(acme);
  });

  it('splits alerts off into a case of their own, once for one click', async () => {
    const acme = await world(1);
    for (const number of [2, 3]) {
      await acme.alerts.insert(alertRecord(number));
      await linkAlert(acme, by(), 1, number);
    }
    const again = by();
    const wanted = { alerts: [2, 3], title: 'Another intruder', reason: 'other tools' };
    const { record } = await splitCase(acme, again, 1, wanted);
    expect(record).toMatchObject({ title: 'Another intruder', alerts: [2, 3], splitFrom: 1, related: [1] });
    const said = (theirs: 'customer' | 'provider') =>
      record.log.filter(({ lane }) => lane === theirs).map(({ text }) => text);
    expect(said('provider')).toContain('Split from case 1');
    expect(said('customer').join()).not.toContain('case');
    expect((await splitCase(acme, again, 1, wanted)).record.number).toBe(record.number);
    expect(await acme.cases.count()).toBe(2);
    expect(await caseOf(acme, 1)).toMatchObject({ alerts: [1], moves: [] });
    expect((await acme.alerts.findOne({ number: 3 }))!.case).toBe(record.number);
    await expect(splitCase(acme, by(), 1, { ...wanted, alerts: [1] })).rejects.toThrow(/nothing would be left/);
    await sound(acme);
  });
});

/** What either of two people may do at any time; some of it is refused, depending on the moment. */
function anyChange({ int, pick }: ReturnType<typeof random>): Change {
  const reason = `because ${int(1000)}`;
  const task = `T${1 + int(4)}`;
  const person = pick([ana, bo]);
  return pick<() => Change>([
    () => ({ kind: 'state', to: pick(CASE_STATES.filter((one) => one !== 'closed')), reason }),
    () => ({ kind: 'close', outcome: pick(['benign', 'true_positive']), reason }),
    () => ({ kind: 'reopen', reason }),
    () => ({ kind: 'severity', to: pick(SEVERITIES), reason }),
    () => ({ kind: 'priority', to: pick(PRIORITIES), reason }),
    () => ({ kind: 'title', to: `title ${int(5)}`, reason }),
    () => ({ kind: 'person', role: pick(['lead', 'legal', 'analyst']), person, take: int(3) === 0, reason }),
    () => ({ kind: 'handover', person, reason }),
    () => ({
      kind: 'task-add',
      title: `do ${int(9)}`,
      lane: 'provider',
      owner: null,
      due: null,
      after: [],
      checklist: ['a'],
    }),
    () => ({ kind: 'task-state', task, to: pick(['done', 'dropped', 'open']), reason }),
    () => ({ kind: 'task-owner', task, owner: pick([ana, bo, null]), reason }),
    () => ({ kind: 'task-after', task, after: [`T${1 + int(4)}`], reason }),
    () => ({ kind: 'task-check', task, item: 1, done: int(2) === 0 }),
    () => ({ kind: 'note', text: `note ${int(1_000_000)}`, lane: pick(['provider', 'customer']) }),
    () => ({ kind: 'pin', text: `seen ${int(1000)}`, when: NOW - int(1000), lane: 'provider' }),
    () => ({ kind: 'relate', to: 100 + int(3), take: int(2) === 0, reason }),
    () => ({ kind: 'observable', observable: { kind: 'ip', value: `203.0.113.${int(9)}` }, reason }),
    () => ({ kind: pick(['publish', 'unpublish']) }),
  ])();
}

describe('any interleaving of two people', { timeout: 120_000 }, () => {
  it.each([1, 2, 3, 4, 5, 6])('leaves a legal state and a complete timeline, seed %i', async (seed) => {
    const dice = random(seed);
    const acme = await tenant();
    const opening = {
      title: 'Stolen account',
      type: 'other',
      severity: 'high',
      priority: 'P2',
      lead: null,
      reason: '',
    } as const;
    const { record } = await openCase(acme, by(), opening);
    const told: { request: string; entries: string[] }[] = [];
    const refused = new Set<string>();
    const work = async (who: typeof ana) => {
      for (let i = 0; i < 60; i++) {
        const change = anyChange(dice);
        const asking = by(who, `${seed}-${who.id}-${i}`);
        // Now and then the same click arrives twice, at the same moment.
        const twice = dice.int(4) === 0;
        const outcomes = await Promise.allSettled(
          (twice ? [1, 2] : [1]).map(() => changeCase(acme, record.number, asking, change)),
        );
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') {
            expect(outcome.reason).toBeInstanceOf(MdrError);
            refused.add(outcome.reason.code);
          } else if (outcome.value.changed)
            told.push({ request: asking.request, entries: outcome.value.entries.map(({ id }) => id) });
        }
      }
    };
    await Promise.all([work(ana), work(bo)]);
    const after = (await acme.cases.findOne({ number: record.number })) as Case;
    expect(faultsOf(after)).toEqual([]);
    // Whoever was told that it is done finds it, once, and nothing is there that nobody was told of.
    expect(new Set(told.map(({ request }) => request)).size).toBe(told.length);
    const ids = told.flatMap(({ entries }) => entries);
    expect(
      after.log
        .slice(record.log.length)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids.sort());
    expect(after.revision).toBe(1 + told.length);
    expect(told.length).toBeGreaterThan(20);
    expect([...refused].every((code) => code === 'MDR_CASE_STATE' || code === 'MDR_CASE_BAD')).toBe(true);
  });
});
