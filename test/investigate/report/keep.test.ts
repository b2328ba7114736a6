import { beforeAll, describe, expect, it } from 'vitest';
import { MOST } from '../../../engine/investigate/report/bounds.js';
import { reportFiles } from '../../../engine/investigate/report/files.js';
import {
  editSection,
  investigationOf,
  listVersions,
  publishVersion,
  saveVersion,
  textOf,
  viewOf,
} from '../../../engine/investigate/report/keep.js';
import type { TenantStore } from '../../../engine/store/index.js';
import { addTenant } from '../../commands/world.js';
import { testStore } from '../../support/services.js';
import { AT, huge, investigation } from './fixture.js';

let acme: TenantStore;
let zeta: TenantStore;
const ana = { id: 'ana', name: 'Ana Silva' };
const clock = () => AT;

beforeAll(async () => {
  const { store } = await testStore();
  acme = await addTenant(store, 'acme', 'Acme');
  zeta = await addTenant(store, 'zeta', 'Zeta');
});

describe('a kept report', () => {
  it('has a new version for each new investigation, and none for the same again', async () => {
    const first = await saveVersion(acme, investigation({ alert: 1, alerts: [1, 5] }), ana);
    expect(await saveVersion(acme, investigation({ alert: 1, alerts: [1, 5] }), ana)).toMatchObject({
      _id: first._id,
      version: 1,
    });
    const both = await Promise.all(
      [1, 2].map((i) => saveVersion(acme, investigation({ alert: 1, alerts: [1, 5], made: AT + i }), ana)),
    );
    expect(both.map(({ version }) => version).sort()).toEqual([2, 3]);
    expect((await listVersions(acme, 1)).map(({ version }) => version)).toEqual([3, 2, 1]);
    // By any alert of the campaign.
    expect((await listVersions(acme, 5)).map(({ alert }) => alert)).toEqual([1, 1, 1]);
    expect(await listVersions(acme, 99)).toEqual([]);
    expect(await listVersions(zeta, 1)).toEqual([]);
  });

  it('comes back as it was, with ids of events that MongoDB would not take for names', async () => {
    const of = investigation({ alert: 2, alerts: [2] });
    const { e0, ...rest } = of.events;
    const events = { ...rest, 'a.b.$c': { ...e0!, id: 'a.b.$c' } };
    const text = JSON.stringify({ ...of, events: undefined }).replaceAll('"e0"', '"a.b.$c"');
    await saveVersion(acme, { ...JSON.parse(text), events }, ana);
    const [record] = await listVersions(acme, 2);
    expect(Object.keys(investigationOf(record!).events).sort()).toEqual(Object.keys(events).sort());
    expect(viewOf(record!, { tenant: 'Acme', internal: true, edits: 0 }).document.evidence[0]!.id).toBe('a.b.$c');
  });

  it('is bounded, and refused when nothing shows what it says', async () => {
    const record = await saveVersion(acme, { ...huge(), alert: 3 }, ana);
    expect(record.investigation.chain).toHaveLength(MOST.steps);
    expect(JSON.stringify(record).length).toBeLessThan(1_000_000);
    const bad = investigation({ alert: 4, who: [{ text: 'x', events: [] }] });
    await expect(saveVersion(acme, bad, ana)).rejects.toMatchObject({ code: 'MDR_REPORT_BAD' });
    expect(await listVersions(acme, 4)).toEqual([]);
  });

  it('keeps what a section said before, and can go back', async () => {
    const record = await saveVersion(acme, investigation({ alert: 6, alerts: [6] }), ana);
    const first = textOf(record, 'Acme', 'impact');
    expect(first).toBe('Without shadow copies, encrypted files of backup-01 could not be restored from it. [E8]');
    const edited = await editSection(acme, record, { section: 'impact', after: ' Backups are lost. ', by: ana }, clock);
    expect(textOf(edited, 'Acme', 'impact')).toBe('Backups are lost.');
    const back = await editSection(acme, edited, { section: 'impact', after: null, by: ana }, clock);
    expect(textOf(back, 'Acme', 'impact')).toBe(first);
    const [stored] = await listVersions(acme, 6);
    expect(stored!.edits.map(({ before, after }) => [before, after])).toEqual([
      [first, 'Backups are lost.'],
      ['Backups are lost.', null],
    ]);
    expect(stored!.revision).toBe(3);
  });

  it('lets one of two win who edit the same state', async () => {
    const record = await saveVersion(acme, investigation({ alert: 7, alerts: [7] }), ana);
    const tries = await Promise.allSettled(
      ['a', 'b', 'c'].map((after) => editSection(acme, record, { section: 'who', after, by: ana }, clock)),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await listVersions(acme, 7))[0]!.edits).toHaveLength(1);
    for (const after of ['', '  ', 'x'.repeat(8001)])
      await expect(
        editSection(acme, { ...record, revision: 2 }, { section: 'who', after, by: ana }, clock),
      ).rejects.toMatchObject({ code: 'MDR_REPORT_BAD' });
    await expect(publishVersion(acme, record, ana, clock)).rejects.toMatchObject({ code: 'MDR_CONFLICT' });
  });

  it('gives the customer no internal reason, and no edit after it was published, in any file', async () => {
    const record = await saveVersion(acme, investigation({ alert: 8, alerts: [8] }), ana);
    const one = await editSection(acme, record, { section: 'remarks', after: 'For everybody.', by: ana }, clock);
    const given = await publishVersion(acme, one, ana, clock);
    const later = await editSection(acme, given, { section: 'remarks', after: 'NOT-YET published.', by: ana }, clock);
    const formats = ['html', 'markdown', 'stix'] as const;
    const read = async (internal: boolean, edits: number) =>
      (await reportFiles(later, formats, { tenant: 'Acme', internal, edits }))
        .filter(({ type }) => type !== 'image/png')
        .map(({ data }) => Buffer.from(data).toString('utf8'));
    const theirs = (await read(false, later.published!.edits)).join('\n');
    expect(theirs).toContain('For everybody.');
    expect(theirs).not.toMatch(/PROVIDER-ONLY|NOT-YET/);
    for (const own of ['PROVIDER-ONLY', 'NOT-YET']) expect((await read(true, 2)).join('\n')).toContain(own);
  });
});
