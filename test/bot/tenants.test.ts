import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeAnswer } from '../../bot/answer.js';
import { renderText } from '../../bot/cards/text.js';
import { terminalChat } from '../../bot/surfaces/terminal/index.js';
import type { Answer, Ask } from '../../bot/surfaces/types.js';
import type { Action, Card } from '../../commands/cards/card.js';
import { investigationCard } from '../../commands/cards/investigation.js';
import { answerActions, answeredCard, draftCard } from '../../commands/cards/question.js';
import { reminderActions } from '../../commands/cards/reminder.js';
import { stormCard } from '../../commands/cards/storm.js';
import { loadCommands } from '../../commands/index.js';
import type { Command } from '../../commands/types.js';
import { idOf } from '../../engine/ids.js';
import { keepDeadLetters } from '../../engine/ingest/deadletters.js';
import { saveVersion } from '../../engine/investigate/report/keep.js';
import type { Investigation } from '../../engine/investigate/types.js';
import { log } from '../../engine/log.js';
import { setRota, takeOver } from '../../engine/oncall/work.js';
import type { Queues } from '../../engine/queues.js';
import { contractOf } from '../../engine/respond/case/contract.js';
import { newCase, type Opening, shareOf } from '../../engine/respond/case/create.js';
import { projectRoot } from '../../engine/root.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { Scoped } from '../../engine/store/scoped.js';
import { draft, send } from '../../engine/triage/ask/questions.js';
import { actionRecord, addPerson, addTenant, alertRecord, detectionRecord, NOW } from '../commands/world.js';
import { investigation } from '../investigate/report/fixture.js';
import { testQueues, testStore } from '../support/services.js';
import { consoleHarness } from './surfaces/console.harness.js';
import { harness } from './surfaces/slack.harness.js';
import { ALERT, CASE, CASES, CLOSED, DIGEST, OPEN, SECRET } from './tenants.cases.js';

/** Stands in every record of zeta: acme's people must never see it. */

interface World {
  store: Store;
  queues: Queues;
  commands: readonly Command[];
  answer: Answer;
  zeta: TenantStore;
  letter: string;
}
let world: World;

