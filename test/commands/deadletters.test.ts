import { beforeEach, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import deadletters from '../../commands/deadletters.js';
import type { Context } from '../../commands/types.js';
import { keepDeadLetters, LETTER_AGE, type Refused } from '../../engine/ingest/deadletters.js';
import { seal } from '../../engine/ingest/envelope.js';
import { replayLetters } from '../../engine/ingest/letters.js';
import type { Queues } from '../../engine/queues.js';
import type { TenantStore } from '../../engine/store/index.js';
import { queued } from '../ingest/parts.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, NOW } from './world.js';

let acme: TenantStore;
let zeta: TenantStore;
let queues: Queues;
let context: Context;
let now: number;

beforeEach(async () => {
  const { store } = await testStore();
  ({ queues } = await testQueues());
  await queues.redis.ping();
  acme = await addTenant(store, 'acme', 'Acme');
  zeta = await addTenant(store, 'zeta', 'Zeta');
  const person = await addPerson(store, 'ana', 'Ana Silva', [{ tenant: 'acme', role: 'analyst' }]);
  now = NOW;
  context = {
    tenant: acme,
    person,
    role: 'analyst',
    queues,
    clock: () => now,
    alert: null,
    internal: true,
    commands: [],
    people: async () => [],
  };
});

const batch = { format: null, carrier: null, simulated: false, received: NOW - 5000 };
const letter = (sample: string, more: Partial<Refused> = {}): Refused => ({
  source: 'fw',
  code: 'MDR_FORMAT_UNKNOWN',
  message: 'No log format recognises this line.',
  sample,
  bytes: Buffer.byteLength(sample),
  record: batch,
  ...more,
});
const run = async (...args: string[]) => renderText(await deadletters.run(context, args), { width: 250 });
const jobs = async () => (await queued(queues)).map(({ source, lines, received }) => ({ source, lines, received }));

describe('/mdr deadletters', () => {
  it('counts by source and code, shows the latest without letting them act, and only those of the tenant', async () => {
    await keepDeadLetters(zeta, [letter('of somebody else')], NOW);
    await keepDeadLetters(acme, [letter('one'), letter('two \u001b[31m\u202e<!channel>')], NOW - 1000);
    await keepDeadLetters(acme, [letter('{', { code: 'MDR_LINE_JSON', message: 'Not JSON.', record: undefined })], NOW);
    const text = await run();
    expect(text).toContain('3 dead letters of Acme (acme)');
    expect(text).toMatch(/fw +`MDR_FORMAT_UNKNOWN` +2 +2/);
    expect(text).toMatch(/fw +`MDR_LINE_JSON` +1 +0/);
    expect(text).toContain('\\u{1b}[31m\\u{202e}');
    expect(text).not.toContain('somebody else');
    expect(text).toContain('/mdr deadletters replay MDR_FORMAT_UNKNOWN');
    expect(await run('mdr_line_json')).toContain('1 dead letter of Acme (acme) with “mdr_line_json”');
    expect(await run('dns')).toContain('No dead letters');
  });

  it('shows one in full by the beginning of its id, and not that of another tenant', async () => {
    await keepDeadLetters(zeta, [letter('theirs')], NOW);
    const sealed = seal({ time: NOW, host: 'h' }, 'the record itself');
    await keepDeadLetters(acme, [letter(sealed, { record: { ...batch, carrier: 'envelope' } })], NOW);
    const { _id } = (await acme.deadletters.find())[0]!;
    const text = await run(_id.slice(0, 10));
    expect(text).toContain('the record itself');
    expect(text).toContain('kept whole');
    const [theirs] = await zeta.deadletters.find();
    await expect(run(theirs!._id)).rejects.toMatchObject({ code: 'MDR_LETTER_UNKNOWN' });
    await expect(run('replay', theirs!._id)).rejects.toMatchObject({ code: 'MDR_LETTER_UNKNOWN' });
    await expect(run('.*')).resolves.toContain('No dead letters');
    for (const words of [['replay'], ['a', 'b'], ['replay', 'a', 'b']])
      await expect(run(...words)).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
  });

  it('replays records once, as they were: source, format, envelope and time of arrival', async () => {
    const sealed = seal({ host: 'h' }, 'x');
    const long = `{"a":"${'é'.repeat(9000)}"}`;
    const letters = [
      letter('one'),
      letter('two'),
      letter(sealed, { source: 'hec', record: { ...batch, carrier: 'envelope', simulated: true } }),
      letter(long, { code: 'MDR_LINE_TIME', record: { ...batch, format: 'windows', received: 5 } }),
      letter('y'.repeat(40_000)),
      letter('{', { code: 'MDR_LINE_JSON', record: undefined }),
    ];
    await keepDeadLetters(acme, letters, NOW);
    await keepDeadLetters(zeta, [letter('theirs')], NOW);
    expect(await run('replay', 'all')).toContain('4 dead letters queued again');
    const found = await queued(queues);
    expect(found).toHaveLength(3);
    const key = ({ lines }: { lines: string[] }) => lines[0]!.length;
    expect(found.sort((a, b) => key(a) - key(b))).toMatchObject([
      {
        tenant: 'acme',
        source: 'fw',
        format: null,
        received: NOW - 5000,
        simulated: false,
        lines: expect.arrayContaining(['one', 'two']),
      },
      { source: 'hec', carrier: 'envelope', simulated: true, lines: [sealed] },
      { format: 'windows', received: 5, lines: [long] },
    ]);
    expect(await run('replay', 'all')).toContain('Nothing to replay');
    expect(await queued(queues)).toHaveLength(3);
    const [one] = await acme.deadletters.find({ sample: 'one' });
    expect(await run(one!._id)).toMatch(/queued again.*by Ana Silva/);
    expect(await run()).not.toContain('deadletters replay');
  });

  it('replays by id, by source and by code, and twice at the same moment only once', async () => {
    await keepDeadLetters(
      acme,
      [letter('a'), letter('b', { source: 'dns' }), letter('c', { code: 'MDR_LINE_TIME' }), letter('d')],
      NOW,
    );
    const [a] = await acme.deadletters.find({ sample: 'a' });
    await run('replay', a!._id.slice(0, 8));
    expect(await jobs()).toEqual([{ source: 'fw', lines: ['a'], received: NOW - 5000 }]);
    await run('replay', 'dns');
    await run('replay', 'MDR_LINE_TIME');
    expect((await jobs()).flatMap(({ lines }) => lines).sort()).toEqual(['a', 'b', 'c']);
    await Promise.all([run('replay', 'all'), run('replay', 'all'), run('replay', 'all')]);
    expect((await jobs()).flatMap(({ lines }) => lines).sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('stands again, and can be replayed again, when its record is refused again', async () => {
    await keepDeadLetters(acme, [letter('a')], NOW);
    await run('replay', 'all');
    await keepDeadLetters(acme, [letter('a')], NOW + 10);
    expect(await acme.deadletters.find()).toMatchObject([{ at: NOW + 10, replay: null }]);
    expect(await run('replay', 'all')).toContain('1 dead letter queued again');
    expect(await jobs()).toHaveLength(2);
  });

  it('loses nothing when whoever replays is interrupted, or Redis is away', async () => {
    await keepDeadLetters(acme, [letter('a')], NOW);
    const broken = { take: () => Promise.reject(new Error('killed')) };
    await expect(replayLetters(acme, broken, {}, { by: 'x', now })).rejects.toThrow('killed');
    expect(await run('replay', 'all')).toContain('Nothing to replay');
    now += 61_000;
    expect(await run('replay', 'all')).toContain('1 dead letter queued again');
    expect((await jobs()).flatMap(({ lines }) => lines)).toEqual(['a']);
  });

  it('queues a thousand at a time, and says how many are left', async () => {
    const many = Array.from({ length: 1200 }, (_, n) => letter(`line ${n} ${'z'.repeat(2000)}`, { source: 'bulk' }));
    await keepDeadLetters(acme, many, NOW);
    expect(await run('replay', 'all')).toMatch(/1,000 dead letters queued again[\s\S]*200 more/);
    for (const { lines } of await queued(queues)) expect(lines.join('\n').length).toBeLessThanOrEqual(1024 * 1024);
    expect(await run('replay', 'all')).toContain('200 dead letters queued again');
    expect((await jobs()).flatMap(({ lines }) => lines)).toHaveLength(1200);
  });

  it('forgets after thirty days', async () => {
    await keepDeadLetters(acme, [letter('old')], NOW - LETTER_AGE - 1);
    await keepDeadLetters(zeta, [letter('old')], NOW - LETTER_AGE - 1);
    await keepDeadLetters(acme, [letter('new')], NOW);
    expect((await acme.deadletters.find()).map(({ sample }) => sample)).toEqual(['new']);
    now += LETTER_AGE + 1;
    expect(await run()).toContain('No dead letters');
    expect(await acme.deadletters.count()).toBe(0);
    expect(await zeta.deadletters.count()).toBe(1);
  });
});
