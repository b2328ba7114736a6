import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { readWords } from '../../bot/words.js';
import { reportCard } from '../../commands/cards/report.js';
import tune from '../../commands/tune.js';
import type { Context } from '../../commands/types.js';
import type { Level } from '../../engine/detect/types.js';
import type { MdrError } from '../../engine/errors.js';
import { makeReport } from '../../engine/notify/report.js';
import type { Queues } from '../../engine/queues.js';
import type { Alert } from '../../engine/store/alerts.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import type { Person } from '../../engine/store/people.js';
import { BOUND, isOftenWrong, LEAST_VERDICTS } from '../../engine/triage/tune/learn.js';
import { refreshProposals } from '../../engine/triage/tune/proposals.js';
import { knownFormats } from '../../engine/triage/tune/reread.js';
import { DAY_MS } from '../../engine/triage/tune/work.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, alertRecord, detectionRecord, NOW } from './world.js';

let store: Store;
let queues: Queues;
let acme: TenantStore;
let lea: Person;
let bo: Person;
let now = NOW;

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  acme = await addTenant(store, 'acme', 'Acme');
  lea = await addPerson(store, 'lea', 'Lea Lead', [{ tenant: '*', role: 'lead' }]);
  bo = await addPerson(store, 'bo', 'Bo Lead', [{ tenant: '*', role: 'lead' }]);
});
beforeEach(async () => {
  now = NOW;
  for (const part of ['exceptions', 'alerts', 'detections', 'proposals', 'ruleTunings'] as const)
    await (acme[part] as TenantStore['alerts']).deleteMany({});
  await store.rules.deleteMany({});
  await catalogue('high');
});

const catalogue = (level: Level) =>
  store.rules.create({
    ...{
      _id: `mdr-r1-${level}`,
      pack: 'mdr',
      digest: 'x',
      id: 'r1',
      title: 'LSASS memory read',
      level,
      kind: 'detection',
    },
    ...{ description: 'd', logsource: 'windows/*/sysmon', file: 'r1.yml', problem: '', response: '', text: 'lsass' },
  });
const run = (line: string, more: Partial<Context> = {}) =>
  tune.run(
    {
      ...{ tenant: acme, person: lea, role: 'lead', queues, clock: () => now, alert: null, internal: true },
      ...{ commands: [tune], people: async () => [], ...more },
    } as Context,
    readWords(line).words.slice(1),
  );
const text = async (line: string, more: Partial<Context> = {}) => renderText(await run(line, more), { width: 400 });
const code = (line: string, more: Partial<Context> = {}) =>
  run(line, more).then(
    () => null,
    (error: MdrError) => error.code,
  );
const refresh = async () => refreshProposals(acme, await knownFormats(), now);
const proposal = async () => (await acme.proposals.find())[0]!;

/** A closed alert with one detection of rule r1. */
async function judged(
  n: number,
  reason: Alert['reason'],
  fields: Record<string, unknown> = {},
  more: Partial<Alert> = {},
) {
  const record = alertRecord(n, {
    state: 'closed',
    closed: now - n * 60_000,
    updated: now,
    created: now - DAY_MS,
    ...more,
  });
  await acme.alerts.insert(reason === undefined ? record : { ...record, reason });
  const base = detectionRecord(n);
  const original = JSON.stringify({
    ...{ '@timestamp': '2026-11-24T08:00:00Z', Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 1 },
    ...{ RecordNumber: n, Hostname: `srv${n}`, User: 'CORP\\svc-backup', Image: 'C:\\Backup\\agent.exe' },
    ...{ ParentImage: 'C:\\Windows\\services.exe', CommandLine: `agent.exe --job ${n}`, ...fields },
  });
  await acme.detections.insert({ ...base, alert: n, event: { ...base.event, original }, created: now - n * 3_600_000 });
}
const stranger = (n: number) => ({
  ...{ User: `CORP\\u${n}`, Image: `C:\\p${n}\\${n}.exe`, ParentImage: `D:\\q${n}\\${n}x.exe`, CommandLine: `${n}` },
});
const many = async (count: number, fields: (n: number) => Record<string, unknown> = () => ({}), from = 1) => {
  for (let n = from; n < from + count; n++) await judged(n, 'false_positive', fields(n));
};