/** Two tenants; everything that zeta has carries the secret. */
async function fill(store: Store, queues: Queues, make = addTenant): Promise<World> {
  const commands = await loadCommands();
  const answer = makeAnswer({ store, queues, commands, clock: () => NOW, log });
  const acme = await make(store, 'acme', 'Acme', [
    { surface: 'slack', channel: 'C0ALERTS', lane: 'provider' },
    { surface: 'slack', channel: 'CSHARED', lane: 'customer' },
  ]);
  const zeta = await make(store, 'zeta', `Zeta ${SECRET}`, [
    { surface: 'slack', channel: 'CZETA', lane: 'provider' },
    { surface: 'slack', channel: 'CZSHARED', lane: 'customer' },
  ]);
  const published = { at: NOW, by: { id: 'zed', name: SECRET } };
  await acme.alerts.insert(alertRecord(1, { state: 'acknowledged', published }));
  const theirs = { title: SECRET, entity: { kind: 'host' as const, value: SECRET }, observables: [] };
  await zeta.alerts.insert(alertRecord(ALERT, { ...theirs, published }));
  await zeta.alerts.insert(alertRecord(OPEN, { ...theirs, state: 'acknowledged' }));
  await zeta.alerts.insert(alertRecord(CLOSED, { ...theirs, state: 'closed', reason: 'false_positive', closed: NOW }));
  const opening: Opening = {
    ...{ origin: 'o', title: SECRET, type: 'other', severity: 'high', priority: 'P2', reason: SECRET },
    ...{ alerts: [shareOf((await zeta.alerts.findOne({ number: ALERT }))!)], lead: published.by },
  };
  const cause = { by: published.by, now: NOW, request: 'r', contract: contractOf(zeta.tenant) };
  const { tenant: _, ...begun } = newCase('zeta', CASE, opening, cause);
  const args = { ip: SECRET };
  await zeta.actions.insert(actionRecord(1, { args, reason: SECRET, digest: DIGEST, state: 'proposed' }));
  await zeta.cases.insert({ ...begun, state: 'triage', published });
  const told = investigation({ alert: ALERT, alerts: [ALERT], title: SECRET });
  await saveVersion(zeta, { ...told, who: [{ text: SECRET, events: ['e0'] }] }, published.by);
  for (const number of [ALERT, OPEN, CLOSED]) await zeta.detections.insert(detectionRecord(number, SECRET));
  await zeta.exceptions.insert({
    _id: 'exception-9',
    number: 9,
    state: 'proposed',
    rules: [{ id: 'r1', title: SECRET, level: 'high' }],
    conditions: [{ key: 'host.name', values: [SECRET] }],
    reason: SECRET,
    alert: CLOSED,
    author: { id: 'zed', name: SECRET },
    created: NOW,
    updated: NOW,
    expires: NOW + 86_400_000,
    log: [],
    revision: 1,
  });
  await zeta.proposals.insert({
    ...{ _id: 'proposal-9', number: 9, state: 'open', rule: { id: 'r1', title: SECRET, level: 'high' } },
    change: { kind: 'exception', conditions: [{ key: 'host.name', values: [SECRET] }] },
    ...{ seen: { real: 0, benign: 0, false: 9 }, alert: CLOSED, created: NOW, updated: NOW, log: [], revision: 1 },
    would: { days: 30, what: 'detections', count: 3, of: 3, real: 0 },
  });
  await keepDeadLetters(
    zeta,
    [
      {
        source: 'zeta-source',
        code: 'MDR_FORMAT_UNKNOWN',
        message: SECRET,
        sample: SECRET,
        bytes: 9,
        record: { format: null, carrier: null, simulated: false, received: NOW },
      },
    ],
    NOW,
  );
  await setRota(
    zeta.rotas,
    { text: 'zone: UTC\nlayers: [{ people: [zed], start: 2026-11-23T09:00, every: 1 week }]', name: SECRET },
    'UTC',
    () => NOW,
  );
  await takeOver(zeta.rotas, {
    person: { id: 'zed', name: SECRET },
    from: NOW,
    until: NOW + 3_600_000,
    by: published.by,
    at: NOW,
  });
  const by = published.by;
  await zeta.huntRuns.insert({
    ...{
      _id: 'zeta-run',
      number: ALERT,
      title: SECRET,
      techniques: [],
      from: 0,
      until: NOW,
      period: SECRET,
      by,
      hunt: 7,
    },
    ...{ request: { kind: 'indicator', values: [{ kind: 'host', value: SECRET }] }, scheduled: false, state: 'done' },
    ...{ progress: 1, created: NOW, started: NOW, ended: NOW, queries: [], file: 9, error: null, post: null },
    result: {
      ...{ columns: [{ name: 'host', type: 'VARCHAR' }], rows: [[SECRET]], total: 1, truncated: false },
      ...{ chart: null, notes: [], gaps: [] },
    },
  });
  await zeta.hunts.insert({
    ...{
      _id: 'zeta-hunt',
      number: 7,
      hypothesis: SECRET,
      techniques: [],
      by,
      created: NOW,
      updated: NOW,
      state: 'open',
    },
    ...{ runs: [], notes: [], outcome: null, conclusion: '', concluded: null, gaps: [], revision: 1 },
  });
  await addPerson(store, 'ana', 'Ana Acme', [{ tenant: 'acme', role: 'admin' }]);
  await addPerson(store, 'cus', 'Cus Tomer', [{ tenant: 'acme', role: 'admin' }], 'customer');
  await addPerson(store, 'star', 'Star Customer', [{ tenant: '*', role: 'admin' }], 'customer');
  await addPerson(store, 'none', 'No Role', []);
  await addPerson(store, 'zed', SECRET, [{ tenant: 'zeta', role: 'admin' }]);
  const zcu = await addPerson(store, 'zcu', SECRET, [{ tenant: 'zeta', role: 'viewer' }], 'customer');
  const about = { alert: (await zeta.alerts.findOne({ number: OPEN }))!, person: zcu, by: published.by };
  const { number } = await draft(zeta, { ...about, text: SECRET, clock: () => NOW });
  await send(zeta, number, published.by, () => NOW);
  const [letter] = await zeta.deadletters.find();
  return { store, queues, commands, answer, zeta, letter: letter!._id };
}

/** Everything of zeta, and what was enqueued for it: refused attempts change nothing of this. */
async function zetaNow({ store, queues, zeta }: World): Promise<string> {
  const { tenant } = zeta;
  const collections = Object.values(zeta).filter((each) => each instanceof Scoped) as (typeof zeta.alerts)[];
  const records = await Promise.all(collections.map((each) => each.find({}, { sort: { _id: 1 } })));
  const jobs = (
    await Promise.all(
      (['changes', 'dispatches', 'events', 'hunts'] as const).map((name) => queues.queue(name).getJobs()),
    )
  ).flat();
  const ours = jobs.map(({ data }) => data).filter((data) => data.tenant === 'zeta');
  return JSON.stringify([
    records,
    ours,
    await store.tenants.findById('zeta').lean(),
    await store.people.findById('zed').lean(),
    tenant._id,
  ]);
}

