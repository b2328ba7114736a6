import { UnrecoverableError } from 'bullmq';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { renderText } from '../../../bot/cards/text.js';
import { postDispatch } from '../../../bot/outbox/dispatch.js';
import { type Card, plain } from '../../../commands/cards/card.js';
import hunt from '../../../commands/hunt.js';
import type { Context } from '../../../commands/types.js';
import { loadRules, ownRules } from '../../../engine/detect/index.js';
import { publishFolders } from '../../../engine/detect/rulesets/catalog.js';
import { planHunt, runPlans } from '../../../engine/hunt/search/plans.js';
import { shownRun } from '../../../engine/hunt/search/post.js';
import { hunted, startHunting } from '../../../engine/hunt/search/work.js';
import { log } from '../../../engine/log.js';
import type { Queues } from '../../../engine/queues.js';
import type { Store, TenantStore } from '../../../engine/store/index.js';
import { startTriage } from '../../../engine/triage/stage.js';
import { liveVerdicts } from '../../../engine/triage/trust.js';
import { FakeSurface } from '../../bot/fakesurface.js';
import { addTenant } from '../../commands/world.js';
import { testQueues, testStore } from '../../support/services.js';
import { formats, lakeWith, NOW, ruleExamples } from './world.js';

const now = NOW;
const clock = () => now;
const rules = { base: await loadRules([ownRules]) };
const logon = (n: number, more: Record<string, unknown> = {}) =>
  JSON.stringify({
    ...{ Channel: 'Security', EventID: 4625, TimeCreated: new Date(NOW - 3_600_000 - n * 1000).toISOString() },
    ...{ Computer: 'dc01.corp.example', TargetUserName: `user${n % 3}`, TargetDomainName: 'CORP', LogonType: 3 },
    ...{ IpAddress: `203.0.113.${n % 2 ? 9 : 7}`, WorkstationName: 'KALI', RecordNumber: n },
    ...more,
  });
const SECRET = 'other-tenants-secret';
const { root, lake } = await lakeWith([
  ...(await ruleExamples()),
  ...Array.from({ length: 40 }, (_, n) => logon(n)),
  logon(99, { TargetUserName: '=cmd|calc' }),
]);
let store: Store;
let queues: Queues;
let acme: TenantStore;

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  acme = await addTenant(store, 'acme', 'Acme', [{ surface: 'slack', channel: 'C0SOC', lane: 'provider' }]);
  await addTenant(store, 'other', 'Other');
  const theirs = await import('../../../engine/lake/bulk.js');
  const { eventsOf } = await import('./world.js');
  await theirs.writeParquet(root, 'other', eventsOf([logon(1, { TargetUserName: SECRET })], 'other'));
  await publishFolders(store.rules, { mdr: [ownRules] }, [], log);
  startHunting({ store, queues, lake, formats, rules, clock, log });
  startTriage({ store, queues, clock, verdicts: liveVerdicts(clock) });
});

const context = (more: Partial<Context> = {}): Context =>
  ({
    ...{ tenant: acme, queues, clock, alert: null, internal: true, role: 'analyst', commands: [] },
    person: { _id: 'ana', name: 'Ana', side: 'provider' },
    place: { surface: 'slack', channel: 'C0SOC', direct: false, identity: 'slack:Uana' },
    people: async () => [],
    ...more,
  }) as unknown as Context;
const split = (line: string) =>
  line.match(/"[^"]*"|\S+/g)!.map((word) => (word.startsWith('"') ? word.slice(1, -1) : word));
/** Run a line, and where it takes longer than an answer waits, look until it is over. */
async function run(line: string, more: Partial<Context> = {}): Promise<Card> {
  const card = await hunt.run(context({ line: `hunt ${line}`, ...more }), split(line));
  const number = / (runs|waits for a worker)$/.test(plain(card.title))
    ? /Hunt (\d+)/.exec(plain(card.title))![1]!
    : null;
  if (number === null) return card;
  for (let i = 0; i < 300; i++) {
    const again = await hunt.run(context(more), [number]);
    if (!/ (runs|waits for a worker)$/.test(plain(again.title))) return again;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`hunt ${number} did not end`);
}
const text = async (line: string, more: Partial<Context> = {}) => renderText(await run(line, more), { width: 240 });
const buttons = (card: Card) => card.blocks.flatMap((block) => (block.kind === 'actions' ? block.actions : []));
const latest = async () => (await acme.huntRuns.find({}, { sort: { number: -1 }, limit: 1 }))[0]!;