it.each([
  [0, LEAST_VERDICTS - 1, false],
  [0, LEAST_VERDICTS, true],
  [1, 1 / BOUND - 1, false],
  [1, 1 / BOUND, true],
])('%i real and %i false: often wrong is %s', (real, wrong, is) => {
  expect(isOftenWrong({ real, benign: 0, false: wrong })).toBe(is);
});

describe('verdicts propose', () => {
  it('an exception on what the false ones share, with what it would have hidden; once, however often they are looked at', async () => {
    await many(6);
    const [first, ...others] = await refresh();
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      ...{ number: expect.any(Number), state: 'open', rule: { id: 'r1', level: 'high' }, alert: 6 },
      seen: { real: 0, benign: 0, false: 6 },
      would: { days: 30, what: 'detections', count: 6, of: 6, real: 0 },
    });
    expect(JSON.stringify(first!.change)).toContain('svc-backup');
    expect(await refresh()).toEqual([first]);
    const shown = await text('tune proposals');
    expect(shown).toContain('1 tuning proposal for Acme (acme)');
    expect(shown).toContain('0 of 6 judged alerts were real');
    expect(shown).toContain('would have hidden 6 of 6 detections in 30 days');
    // Nothing was done.
    expect(await acme.exceptions.count()).toBe(0);
  });

  it('a lower level where they share nothing, and neither for a critical rule', async () => {
    await many(6, stranger);
    const [first] = await refresh();
    expect(first).toMatchObject({
      change: { kind: 'level', level: 'medium' },
      would: { what: 'alerts', of: 6, real: 0 },
    });
    await store.rules.deleteMany({});
    await catalogue('critical');
    expect(await refresh()).toEqual([]);
    expect((await proposal()).state).toBe('withdrawn');
  });

  it('nothing when an attack looks the same, or few were judged, or enough was real', async () => {
    const alike = { Hostname: 'srv', CommandLine: 'agent.exe' };
    await many(4, () => alike);
    expect(await refresh()).toEqual([]);
    await many(2, () => alike, 20);
    expect((await refresh())[0]!.change.kind).toBe('exception');
    await judged(40, 'true_positive', alike);
    const open = await refresh();
    expect(open.filter(({ change }) => change.kind === 'exception')).toEqual([]);
    await judged(41, 'true_positive');
    expect(await refresh()).toEqual([]);
  });

  it('nothing from duplicates, tests, exercises and what was closed long ago', async () => {
    for (let n = 1; n <= 6; n++) await judged(n, n % 2 ? 'duplicate' : 'test');
    for (let n = 11; n <= 16; n++) await judged(n, 'false_positive', {}, { simulated: true });
    for (let n = 21; n <= 26; n++) await judged(n, 'false_positive', {}, { closed: now - 91 * DAY_MS });
    expect(await refresh()).toEqual([]);
  });

  it('nothing more once verdicts are taken back', async () => {
    await many(6);
    await refresh();
    await acme.alerts.update({ number: 3 }, { $set: { state: 'new' }, $unset: { reason: 1, closed: 1 } });
    await acme.alerts.update({ number: 4 }, { $set: { state: 'new' }, $unset: { reason: 1, closed: 1 } });
    expect(await refresh()).toEqual([]);
    expect((await proposal()).log.map(({ kind }) => kind)).toEqual(['proposed', 'withdrawn']);
  });
});