const lines = (command: string): string[] => [
  ...(CASES[command] ?? []).map((line) =>
    line.replace('LETTER', world.letter).replace('ZETA-PREVIEW', `${OPEN}:${DIGEST}`),
  ),
  ...(world.commands.find(({ name }) => name === command)?.examples ?? []),
];
const actionsOf = (card: Card): Action[] =>
  card.blocks.flatMap((block) => (block.kind === 'actions' ? block.actions : []));
const typedBy = (action: Action): string[] =>
  (action.choices ?? [{ value: '' }]).map(({ value }) => `${action.command} ${action.record} ${value}`.trim());
const text = (card: Card) => renderText(card, { width: 250 });
/** What a person typed may be said back to them. */
const shows = (shown: string, line: string): boolean =>
  shown.replaceAll(line.includes(SECRET) ? SECRET : '\0', '').includes(SECRET);
async function inBatches<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += 12) await Promise.all(all.slice(at, at + 12).map(work));
}

let buttons: Action[];
beforeAll(async () => {
  const { store } = await testStore();
  const { queues } = await testQueues();
  world = await fill(store, queues);
  // What zeta's own admin is offered: every button of every card, before anybody touches anything.
  const cards: Card[] = [];
  for (const line of [...Object.values(CASES).flat(), 'publish 72', 'tune 73', 'alert 71', 'alert 73'])
    if (
      /^(actions$|actions show|alerts?|tune (list|show|\d)|publish \d+$|rules|deadletters|help|status|tenant|people$|oncall$|compliance|numbers|report \d+( versions| publish)?$|case (show|list|timeline \d+$|\d|publish \d)|brief \d|notify$|menu$|form |digest$|remind$|storm|hunt (71|runs|records)$)/.test(
        line,
      ) &&
      !/replay/.test(line)
    )
      cards.push(
        await world.answer({
          surface: 'terminal',
          user: 'zed',
          channel: 't',
          thread: null,
          text: line,
          tenant: 'zeta',
        }),
      );
  // A terminal has no channel to post into.
  const asks = { surface: 'slack', user: 'Uzed', channel: 'CZETA', thread: null, tenant: null };
  for (const text of ['numbers', `report ${ALERT}`, `hunt ${ALERT}`]) cards.push(await world.answer({ ...asks, text }));
  // And those of messages that no command answers with: a reminder's call, a storm.
  const storm = {
    _id: 's',
    tenant: 'zeta',
    number: 1,
    surface: 'slack',
    channel: 'CZETA',
    turn: 1,
    began: 1,
    ended: null,
  };
  const facts = { count: 1, levels: {}, rules: [], entities: [], of: { rules: 0, entities: 0 }, top: [] };
  cards.push(stormCard(storm, facts, world.zeta.tenant));
  const actions = [...reminderActions(1, 'zeta'), ...answerActions(1, 'zeta')];
  cards.push({ title: '', tone: 'neutral', blocks: [{ kind: 'actions', actions }] });
  const nothing = {
    chain: [],
    gaps: [],
    who: [],
    what: [],
    when: [],
    how: [],
    impact: [],
    mitigation: [],
    observables: [],
  };
  const found: Investigation = {
    ...{
      tenant: 'zeta',
      alert: 71,
      alerts: [71],
      version: 1,
      made: 1,
      title: 't',
      level: 'high',
      score: 60,
      reasons: [],
    },
    ...{ ...nothing, blast: { touched: [], reachable: [], untouched: [] }, events: {} },
    ...{ spent: { queries: 0, ms: 0, cut: [] }, simulated: false },
  };
  cards.push(investigationCard(found, 'zeta', 'zed'));
  const [asked] = await world.zeta.questions.find();
  cards.push(draftCard(asked!, world.zeta.tenant), answeredCard(asked!, true));
  buttons = [...new Map(cards.flatMap(actionsOf).map((action) => [JSON.stringify(action), action])).values()];
}, 60_000);

const who = (user: string, more: Partial<Ask>): Partial<Ask> => ({ user, surface: 'terminal', channel: 't', ...more });
const inSlack = (user: string, channel: string, more: Partial<Ask> = {}) =>
  who(`U${user}`, { surface: 'slack', channel, ...more });
