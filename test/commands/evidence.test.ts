import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addEvidence } from '../../engine/breach/evidence/add.js';
import { verifyExport } from '../../engine/breach/evidence/offline.js';
import { worked } from '../../engine/breach/evidence/work.js';
import { log } from '../../engine/log.js';
import { keepFile } from '../../engine/triage/evidence.js';
import { about, inChunks, newCase, SECRET } from '../breach/evidence/world.js';
import { commandWorld } from './commands.world.js';
import { NOW } from './world.js';

vi.stubEnv('MDR_SECRET_KEY', SECRET);
afterAll(() => vi.unstubAllEnvs());
const { store, queues, commands, tenant, text, fault, add } = await commandWorld();
const folder = await mkdtemp(join(tmpdir(), 'mdr-exports-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const personOf = async (id: string) => (await store.people.findById(id).lean())!;
const bo = { person: await personOf('bo'), role: 'lead' as const };
const adm = { person: await personOf('adm'), role: 'admin' as const };
const parts = { store, queues, clock: () => NOW, log, secret: SECRET, folder };
/** What a worker would do now. */
async function workOn(): Promise<void> {
  for (const job of await queues.queue('evidence').getJobs(['waiting', 'delayed'])) {
    await worked(parts, job.data, true);
    await job.remove();
  }
}
const notesOf = async (number: number) =>
  (await tenant.cases.findOne({ number }))!.log.filter(({ kind }) => kind === 'note').map((each) => each.text);

let of: number;
let item: number;
beforeAll(async () => {
  of = await newCase(tenant);
  const desk = { store: tenant, secret: SECRET, clock: () => NOW };
  item = (await addEvidence(desk, inChunks(randomBytes(5000)), about({ case: of }))).item.number;
});

describe('/mdr evidence', () => {
  it('lists and shows', async () => {
    expect(await text(`evidence list case ${of}`)).toContain(`EV${item}`);
    expect(await text('evidence')).toContain('disk.img');
    const shown = await text(`evidence show EV${item}`);
    expect(shown).toContain('Jane Roe');
    expect(shown).toMatch(/1\. .*collected by Ana Silva/);
    expect(await text(`evidence EV${item}`)).toContain('Legal hold');
    expect((await fault('evidence show EV999')).code).toBe('MDR_EVIDENCE_UNKNOWN');
    expect((await fault('evidence shwo EV1')).message).toContain('show');
  });

  it('is not for the customer, nor in a channel that the customer reads, nor for whoever has no role for it', async () => {
    for (const line of ['list all', `show EV${item}`, `verify EV${item}`, 'holds', `export case ${of} because words`])
      expect((await fault(`evidence ${line}`, { internal: false })).code).toBe('MDR_FORBIDDEN');
    const viewer = { person: await personOf('vic'), role: 'viewer' as const };
    expect((await fault(`evidence show EV${item}`, viewer)).code).toBe('MDR_FORBIDDEN');
    for (const line of [
      `hold EV${item} because x`,
      'release h1 because x',
      `dispose EV${item} because x`,
      `export case ${of} because x`,
    ])
      expect((await fault(`evidence ${line}`)).code).toBe('MDR_FORBIDDEN');
  });

  it('hands over, and whoever is named takes it over', async () => {
    expect(await text(`evidence transfer EV${item} Bo because of the laboratory`)).toContain('handed to Bo Anders');
    expect((await fault(`evidence take EV${item}`)).code).toBe('MDR_FORBIDDEN');
    expect(await text(`evidence take:EV${item}`, bo)).toContain('in your custody');
    expect((await fault(`evidence transfer EV${item} ben because x`, bo)).message).toContain('not one of the provider');
    expect((await fault(`evidence transfer EV${item} adm because x`)).code).toBe('MDR_FORBIDDEN');
  });

  it('verifies and exports in a worker, which says in the case what came of it', async () => {
    await text(`evidence verify case ${of}`, { request: 'v1' });
    await workOn();
    expect((await notesOf(of)).at(-1)).toContain(`EV${item} is whole`);
    await text(`evidence export case ${of} because the court asks`, { ...bo, request: 'x1' });
    await workOn();
    const [name] = await readdir(join(folder, 'acme'));
    expect((await notesOf(of)).at(-1)).toContain(name);
    expect(await verifyExport(join(folder, 'acme', name!), null)).toMatchObject({ isWhole: true, isKeyKnown: false });
    expect(await text('evidence key')).toContain('BEGIN PUBLIC KEY');
  });

  it('says in the case when something is not what was kept', async () => {
    const desk = { store: tenant, secret: SECRET, clock: () => NOW };
    const bad = (await addEvidence(desk, inChunks(randomBytes(50)), about({ case: of }))).item;
    const vault = store.connection.collection<{ _id: string }>('vault');
    await vault.deleteOne({ _id: `acme/${bad.upload}/0` });
    await text(`evidence verify EV${bad.number}`, { request: 'v2' });
    await workOn();
    expect((await notesOf(of)).at(-1)).toMatch(
      new RegExp(`EV${bad.number} is NOT what was kept: .*frame 0 .* is missing`),
    );
  });

  it('makes evidence of the files of an alert', async () => {
    await add(12);
    const bytes = randomBytes(700);
    const upload = { id: 'F1', name: 'mail.eml', type: 'message/rfc822', size: 700, open: async () => inChunks(bytes) };
    const said = {
      surface: 'slack',
      channel: 'C1',
      message: '1',
      at: NOW,
      author: 'ana',
      authorName: 'Ana',
      text: '',
      link: '',
      internal: true,
    };
    await keepFile(tenant, 12, { id: 'ana', name: 'Ana Silva' }, () => NOW, { upload, said, most: 10_000 });
    await text(`evidence add case ${of} alert 12 because Jane sent it`, { request: 'a1' });
    await workOn();
    const kept = (await tenant.evidenceItems.findOne({ name: 'mail.eml' }))!;
    expect(kept).toMatchObject({ case: of, alert: 12, size: 700, state: 'kept', why: 'Jane sent it' });
    expect((await notesOf(of)).at(-1)).toContain(kept.sha256);
  });

  it('refuses every command that would let held evidence go, an administrator’s too', async () => {
    expect(await text(`evidence hold case ${of} because Smith v. Acme`, bo)).toContain('h1 is placed');
    expect(await text('evidence holds')).toContain('Smith v. Acme');
    await text(`evidence keep EV${item} 1d because of nothing`, adm);
    await store.connection.collection('cases').updateOne({ tenant: 'acme', number: of }, { $set: { state: 'closed' } });
    const later = { ...adm, clock: () => NOW + 5 * 86_400_000 };
    expect((await fault(`evidence dispose EV${item} because I say so`, later)).code).toBe('MDR_EVIDENCE_HELD');
    expect((await fault(`evidence agree EV${item}`, later)).code).toBe('MDR_EVIDENCE_STATE');
    // Whatever any command takes for a word, nothing of it goes.
    for (const command of commands)
      for (const words of [
        `delete EV${item}`,
        `remove EV${item}`,
        `EV${item}`,
        `dispose EV${item} because x`,
        `drop:EV${item}`,
      ])
        await text(`${command.name} ${words}`, later).catch(() => {});
    expect(await tenant.evidenceItems.findOne({ number: item })).toMatchObject({ state: 'kept', held: ['h1'] });
    await text('evidence release h1 because settled', later);
    expect((await fault('evidence release h1 because settled', later)).code).toBe('MDR_LAKE_HELD');
    expect((await tenant.evidenceItems.findOne({ number: item }))!.held).toEqual(['h1']);
    expect(await text('evidence release h1 because settled', { ...later, ...bo })).toContain('is released');
    await text(`evidence dispose EV${item} because its time is over`, later);
    expect((await fault(`evidence agree EV${item}`, later)).code).toBe('MDR_FORBIDDEN');
    expect(await text(`evidence agree EV${item}`, { ...later, ...bo })).toContain('disposed of');
    expect((await tenant.evidenceItems.findOne({ number: item }))!.certificate!.text).toContain('Ada Admin');
  });

  it('shows and sets how long evidence is kept', async () => {
    expect(await text('evidence schedule 730d because of the contract', bo)).toContain('730 days');
    expect(await text('evidence schedule always because of the court', bo)).toContain('for good');
  });
});