describe('a person decides', () => {
  it('accepts an exception in their own name, and takes it back', async () => {
    await many(6);
    const [{ number } = { number: 0 }] = await refresh();
    expect(await code(`tune accept P${number}`)).toBe('MDR_COMMAND_USAGE');
    expect(await code(`tune accept P${number} active`, { role: 'analyst' })).toBe('MDR_FORBIDDEN');
    expect(await text(`tune P${number} monitor`, { role: 'analyst' })).toMatch(/accepted: E\d+ counts from now on/);
    const [exception] = await acme.exceptions.find();
    expect(exception).toMatchObject({ state: 'monitor', author: { id: 'lea' }, rules: [{ id: 'r1', level: 'high' }] });
    expect(await proposal()).toMatchObject({
      state: 'accepted',
      decided: { by: { id: 'lea' }, exception: exception!.number },
    });
    expect(await refresh()).toEqual([]);
    expect(await code(`tune dismiss P${number} no`)).toBe('MDR_PROPOSAL_STATE');
    expect(await text(`tune undo P${number}`)).toContain('is open again');
    expect((await acme.exceptions.find())[0]!.state).toBe('revoked');
    expect((await proposal()).state).toBe('open');
    expect((await proposal()).decided).toBeUndefined();
  });

  it('cannot alone let one hide that needs two people, though mdr proposed it', async () => {
    await store.rules.deleteMany({});
    await catalogue('critical');
    await many(6);
    const [{ number } = { number: 0 }] = await refresh();
    expect(await code(`tune accept P${number} active`)).toBe('MDR_FORBIDDEN');
    expect((await acme.exceptions.find())[0]!.state).toBe('proposed');
    expect(await code(`tune accept P${number} active`)).toBe('MDR_FORBIDDEN');
    expect(await text(`tune accept P${number} active`, { person: bo })).toContain('hides from now on');
  });

  it('accepts a level, which needs a lead, and takes it back to what it was', async () => {
    await many(6, stranger);
    const [{ number } = { number: 0 }] = await refresh();
    expect(await code(`tune accept P${number}`, { role: 'analyst' })).toBe('MDR_FORBIDDEN');
    expect(await text(`tune P${number} accept`)).toContain('its level is medium here from now on');
    expect((await acme.ruleTunings.find())[0]).toMatchObject({ rule: 'r1', level: 'medium' });
    await run(`tune undo P${number}`);
    expect((await acme.ruleTunings.find())[0]).toMatchObject({ level: null });
  });

  it('dismisses with a reason, and is asked again only after as many new verdicts', async () => {
    await many(6);
    const [{ number } = { number: 0 }] = await refresh();
    expect(await code(`tune dismiss P${number}`)).toBe('MDR_COMMAND_USAGE');
    expect(await text(`tune dismiss P${number} we want to see these`)).toContain('Dismissed: we want to see these');
    expect(await refresh()).toEqual([]);
    now += DAY_MS;
    for (let n = 31; n <= 34; n++) await judged(n, 'false_positive', {}, { closed: now });
    expect(await refresh()).toEqual([]);
    await judged(35, 'false_positive', {}, { closed: now });
    expect((await refresh()).map((each) => [each.number, each.seen.false])).toEqual([[number, 5]]);
    await run(`tune dismiss P${number} still`);
    await run(`tune undo P${number}`);
    expect((await proposal()).state).toBe('open');
  });

  it('names one that is not there, and not what it cannot do', async () => {
    for (const line of ['tune show P99', 'tune accept P99 monitor', 'tune dismiss P99 x', 'tune undo P99'])
      expect(await code(line), line).toBe('MDR_PROPOSAL_UNKNOWN');
    for (const line of ['tune dismiss E1 x', 'tune dismiss', 'tune extend P1 3 x', 'tune proposals now'])
      expect(await code(line), line).toBe('MDR_COMMAND_USAGE');
    expect(await code('tune proposals', { internal: false })).toBe('MDR_FORBIDDEN');
  });

  it('of several at once, one decides', async () => {
    await many(6);
    const [{ number } = { number: 0 }] = await refresh();
    await Promise.all([lea, bo, lea].map((person) => run(`tune accept P${number} monitor`, { person })));
    expect(await acme.exceptions.count()).toBe(1);
    expect((await proposal()).log.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
  });
});

it('the numbers of the week name them, escaped', async () => {
  await many(6, () => ({ User: '<!channel> *x*' }));
  const at = { from: now - 7 * DAY_MS, due: now, now, late: false };
  const report = await makeReport(async () => [], acme, 'weekly', at);
  expect(report.proposals).toHaveLength(1);
  const shown = JSON.stringify(reportCard(report, acme.tenant));
  expect(shown).toContain('Proposed for tuning, from verdicts');
  expect(shown).toContain('0 of 6 judged alerts were real');
  // Values of logs stand as code.
  expect(shown).toMatch(/\{"code":"an exception when [^"]*<!channel>/);
  expect((await makeReport(async () => [], acme, 'daily', at)).proposals).toBeUndefined();
});