/** Ways to come to zeta's records without a role there. */
const WAYS = (user: string): Partial<Ask>[] => [
  who(user, { tenant: 'zeta' }),
  inSlack(user, 'CZETA'),
  inSlack(user, 'CZSHARED'),
  inSlack(user, 'C0ALERTS', { tenant: 'zeta' }),
  inSlack(user, 'D1', { direct: true, tenant: 'zeta' }),
  who(user, { surface: 'console', channel: 'zeta/alerts' }),
  who(user, { surface: 'console', channel: 'acme/alerts', tenant: 'zeta' }),
];
const ask = (text: string, more: Partial<Ask>): Ask => ({
  surface: 'terminal',
  user: 'ana',
  channel: 't',
  thread: null,
  tenant: null,
  text,
  ...more,
});

describe('a person of one tenant and the records of another', () => {
  it('has a case for every command, and no other', () => {
    expect(Object.keys(CASES).sort()).toEqual(world.commands.map(({ name }) => name).sort());
    for (const [name, all] of Object.entries(CASES)) for (const line of all) expect(line.split(' ')[0]).toBe(name);
  });

  it('looks at every button that a command’s code can put on a card', async () => {
    const seen = new Set(buttons.map(({ command }) => command));
    const written = new Set<string>();
    for (const name of await readdir(join(projectRoot, 'commands'), { recursive: true }))
      if (name.endsWith('.ts'))
        for (const [, command] of (await readFile(join(projectRoot, 'commands', name), 'utf8')).matchAll(
          /\bcommand: '(\w+)'/g,
        ))
          written.add(command!);
    expect(written.size).toBeGreaterThan(5);
    expect([...written].filter((command) => !seen.has(command))).toEqual([]);
    for (const { tenant, command } of buttons) {
      expect(tenant).toBe('zeta');
      expect(Object.keys(CASES)).toContain(command);
    }
  });

  it('is refused every command and every button there, whatever they type and wherever', {
    timeout: 120_000,
  }, async () => {
    const before = await zetaNow(world);
    const all = ['ana', 'cus', 'star', 'none'].flatMap((user) =>
      WAYS(user).flatMap((way) =>
        [...Object.keys(CASES).flatMap(lines), ...buttons.flatMap(typedBy)].map((line) => ({ way, line })),
      ),
    );
    await inBatches(all, async ({ way, line }) => {
      const shown = text(await world.answer(ask(line, way)));
      expect({ line, way, code: /MDR_[A-Z_]+/.exec(shown)?.[0] }).toEqual({ line, way, code: 'MDR_FORBIDDEN' });
      expect(shows(shown, line)).toBe(false);
    });
    expect(await zetaNow(world)).toBe(before);
  });

  it('reaches none of them from their own tenant, by number, id, name, value or a button made up', {
    timeout: 120_000,
  }, async () => {
    const before = await zetaNow(world);
    const places = (user: string): Partial<Ask>[] => [
      who(user, { tenant: 'acme' }),
      inSlack(user, user === 'cus' ? 'CSHARED' : 'C0ALERTS'),
    ];
    const all = ['ana', 'cus'].flatMap((user) =>
      places(user).flatMap((way) =>
        [...Object.keys(CASES).flatMap((name) => lines(name)), ...buttons.flatMap(typedBy)].map((line) => ({
          way,
          line,
        })),
      ),
    );
    await inBatches(all, async ({ way, line }) => {
      const shown = text(await world.answer(ask(line, way)));
      expect({ line, way, leaks: shows(shown, line) }).toEqual({ line, way, leaks: false });
      expect({ line, zeta: /Zeta/.test(shown) }).toEqual({ line, zeta: false });
      // The tenant is named by the channel and the flag both: the flag does not win.
      const named = text(await world.answer(ask(`${line} --tenant zeta`, way)));
      expect({ line, named: /MDR_(FORBIDDEN|COMMAND_USAGE)/.test(named) }).toEqual({ line, named: true });
    });
    expect(await zetaNow(world)).toBe(before);
  });

  it('is told whose records an answer shows, on every path on which the channel does not say it', async () => {
    for (const way of [who('ana', { tenant: 'acme' }), who('ana', {}), inSlack('ana', 'D1', { direct: true })])
      for (const line of ['alerts', 'alert 1', 'help', 'status', 'people', 'publish 1'])
        expect(text(await world.answer(ask(line, way)))).toContain('Tenant: Acme (acme)');
    expect(text(await world.answer(ask('help --tenant acme', inSlack('ana', 'C0ALERTS'))))).toContain(
      'Tenant: Acme (acme)',
    );
  });
});