describe('a hunt from command to card', () => {
  it('answers a question, and shows the SQL that it made', async () => {
    const shown = await text('ask failed logons on dc01 last 24h by source');
    expect(shown).toMatch(/Hunt \d+: failed logons on dc01 last 24h by source: 2 rows/);
    expect(shown).toMatch(/203\.0\.113\.9\s+\S*\s*21/);
    expect(shown).toContain('SELECT coalesce(source_ip, source_domain) AS "source"');
    const run = await latest();
    expect(run.queries[0]).toMatchObject({ rows: 2 });
    expect(run.result!.chart).toMatchObject({
      kind: 'bar',
      labels: ['203.0.113.9', '203.0.113.7'],
    });
  });

  it('says which word it does not understand, with examples', async () => {
    await expect(run('ask failed logns on dc01')).rejects.toMatchObject({
      code: 'MDR_HUNT_BAD',
      message: '"logns" is not understood here. Did you mean "logins"?',
      hint: expect.stringContaining('/mdr hunt ask failed logons on dc01 last night by source'),
    });
  });

  it('runs a rule, named by its file', async () => {
    const shown = await text('sigma windows-run-key-script-or-temp last 30d');
    expect(shown).toContain('Autostart entry points to a script host');
    expect(shown).toContain('which confirmed 2');
    expect((await latest()).techniques).toEqual(['T1547.001']);
    await expect(run('sigma no-such-rule')).rejects.toMatchObject({ code: 'MDR_RULE_UNKNOWN' });
    await expect(run('sigma')).rejects.toMatchObject({ code: 'MDR_HUNT_BAD' });
  });

  it('knows whether anybody has met a value: where, who, when, how often', async () => {
    const shown = await text('indicator 203[.]0[.]113[.]9 nothing-like.it.example last 7d');
    expect(shown).toContain('1 of 2 values were met here');
    expect(shown).toContain('never met in this time: nothing-like.it.example');
    const { result } = await latest();
    expect(result!.columns.map(({ name }) => name)).toEqual([
      'value',
      'seen_in',
      'host',
      'user',
      'events',
      'first',
      'last',
    ]);
    expect(result!.rows.reduce((sum, row) => sum + Number(row[4]), 0)).toBeGreaterThanOrEqual(20);
    expect(await text('indicator user:user1')).toContain('user_name');
    expect(await text('indicator host:DC01.corp.example')).toContain('host_name');
    await expect(run('indicator')).rejects.toMatchObject({ code: 'MDR_HUNT_BAD' });
    await expect(run('indicator ab')).rejects.toMatchObject({ code: 'MDR_HUNT_BAD' });
  });

  it('queries, with the quotes of SQL left as they are', async () => {
    const shown = await text(
      "sql last 7d SELECT user_name, count(*) AS n FROM authentication WHERE host_name = 'dc01.corp.example' GROUP BY 1 ORDER BY 2 DESC, 1",
    );
    expect(shown).toContain('user0');
    expect(shown).toContain("host_name = 'dc01.corp.example'");
    expect(await text('schema logon')).toContain('winlog_logon_type');
  });

  it('gets the line as it was typed, from whichever surface, with the quotes of keyboards made straight', async () => {
    const { makeAnswer } = await import('../../../bot/answer.js');
    const { loadCommands } = await import('../../../commands/index.js');
    const { addPerson } = await import('../../commands/world.js');
    await addPerson(store, 'ana', 'Ana', [{ tenant: 'acme', role: 'analyst' }]);
    const answer = makeAnswer({ store, queues, commands: await loadCommands(), clock, log });
    const ask = { surface: 'slack', user: 'Uana', channel: 'C0SOC', thread: null, tenant: null };
    for (const quoted of ["'dc01.corp.example'", '‘dc01.corp.example’']) {
      const sql = `SELECT count(*) AS n FROM authentication WHERE host_name = ${quoted} AND event_outcome = 'failure'`;
      await answer({ ...ask, text: `hunt sql last 7d ${sql}` });
      for (let i = 0; i < 100 && (await latest()).state !== 'done'; i++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      expect((await latest()).result!.rows).toEqual([[41]]);
    }
    const card = await answer({ ...ask, text: `hunt ask failed logons of user "=cmd|calc" last 24h` });
    expect(plain(card.title)).toMatch(/Hunt \d+: failed logons of user =cmd\|calc last 24h/);
  });

  it('puts all rows and a picture into the channel, each once', async () => {
    // From a terminal: a run that takes longer than an answer waits, here or before, is posted into its channel by itself.
    await run('ask failed logons last 24h by user', { place: { surface: 'terminal' } as Context['place'] });
    const { number, _id } = await latest();
    await run(`${number} files`);
    await run(`${number} files`);
    const due = (await acme.dispatches.find({ state: 'due' })).filter(
      ({ content }) => content.kind === 'hunt' && content.id === _id,
    );
    expect(due).toHaveLength(1);
    const surface = new FakeSurface('slack');
    const files: { name: string; data: Uint8Array }[] = [];
    Object.assign(surface, {
      upload: async (channel: string, file: { name: string; data: Uint8Array }, _key: string, thread: string) => {
        files.push(file);
        return { channel, message: `${thread}-${files.length}` };
      },
    });
    const hold = { check: async () => {}, set: async (): Promise<never> => Promise.reject(new Error('no limit')) };
    const thread = { tenant: 'acme', surface: 'slack', channel: 'C0SOC', number: 0 };
    const parts = { store: acme, surface, thread, hold, held: async () => true, clock, log, debounceMs: 0 };
    await postDispatch(parts, due[0]!._id);
    await postDispatch(parts, due[0]!._id);
    expect(files.map(({ name }) => name)).toEqual([`hunt-${number}.png`, `hunt-${number}.csv`]);
    expect(Buffer.from(files[0]!.data).subarray(1, 4).toString()).toBe('PNG');
    const csv = Buffer.from(files[1]!.data).toString('utf8');
    expect(csv.split('\r\n')[0]).toBe('\uFEFFuser,events,first,last');
    // What a spreadsheet would run, it reads.
    expect(csv).toContain("'=cmd|calc,1,2026-");
  });

  it('leaves a channel alone that the customer reads by now', async () => {
    const shared = await store.forTenant('acme');
    await run('ask failed logons last 24h by host');
    const { number } = await latest();
    await run(`${number} files`, {
      place: { surface: 'slack', channel: 'CSHARED', direct: false, identity: 'slack:Uana' },
    });
    await store.tenants.updateOne(
      { _id: 'acme' },
      { $push: { channels: { surface: 'slack', channel: 'CSHARED', lane: 'customer' } } },
    );
    const bound = await store.forTenant('acme');
    const [dispatch] = (await shared.dispatches.find({ state: 'due' })).filter(
      ({ to }) => to.kind === 'channel' && to.channel === 'CSHARED',
    );
    const surface = new FakeSurface('slack');
    const hold = { check: async () => {}, set: async (): Promise<never> => Promise.reject(new Error('no limit')) };
    const thread = { tenant: 'acme', surface: 'slack', channel: 'CSHARED', number: 0 };
    await postDispatch(
      { store: bound, surface, thread, hold, held: async () => true, clock, log, debounceMs: 0 },
      dispatch!._id,
    );
    expect((await bound.dispatches.findOne({ _id: dispatch!._id }))!.state).toBe('dropped');
    await store.tenants.updateOne({ _id: 'acme' }, { $pull: { channels: { channel: 'CSHARED' } } });
  });

  describe('what a schedule found goes', () => {
    let count = 0;
    /** Deliver into a channel. @returns what became of it, and where it was taken instead */
    async function delivered(channel: string, alone?: string) {
      const scope = await store.forTenant('acme');
      const [run] = await scope.huntRuns.find({ state: 'done' }, { limit: 1 });
      const id = `scheduled-${++count}`;
      const shown = { ...shownRun(run!), scheduled: true };
      await scope.dispatches.insert({
        ...{ _id: id, to: { kind: 'channel', surface: 'slack', channel } },
        content: { kind: 'hunt', id: run!._id, run: shown, files: [], ...(alone && { alone }) },
        ...{ state: 'due', attempts: 0, due: now, created: now, ended: null, error: '' },
      });
      const before = new Set((await scope.dispatches.find()).map(({ _id }) => _id));
      const surface = new FakeSurface('slack');
      const hold = { check: async () => {}, set: async (): Promise<never> => Promise.reject(new Error('no limit')) };
      const thread = { tenant: 'acme', surface: 'slack', channel, number: 0 };
      await postDispatch(
        { store: scope, surface, thread, hold, held: async () => true, clock, log, debounceMs: 0 },
        id,
      );
      const moved = (await scope.dispatches.find()).filter(({ _id }) => !before.has(_id));
      await scope.dispatches.deleteMany({ _id: { $in: moved.map(({ _id }) => _id) } });
      const { state } = (await scope.dispatches.findOne({ _id: id }))!;
      expect(surface.messages).toHaveLength(state === 'sent' ? 1 : 0);
      return [state, moved.map(({ to }) => (to.kind === 'channel' ? `${to.surface}:${to.channel}` : '')).sort()];
    }
    const INSTEAD = ['console:acme/alerts', 'slack:C0SOC'];
    const bind = (tenant: string, channel: string, lane: string) =>
      store.tenants.updateOne({ _id: tenant }, { $push: { channels: { surface: 'slack', channel, lane } } });

    it('into a channel of this tenant’s provider lane', async () => {
      expect(await delivered('C0SOC')).toEqual(['sent', []]);
    });
    it('into none that is unbound, another tenant’s, or bound to two', async () => {
      expect(await delivered('CGONE')).toEqual(['dropped', INSTEAD]);
      await bind('other', 'CTHEIRS', 'provider');
      expect(await delivered('CTHEIRS')).toEqual(['dropped', INSTEAD]);
      await bind('acme', 'CTHEIRS', 'provider');
      expect(await delivered('CTHEIRS')).toEqual(['dropped', ['console:acme/alerts', 'slack:C0SOC', 'slack:CTHEIRS']]);
      await store.tenants.updateMany({}, { $pull: { channels: { channel: 'CTHEIRS' } } });
    });
    it('to a person alone who is still an analyst of the provider', async () => {
      const { addPerson } = await import('../../commands/world.js');
      await addPerson(store, 'dan', 'Dan', [{ tenant: 'acme', role: 'analyst' }]);
      expect(await delivered('DDAN', 'dan')).toEqual(['sent', []]);
      await store.people.updateOne({ _id: 'dan' }, { $set: { grants: [{ tenant: 'acme', role: 'viewer' }] } });
      expect(await delivered('DDAN', 'dan')).toEqual(['dropped', INSTEAD]);
      await store.people.updateOne(
        { _id: 'dan' },
        { $set: { side: 'customer', grants: [{ tenant: 'acme', role: 'admin' }] } },
      );
      expect(await delivered('DDAN', 'dan')).toEqual(['dropped', INSTEAD]);
      expect(await delivered('DDAN', 'nobody')).toEqual(['dropped', INSTEAD]);
    });
  });

  it('becomes an alert, about what all rows name', async () => {
    const card = await run('ask failed logons on dc01 last 24h');
    const alert = buttons(card).find(({ id }) => id === 'alert')!;
    const raised = await hunt.run(context(), [alert.record, alert.choice!]);
    expect(plain(raised.title)).toMatch(/^Alert \d+: “Hunt \d+: failed logons on dc01/);
    const [made] = await acme.alerts.find({}, { sort: { number: -1 }, limit: 1 });
    expect(made).toMatchObject({ level: 'medium', entity: { kind: 'host' } });
    await expect(run(`${alert.record} alert enormous`)).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
  });

  it('becomes a draft of a rule that compiles and finds the same', async () => {
    await run('indicator evil.example 203.0.113.9 last 30d');
    const run1 = await latest();
    const { draftOf } = await import('../../../engine/hunt/search/draft.js');
    const { savedHunts } = await import('../../../engine/hunt/saved/index.js');
    const { compileRules } = await import('../../../engine/detect/index.js');
    const draft = draftOf(run1, await savedHunts());
    const base = compileRules([{ file: 'draft.yml', content: draft }]);
    expect(base.problems).toEqual([]);
    expect(base.matcher.rules.length).toBeGreaterThanOrEqual(4);
    expect(draftOf(run1, await savedHunts())).toBe(draft);
    await run('ask logons last 24h');
    await expect(run(`${(await latest()).number} rule`)).rejects.toMatchObject({ code: 'MDR_HUNT_STATE' });
  });
});

describe('hostile input', () => {
  it.each([
    "sql SELECT * FROM read_csv('/etc/passwd')",
    `sql SELECT * FROM read_parquet('${root}/other/events/**/*.parquet')`,
    'sql SELECT 1; DROP VIEW events',
    "sql COPY (SELECT 1) TO '/tmp/mdr-hunt-attack.csv'",
    'sql PRAGMA database_list',
  ])('%s fails, and shows nothing', async (line) => {
    const shown = await text(line);
    expect(shown).toMatch(/failed/);
    expect(shown).not.toContain(SECRET);
    expect((await latest()).error!.code).toMatch(/^MDR_LAKE_(REFUSED|QUERY)$/);
  });

  it('sees one tenant only, whatever is asked', async () => {
    for (const line of [
      `indicator user:${SECRET}`,
      `ask logons of user ${SECRET}`,
      'sql SELECT * FROM events ORDER BY time DESC',
    ]) {
      await run(line);
      expect(JSON.stringify((await latest()).result!.rows)).not.toContain(SECRET);
    }
  });

  it('a question that is too long, or of nothing but quotes', async () => {
    await expect(run(`ask ${'x '.repeat(500_000)}`)).rejects.toMatchObject({ code: 'MDR_HUNT_BAD' });
    await expect(run(`ask ${'logons '.repeat(200)}`)).rejects.toMatchObject({ code: 'MDR_HUNT_BAD' });
    const card = await run(`ask logons of user "x' OR 1=1 --" last 24h`);
    expect(plain(card.title)).toContain('nothing found');
    expect((await latest()).queries[0]!.sql).not.toContain('OR 1=1');
  });

  it('values of logs and people are text in a card', async () => {
    const shown = await run(`ask logons of user "<!channel> *bold*" last 24h`);
    expect(JSON.stringify(shown)).toContain('<!channel>');
  });

  it('is not for customers, nor for their channels', async () => {
    await expect(run('ask logons', { internal: false })).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
  });
});

describe('a hunt that takes long', () => {
  it('is cancelled, and stays so', async () => {
    const card = await hunt.run(
      context({
        line: 'hunt sql SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range % 7 = b.range % 11',
      }),
      ['sql', 'x'],
    );
    const { number } = await latest();
    expect(buttons(card).map(({ id }) => id)).toEqual(['again', 'cancel']);
    expect((await latest()).post).toEqual({ surface: 'slack', channel: 'C0SOC' });
    expect(plain((await run(`${number} cancel`)).title)).toContain('was cancelled');
    for (let i = 0; i < 100 && (await queues.queue('hunts').getActiveCount()) > 0; i++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await latest()).state).toBe('cancelled');
    await hunted({ store, queues, lake, formats, rules, clock, log }, { tenant: 'acme', id: (await latest())._id });
    expect((await latest()).state).toBe('cancelled');
  }, 30_000);

  it('comes into the channel by itself when it is done', async () => {
    const before = await acme.dispatches.count();
    const { startRun, awaitRun } = await import('../../../engine/hunt/search/runs.js');
    const request = { kind: 'sql' as const, sql: 'SELECT 1 AS one', params: {}, datasets: [] };
    const by = { id: 'ana', name: 'Ana' };
    const run = await startRun(
      acme,
      queues,
      {
        title: 't',
        request,
        techniques: [],
        from: 0,
        until: NOW,
        period: 'p',
        by,
        hunt: null,
        post: { surface: 'slack', channel: 'C0SOC' },
      },
      clock,
    );
    expect((await awaitRun(acme, run, 10_000, null)).state).toBe('done');
    for (let i = 0; i < 50 && (await acme.dispatches.count()) === before; i++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await acme.dispatches.count()).toBe(before + 1);
  });

  it('is one of so many at most', async () => {
    const { startRun } = await import('../../../engine/hunt/search/runs.js');
    const other = await store.forTenant('other');
    const quiet = { ...queues, add: async () => {} } as Queues;
    const wanted = {
      title: 't',
      request: { kind: 'sql' as const, sql: 'SELECT 1', params: {}, datasets: [] },
      techniques: [],
      from: 0,
      until: 1,
      period: 'p',
      by: { id: 'a', name: 'A' },
      hunt: null,
    };
    for (let i = 0; i < 20; i++) await startRun(other, quiet, wanted, clock);
    await expect(startRun(other, quiet, wanted, clock)).rejects.toMatchObject({ code: 'MDR_HUNT_BUSY' });
    await other.huntRuns.deleteMany({});
  });
});

