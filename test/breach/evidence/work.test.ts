import { randomBytes } from 'node:crypto';
import { Backoffs } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { LOST_MS } from '../../../engine/breach/evidence/sweep.js';
import { type EvidenceJob, worked } from '../../../engine/breach/evidence/work.js';
import { idOf } from '../../../engine/ids.js';
import { log } from '../../../engine/log.js';
import { POLICIES } from '../../../engine/queues.js';
import type { Evidence } from '../../../engine/store/evidence.js';
import { NOW } from '../../commands/world.js';
import { testQueues } from '../../support/services.js';
import { ana, evidenceWorld, hex, inChunks, newCase, SECRET } from './world.js';

const { store, desk, add, time } = await evidenceWorld();
const { queues } = await testQueues();
const acme = desk.store;
const parts = { store, queues, clock: () => time.now, log, secret: SECRET, folder: '/nowhere' };
const notesOf = async (number: number) =>
  (await acme.cases.findOne({ number }))!.log.filter(({ kind }) => kind === 'note').map((each) => each.text);

/** A file that was given to a case. */
async function given(of: number): Promise<Evidence> {
  const _id = idOf('given', String(Math.random()));
  const bytes = randomBytes(700);
  await acme.blobs.put(_id, inChunks(bytes), 10_000);
  const file: Evidence = {
    ...{ _id, tenant: 'acme', alert: null, case: of, name: 'mail.eml', type: 'message/rfc822', size: bytes.length },
    ...{ sha256: hex('sha256', bytes), by: 'ana', byName: 'Ana Silva', said: null, kept: NOW },
  };
  await acme.evidence.insert(file);
  return file;
}
const requestOf = ({ _id }: Evidence, of: number) => `file:${_id}:${of}:null`;
/** What a process leaves that was killed while it took a file in. */
async function halfIn(file: Evidence, of: number): Promise<void> {
  const { item } = await add(randomBytes(10), { case: of, name: file.name, why: 'Jane sent it' });
  const broken = { state: 'uploading' as const, touched: time.now, key: '', size: 0, sha256: '', kept: null };
  const _id = idOf('evidence-item', 'acme', requestOf(file, of));
  const number = await acme.nextNumber('evidence');
  await acme.evidenceItems.insert({ ...item, ...broken, _id, number, upload: `broken${number}`, begun: false });
}
const jobOf = (of: number, files: readonly Evidence[]): EvidenceJob => ({
  ...{ kind: 'files', case: of, alert: null, items: files.map(({ _id }) => _id), by: ana },
  ...{ why: 'Jane sent it', where: 'slack:C1', request: `r${Math.random()}` },
});
const kept = async (file: Evidence) => acme.evidenceItems.findOne({ sha256: file.sha256, state: 'kept' });

describe('a file whose process was killed while it became evidence', () => {
  it('becomes evidence by one of the attempts that follow: they go on for longer than an upload takes to be given up', async () => {
    const of = await newCase(acme);
    const file = await given(of);
    await halfIn(file, of);
    const job = jobOf(of, [file]);
    const { attempts, backoff } = POLICIES.evidence as { attempts: number; backoff: { type: string; delay: number } };
    let waited = 0;
    for (let attempt = 1; !(await kept(file)); attempt++) {
      expect(attempt, `after ${waited} ms`).toBeLessThanOrEqual(attempts);
      const isLast = attempt === attempts;
      await worked(parts, { tenant: 'acme', job }, isLast).catch((error) =>
        expect(error).toMatchObject({ code: 'MDR_CONFLICT' }),
      );
      const wait = (await Backoffs.calculate(backoff, attempt, new Error(), {} as never)) as number;
      waited += wait;
      time.now += wait;
    }
    expect(waited).toBeGreaterThan(LOST_MS);
    expect(await kept(file)).toMatchObject({ case: of, name: 'mail.eml', why: 'Jane sent it' });
    expect((await notesOf(of)).at(-1)).toContain(file.sha256);
  });

  it('holds up none that stand behind it, and is named when it stays away', async () => {
    const of = await newCase(acme);
    const [first, second] = [await given(of), await given(of)];
    await halfIn(first, of);
    const job = jobOf(of, [first, second]);
    await expect(worked(parts, { tenant: 'acme', job }, false)).rejects.toMatchObject({ code: 'MDR_CONFLICT' });
    expect(await kept(second)).toMatchObject({ case: of });
    expect(await notesOf(of)).toEqual([]);
    await worked(parts, { tenant: 'acme', job }, true);
    const [note] = await notesOf(of);
    expect(note).toContain(second.sha256);
    expect(note).toContain('mail.eml is NOT kept as evidence: MDR_CONFLICT');
  });
});

it('a check goes on with the items behind one that cannot be checked', async () => {
  const of = await newCase(acme);
  const { item } = await add(randomBytes(100), { case: of });
  const job: EvidenceJob = { ...jobOf(of, []), kind: 'verify', items: [999, item.number] };
  await worked(parts, { tenant: 'acme', job }, false);
  expect((await notesOf(of)).at(-1)).toMatch(
    new RegExp(`EV999 was NOT checked: .*no evidence EV999.*EV${item.number} is whole`),
  );
});
