import { describe, expect, it } from 'vitest';
import { withoutInternal } from '../../../commands/case/customer.js';
import { apply } from '../../../engine/respond/case/change.js';
import { faultsOf } from '../../../engine/respond/case/check.js';
import { type CaseDocument, exportCase, importedCase, readDocument } from '../../../engine/respond/case/exchange.js';
import { importCase } from '../../../engine/respond/case/import.js';
import { MOVES } from '../../../engine/respond/case/states.js';
import type { Change } from '../../../engine/respond/case/types.js';
import type { Case } from '../../../engine/store/cases.js';
import { addTenant, NOW } from '../../commands/world.js';
import { random } from '../../support/random.js';
import { testStore } from '../../support/services.js';
import { aCase, ana, bo, cause, share } from './world.js';

const acme = { id: 'acme', name: 'Acme' };
const json = (document: CaseDocument): CaseDocument => readDocument(JSON.parse(JSON.stringify(document)));

/** A document as it is when nothing in it is, or was, for a customer. */
const internal = (document: CaseDocument): CaseDocument => ({
  ...document,
  case: {
    ...document.case,
    tasks: document.case.tasks.map((task) => ({ ...task, lane: 'provider' })),
    log: document.case.log.map((entry) => ({
      ...entry,
      lane: 'provider',
      kind: ['published', 'unpublished'].includes(entry.kind) ? 'note' : entry.kind,
    })),
  },
});

/** A case to which anything was done. */
function lived(seed: number): Case {
  const dice = random(seed);
  let record = aCase({}, 1 + dice.int(50));
  for (let i = 0; i < 30; i++) {
    const open = record.tasks.filter(({ state }) => state === 'open');
    const next = dice.pick(MOVES[record.state]);
    const all: Change[] = [
      next === 'closed'
        ? { kind: 'close', outcome: 'benign', reason: 'r' }
        : record.state === 'closed'
          ? { kind: 'reopen', reason: 'r' }
          : { kind: 'state', to: next, reason: 'why: "x"\n🙂' },
      { kind: 'severity', to: dice.pick(['low', 'medium', 'critical']), reason: 'r' },
      {
        kind: 'person',
        role: dice.pick(['lead', 'analyst']),
        person: dice.pick([ana, bo]),
        take: dice.int(2) === 0,
        reason: '',
      },
      {
        kind: 'task-add',
        title: `Task ${i}`,
        lane: dice.pick(['provider', 'customer']),
        owner: bo,
        due: NOW + i,
        after: record.tasks.slice(0, 1).map(({ id }) => id),
        checklist: ['a', 'b'],
      },
      ...(open[0]
        ? [{ kind: 'task-state', task: open[0].id, to: dice.pick(['done', 'dropped']), reason: 'r' } as Change]
        : []),
      { kind: 'note', text: `note ${i}`, lane: 'customer' },
      { kind: 'pin', text: 'seen', when: NOW - i, lane: 'provider' },
      { kind: 'alert', alert: share(20 + dice.int(5)), take: dice.int(3) === 0, reason: '' },
      { kind: 'observable', observable: { kind: 'host', value: `h${i}` }, reason: '' },
      { kind: 'relate', to: 77, take: dice.int(2) === 0, reason: '' },
      { kind: 'publish' },
    ];
    try {
      record = apply(record, dice.pick(all), cause({ now: NOW + i * 1000 })).record;
    } catch {
      // What the state does not allow is tried by nobody.
    }
  }
  return record;
}