describe('in each surface', () => {
  it('terminal', { timeout: 60_000 }, async () => {
    const before = await zetaNow(world);
    const all = [...Object.keys(CASES).flatMap(lines), ...buttons.flatMap(typedBy)];
    await inBatches(all, async (line) => {
      const { text: shown, ok } = await terminalChat({
        answer: world.answer,
        user: 'ana',
        tenant: 'zeta',
        text: line,
        colour: false,
        width: 200,
      });
      expect({ line, ok, leaks: shows(shown, line) }).toEqual({ line, ok: false, leaks: false });
      const flagged = await terminalChat({
        answer: world.answer,
        user: 'ana',
        tenant: null,
        text: `/mdr ${line} --tenant zeta`,
        colour: false,
      });
      expect({ line, ok: flagged.ok }).toEqual({ line, ok: false });
    });
    expect(await zetaNow(world)).toBe(before);
  });

  it('console', { timeout: 90_000 }, async () => {
    const at = await consoleHarness();
    try {
      await at.store.tenants.deleteMany({});
      await at.store.people.deleteMany({});
      const there = await fill(at.store, at.queues);
      await at.store.people.updateOne({ _id: 'ana' }, { $push: { identities: 'console:operator' } });
      at.answerWith(there.answer);
      const before = await zetaNow(there);
      const key = (line: string) => idOf(line);
      for (const line of [...Object.keys(CASES).map((name) => CASES[name]![0]!), ...buttons.flatMap(typedBy)]) {
        const theirs = await at.ask('/api/channels/zeta/alerts/messages', {
          text: `/mdr ${line}`,
          key: key(`a${line}`),
        });
        expect({ line, status: theirs.status, leaks: theirs.body.includes(SECRET) }).toEqual({
          line,
          status: 403,
          leaks: false,
        });
        const own = await at.ask('/api/channels/acme/alerts/messages', {
          text: `/mdr ${line} --tenant zeta`,
          key: key(`b${line}`),
        });
        expect({ line, tone: own.json.answer.card.tone }).toEqual({ line, tone: 'error' });
        expect(own.json.answer.card.blocks.length && JSON.stringify(own.json.answer)).not.toContain(SECRET);
      }
      for (const { command, record, choices } of buttons) {
        const click = {
          channel: 'zeta/alerts',
          thread: 'x',
          command,
          record,
          ...(choices && { choice: choices[0]!.value }),
        };
        const theirs = await at.ask('/api/actions', { ...click, tenant: 'zeta', key: key(`c${command}${record}`) });
        expect({ command, status: theirs.status }).toEqual({ command, status: 403 });
      }
      for (const path of ['messages', 'unread?after=0'])
        expect((await at.ask(`/api/channels/zeta/alerts/${path}`)).status).toBe(403);
      expect(await zetaNow(there)).toBe(before);
    } finally {
      await at.stop();
    }
  });

  it('Slack', { timeout: 90_000 }, async () => {
    const at = await harness('HTTP');
    try {
      at.answerWith(world.answer);
      const before = await zetaNow(world);
      const { slack } = at;
      let answers = 0;
      const answered = async (command: string) => {
        // Answered in a dialog.
        if (command === 'form') {
          const shown = () => JSON.stringify([...slack.workspace.views.values()].at(-1) ?? '');
          return slack.until(() => (shown().includes('MDR_') ? shown() : undefined), 10_000);
        }
        answers++;
        const found = await slack.until(() => slack.ephemerals[answers - 1], 10_000);
        return JSON.stringify(found);
      };
      for (const name of Object.keys(CASES)) {
        await slack.slash(`${lines(name)[0]} --tenant zeta`, { user: 'Uana' });
        expect({ name, refused: /MDR_FORBIDDEN/.test(await answered(name)) }).toEqual({ name, refused: true });
      }
      // A message with zeta's buttons, as if it had been forwarded or forged into acme's channel.
      const card: Card = {
        title: 'Buttons',
        tone: 'neutral',
        blocks: [{ kind: 'actions', actions: buttons.map((action, i) => ({ ...action, id: `b${i}` })).slice(0, 20) }],
      };
      const ref = await at.surface.post('C0ALERTS', card, 'k', null);
      const message = slack.workspace.message(ref.channel, ref.message)!;
      for (const [i, action] of buttons.slice(0, 20).entries()) {
        await slack.click(message, `mdr:${action.command}:b${i}`, {
          user: 'Uana',
          ...(action.choices && { choice: action.choices[0]!.value }),
        });
        const shown = await answered(action.command);
        expect({ action: action.command, refused: /MDR_FORBIDDEN/.test(shown), leaks: shown.includes(SECRET) }).toEqual(
          { action: action.command, refused: true, leaks: false },
        );
      }
      expect(await zetaNow(world)).toBe(before);
    } finally {
      await at.stop();
    }
  });
});