describe('a worker that is killed or stopped', () => {
  const by = { id: 'ana', name: 'Ana' };
  const wanted = (sql = 'SELECT 1 AS one') => ({
    ...{ title: 't', request: { kind: 'sql' as const, sql, params: {}, datasets: [] }, techniques: [] },
    ...{ from: 0, until: NOW, period: 'p', by, hunt: null, post: { surface: 'slack', channel: 'C0SOC' } },
  });
  const quiet = () => ({ ...queues, add: async () => {} }) as Queues;
  const parts = () => ({ store, queues, lake, formats, rules, clock, log });
  const posted = async (id: string) =>
    (await acme.dispatches.find()).filter(({ content }) => content.kind === 'hunt' && content.id === id);

  it('right after the end: note and post are made up for, once', async () => {
    const { openHunt, huntCalled } = await import('../../../engine/hunt/search/records.js');
    const { startRun } = await import('../../../engine/hunt/search/runs.js');
    const record = await openHunt(acme, 'something is so', by, clock);
    const { _id } = await startRun(acme, quiet(), { ...wanted(), hunt: record.number }, clock);
    const failing = {
      ...queues,
      add: async () => {
        throw new Error('killed');
      },
    } as Queues;
    await expect(hunted({ ...parts(), queues: failing }, { tenant: 'acme', id: _id })).rejects.toThrow('killed');
    expect(await acme.huntRuns.findOne({ _id })).toMatchObject({ state: 'done', told: false });
    await acme.dispatches.deleteMany({});
    // Long after: what comes by itself comes once, however late it is told.
    const late = () => NOW + 3_600_000;
    await hunted({ ...parts(), clock: late }, { tenant: 'acme', id: _id });
    await acme.huntRuns.update({ _id }, { $set: { told: false } });
    await runPlans({ store, queues, clock: late, log });
    expect((await acme.huntRuns.findOne({ _id }))!.told).toBe(true);
    expect(await posted(_id)).toHaveLength(1);
    expect((await huntCalled(acme, record.number)).runs).toHaveLength(1);
  });

  it('is given up in the end, and that is posted; its failed job is in nobody’s way', async () => {
    const { hand, startRun } = await import('../../../engine/hunt/search/runs.js');
    const { _id } = await startRun(acme, quiet(), wanted(), clock);
    await acme.huntRuns.update({ _id }, { $set: { state: 'running', started: NOW } });
    await runPlans({ store, queues: quiet(), clock: () => NOW + 7 * 3_600_000, log });
    await runPlans({ store, queues: quiet(), clock: () => NOW + 8 * 3_600_000, log });
    expect(await acme.huntRuns.findOne({ _id })).toMatchObject({ state: 'failed', told: true });
    expect(await posted(_id)).toHaveLength(1);

    const { queues: own } = await testQueues();
    let tries = 0;
    const worker = own.work('hunts', 1, async () => {
      tries++;
      throw new UnrecoverableError('broken');
    });
    const loud = log.level;
    log.level = 'silent';
    for (const times of [1, 2]) {
      await hand(own, 'acme', 'one-id');
      await vi.waitFor(() => expect(tries).toBe(times), { timeout: 10_000 });
      await vi.waitFor(async () => expect(await own.queue('hunts').getJob('one-id')).toBeUndefined());
    }
    log.level = loud;
    await worker.close();
  });

  it('a stop costs no attempt: the hunt waits for the next worker', async () => {
    const { startRun, awaitRun } = await import('../../../engine/hunt/search/runs.js');
    const { queues: own } = await testQueues();
    const worker = startHunting({ ...parts(), queues: own });
    const long = 'SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range % 7 = b.range % 11';
    const { _id } = await startRun(acme, own, wanted(long), clock);
    const state = async () => (await acme.huntRuns.findOne({ _id }))!;
    await vi.waitFor(async () => expect((await state()).state).toBe('running'), { timeout: 10_000 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await worker.stop();
    const job = await own.queue('hunts').getJob(_id);
    expect([job!.attemptsMade, await job!.isFailed()]).toEqual([0, false]);
    expect(await state()).toMatchObject({ state: 'waiting', started: null });
    await acme.huntRuns.update({ _id }, { $set: { 'request.sql': 'SELECT 1 AS one' } });
    const next = startHunting({ ...parts(), queues: own });
    expect((await awaitRun(acme, await state(), 10_000, null)).state).toBe('done');
    await next.stop();
  }, 40_000);
});

describe('a plan', () => {
  const plan = (name: string, due: number) => ({
    ...{ name, params: {}, every: 'daily' as const, owner: { id: 'ana', name: 'Ana' }, post: null, due, created: 0 },
  });

  it('that can never start is put off, says why, and is in nobody’s way', async () => {
    const { idOf } = await import('../../../engine/ids.js');
    for (let n = 0; n < 60; n++) await planHunt(acme, plan(`no-such-hunt-${n}`, NOW - 10_000));
    const gone = { _id: idOf('huntplan', 'gone', 'logs-cleared'), tenant: 'gone', ...plan('logs-cleared', NOW - 9000) };
    await store.huntPlans.create(gone);
    await planHunt(acme, plan('logs-cleared', NOW - 1000));
    const loud = log.level;
    log.level = 'silent';
    const before = await acme.huntRuns.count({ 'request.name': 'logs-cleared' });
    for (let ticks = 0; ticks < 2; ticks++) await runPlans({ store, queues, clock, log });
    log.level = loud;
    expect(await acme.huntRuns.count({ 'request.name': 'logs-cleared' })).toBe(before + 1);
    expect(await store.huntPlans.countDocuments({ due: { $lte: NOW } })).toBe(0);
    expect(await acme.huntPlans.findOne({ name: 'no-such-hunt-3' })).toMatchObject({
      error: { code: 'MDR_HUNT_UNKNOWN' },
    });
    expect((await store.huntPlans.findById(gone._id).lean())!.error!.code).toBe('MDR_TENANT_UNKNOWN');
    expect((await acme.huntPlans.findOne({ name: 'logs-cleared' }))!.error).toBeNull();
    expect(await text('schedule')).toContain('no-such-hunt-3');
    // Planned again it begins anew, in one step.
    await planHunt(acme, { ...plan('no-such-hunt-3', NOW + 5), every: 'weekly' });
    const [again, ...others] = await acme.huntPlans.find({ name: 'no-such-hunt-3' });
    expect([again, others]).toMatchObject([{ every: 'weekly', due: NOW + 5, error: null }, []]);
    await store.huntPlans.deleteMany({});
  });
});