describe('a case as a document', () => {
  it('comes back as it was, whatever was done to it: with another number, nobody’s alerts and one entry more', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const record = lived(seed);
      const document = json(exportCase(record, acme, NOW));
      const back = importedCase('zeta', 900, document, bo, NOW + 99_000);
      expect(faultsOf(back)).toEqual([]);
      expect(back).toMatchObject({ tenant: 'zeta', number: 900, alerts: [], related: [], moves: [], took: [] });
      expect(back.published).toBeUndefined();
      expect(back.log.at(-1)).toMatchObject({
        actor: 'bo',
        kind: 'note',
        lane: 'provider',
        text: expect.stringContaining('Imported: case'),
      });
      const again = exportCase(
        { ...back, number: record.number, updated: record.updated, log: back.log.slice(0, -1) },
        acme,
        NOW,
      );
      expect({ ...again, there: document.there }).toEqual(internal(document));
    }
  });

  it('is refused when it is none, when its log does not fit it, or when it brings more than a case holds', () => {
    const document = exportCase(lived(3), acme, NOW);
    const twist = (change: (copy: CaseDocument) => unknown) => {
      const copy = structuredClone(document);
      change(copy);
      return () => importedCase('zeta', 1, readDocument(copy), bo, NOW);
    };
    expect(twist(() => {})).not.toThrow();
    const refused = { code: 'MDR_IMPORT_BAD' };
    for (const change of [
      (copy: CaseDocument) => Object.assign(copy, { version: 2 }),
      (copy: CaseDocument) => Object.assign(copy, { extra: 1 }),
      ({ case: copy }: CaseDocument) =>
        Object.assign(copy, { severity: copy.severity === 'medium' ? 'high' : 'medium' }),
      ({ case: copy }: CaseDocument) => Object.assign(copy, { state: copy.state === 'closed' ? 'new' : 'closed' }),
      ({ case: copy }: CaseDocument) => copy.log.push({ ...copy.log[0]! }),
      ({ case: copy }: CaseDocument) => Object.assign(copy, { title: 'x'.repeat(201) }),
      ({ case: copy }: CaseDocument) => Object.assign(copy, { title: '\ud800' }),
      ({ case: copy }: CaseDocument) => Object.assign(copy.log[0]!, { text: 'x'.repeat(2001) }),
      ({ case: copy }: CaseDocument) => Object.assign(copy.log[0]!, { before: { $gt: '' } }),
      ({ case: copy }: CaseDocument) => Object.assign(copy, { log: [] }),
      ({ case: copy }: CaseDocument) =>
        Object.assign(copy, { log: Array.from({ length: 2300 }, (_, n) => ({ ...copy.log[0]!, id: `e${n}` })) }),
      ({ case: copy }: CaseDocument) => Object.assign(copy, { created: Number.NaN }),
    ])
      expect(twist(change), change.toString()).toThrow(expect.objectContaining(refused));
    for (const none of [null, 1, 'x', [], {}])
      expect(() => readDocument(none)).toThrow(expect.objectContaining(refused));
  });

  it('cannot bring other records, rooms or publication along', () => {
    const document = exportCase(lived(5), acme, NOW);
    document.case.log.push({
      id: 'evil',
      at: NOW,
      actor: 'x',
      actorName: 'x',
      kind: 'published',
      lane: 'provider',
      text: 'Published',
      reason: '',
      field: 'published',
      before: false,
      after: true,
    });
    document.case.log.push({
      id: 'evil2',
      at: NOW,
      actor: 'x',
      actorName: 'x',
      kind: 'alert',
      lane: 'provider',
      text: 'Alert',
      reason: '',
      field: 'alert:12',
      before: null,
      after: true,
    });
    const record = importedCase('zeta', 1, readDocument(document), bo, NOW);
    expect([record.published, record.alerts, record.room]).toEqual([undefined, [], undefined]);
    expect(record.log.filter(({ id }) => id.startsWith('evil')).map(({ field }) => field)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('shows nothing of the customer that it comes from to the one that it is imported for', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const theirs: Change = { kind: 'person', role: 'customer-lead', person: { id: 'cy', name: 'Cy' }, reason: '' };
      let record = lived(seed);
      if (record.state === 'closed')
        record = apply(record, { kind: 'reopen', reason: 'r' }, cause({ now: NOW + 80_000 })).record;
      record = apply(record, theirs, cause({ now: NOW + 90_000 })).record;
      expect(record.log.some(({ lane }) => lane === 'customer')).toBe(true);
      const back = importedCase('zeta', 900, json(exportCase(record, acme, NOW)), bo, NOW + 99_000);
      const shown = apply(back, { kind: 'publish' }, cause({ now: NOW + 100_000 })).record;
      const { log, tasks, people } = withoutInternal(shown, []);
      expect(people.filter(({ id }) => id === 'cy')).toEqual([]);
      expect(back.log.map(({ text }) => text)).toContain('Cy is customer lead');
      expect(tasks).toEqual([]);
      expect(log.filter(({ at }) => at < NOW + 100_000)).toEqual([]);
      expect(back.log.filter(({ kind }) => kind === 'published' || kind === 'unpublished')).toEqual([]);
    }
  });

  it('is kept once, and never over another', async () => {
    const { store } = await testStore();
    const zeta = await addTenant(store, 'zeta', 'Zeta');
    const document = exportCase(lived(7), acme, NOW);
    const asking = { by: bo, clock: () => NOW };
    const all = await Promise.all([1, 2, 3].map(() => importCase(zeta, document, asking)));
    expect(new Set(all.map(({ record }) => record.number)).size).toBe(1);
    expect(all.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(await zeta.cases.count()).toBe(1);
    const other = await importCase(zeta, exportCase(lived(8), acme, NOW), asking);
    expect(other.record.number).not.toBe(all[0]!.record.number);
    const before = await zeta.cases.findOne({ number: other.record.number });
    await importCase(zeta, { ...document, exported: NOW + 1 }, asking);
    expect(await zeta.cases.findOne({ number: other.record.number })).toEqual(before);
  });
});
