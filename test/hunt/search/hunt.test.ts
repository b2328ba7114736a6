import { describe, expect, it } from 'vitest';
import { plain } from '../../../commands/cards/card.js';
import hunt from '../../../commands/hunt.js';
import { log } from '../../../engine/log.js';
import { buttons, clock, huntWorld, SECRET } from './hunt.world.js';

const { root, store, queues, acme, context, run, text, latest } = await huntWorld();

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
