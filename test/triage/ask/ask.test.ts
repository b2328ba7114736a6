import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Detection } from '../../../engine/store/detections.js';
import type { Store, TenantStore } from '../../../engine/store/index.js';
import type { Person } from '../../../engine/store/people.js';
import { answer } from '../../../engine/triage/ask/answer.js';
import { isCode, makeCode } from '../../../engine/triage/ask/code.js';
import { followQuestions } from '../../../engine/triage/ask/follow.js';
import { draft, newCode, OPEN_MS, send, withdraw } from '../../../engine/triage/ask/questions.js';
import { defaultQuestion } from '../../../engine/triage/ask/words.js';
import { note } from '../../../engine/triage/work.js';
import { addPerson, addTenant, alertRecord, detectionRecord, NOW } from '../../commands/world.js';
import { testStore } from '../../support/services.js';

let store: Store;
let acme: TenantStore;
let zeta: TenantStore;
let carla: Person;
let dan: Person;
let ana: Person;
let now = NOW;
const clock = () => now;
const by = { id: 'ana', name: 'Ana Silva' };
const CARLA = { id: 'carla', name: 'Carla Customer' };
const SLACK = 'slack:Ucarla';

beforeEach(async () => {
  ({ store } = await testStore());
  now = NOW;
  acme = await addTenant(store, 'acme', 'Acme');
  zeta = await addTenant(store, 'zeta', 'Zeta');
  carla = await addPerson(store, 'carla', CARLA.name, [{ tenant: 'acme', role: 'viewer' }], 'customer');
  dan = await addPerson(store, 'dan', 'Dan Driver', [{ tenant: 'acme', role: 'viewer' }], 'customer');
  ana = await addPerson(store, 'ana', 'Ana Silva', [{ tenant: 'acme', role: 'analyst' }]);
  for (const tenant of [acme, zeta]) await tenant.alerts.insert(alertRecord(12, { level: 'high', score: 70 }));
});

const alertNow = async (tenant = acme) => (await tenant.alerts.findOne({ number: 12 }))!;
async function put(text = 'Did you sign in to dc01?', person = carla) {
  const written = await draft(acme, { alert: await alertNow(), person, by, text, clock });
  return { number: written.number, code: (await send(acme, written.number, by, clock)).code! };
}
const say = (number: number, said: 'yes' | 'no' | 'unsure', code: string | null = null, person = CARLA, of = acme) =>
  answer(of, person, clock, { number, said, code, identity: SLACK });
const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
const answersOf = async () => (await alertNow()).log.filter(({ kind }) => kind === 'answered').map(({ text }) => text);

describe('a code', () => {
  it('has six digits, is kept as a salted hash, and is known again', async () => {
    const made = await Promise.all(Array.from({ length: 4 }, makeCode));
    for (const { code, kept } of made) {
      expect(code).toMatch(/^\d{6}$/);
      expect(kept).toMatch(/^[0-9a-f]{32}:[0-9a-f]{64}$/);
      expect(await isCode(code, kept)).toBe(true);
      expect(await isCode(wrong(code), kept)).toBe(false);
    }
    expect(await isCode('123456', '')).toBe(false);
  });
});

describe('a question', () => {
  it('is a record of its tenant, sent once, with a code that is kept nowhere', async () => {
    const { number, code } = await put();
    const record = (await acme.questions.findOne({ number }))!;
    expect(record).toMatchObject({ state: 'asked', to: SLACK, expires: NOW + OPEN_MS, tries: 0, used: null });
    const again = await send(acme, number, by, clock);
    expect(again.code).toBeNull();
    const dispatches = await acme.dispatches.find();
    expect(dispatches.map(({ to, content }) => [to, content])).toEqual([
      [
        { kind: 'person', surface: 'slack', user: 'Ucarla' },
        {
          kind: 'question',
          question: { number, text: 'Did you sign in to dc01?', by: by.name, expires: NOW + OPEN_MS },
        },
      ],
    ]);
    const everything = JSON.stringify([record, dispatches, await alertNow()]);
    expect(everything).not.toContain(code);
    expect((await alertNow()).log.at(-1)).toMatchObject({ kind: 'asked', actor: 'ana', question: number });
    expect((await alertNow()).log.filter(({ kind }) => kind === 'asked')).toHaveLength(1);
    expect(await zeta.questions.find()).toEqual([]);
  });

  it('is not put to the provider, not without end, and tells nothing of the provider’s own', async () => {
    const alert = await alertNow();
    const ask = (text: string, person = carla) => draft(acme, { alert, person, by, text, clock });
    await expect(ask('Was it you?', ana)).rejects.toMatchObject({ code: 'MDR_QUESTION_BAD' });
    await expect(ask('?')).rejects.toMatchObject({ code: 'MDR_QUESTION_BAD' });
    await expect(ask('x'.repeat(501))).rejects.toMatchObject({ code: 'MDR_QUESTION_BAD' });
    await expect(ask('Why did lsass MEMORY read fire?')).rejects.toThrow('the name of a rule');
    await note(acme, 12, by, clock, 'we think that Carla is the insider');
    const noted = await alertNow();
    await expect(
      draft(acme, { alert: noted, person: carla, by, text: 'We think that Carla is the insider?', clock }),
    ).rejects.toThrow('a note');
    for (let i = 0; i < 5; i++) await put(`Was it you, number ${i}?`);
    await expect(ask('And now?')).rejects.toThrow('5 open questions');
    expect((await ask('And you?', dan)).state).toBe('draft');
  });

  it('is made from the alert when nobody wrote one, with what the log says as plain text', async () => {
    const detection = detectionRecord(12);
    const ecs = {
      '@timestamp': '',
      'event.category': ['authentication'],
      'host.name': 'dc01\u202e\u0007',
      'source.ip': '203.0.113.5',
      'user.name': 'jane',
    } as unknown as Detection['event']['ecs'];
    const time = Date.UTC(2026, 10, 24, 2, 13);
    await acme.detections.insert({ ...detection, event: { ...detection.event, time, ecs } });
    expect(await defaultQuestion(acme, await alertNow())).toBe(
      'Did you sign in to dc01 at 02:13 on 24 November (UTC) from 203.0.113.5?',
    );
    await acme.detections.update(
      { _id: detection._id },
      { $set: { 'event.ecs': { 'user.name': 'jane', 'host.name': 'ws01' } } },
    );
    expect(await defaultQuestion(acme, await alertNow())).toBe(
      'Did you use the account jane on ws01 at 02:13 on 24 November (UTC)?',
    );
    expect(await defaultQuestion(zeta, await alertNow(zeta))).toContain('Did you do anything unusual on ws01 at');
    for (const tenant of [acme, zeta])
      expect(await defaultQuestion(tenant, await alertNow(tenant))).not.toMatch(/LSASS|crown|score/i);
  });

  it('can be taken back until it is answered', async () => {
    const { number } = await put();
    expect((await withdraw(acme, number)).state).toBe('withdrawn');
    expect((await acme.dispatches.find())[0]).toMatchObject({ state: 'dropped' });
    await expect(say(number, 'yes')).rejects.toMatchObject({ code: 'MDR_QUESTION_STATE' });
    const other = await put();
    await say(other.number, 'no');
    await expect(withdraw(acme, other.number)).rejects.toMatchObject({ code: 'MDR_QUESTION_STATE' });
  });
});

describe('an answer', () => {
  it('without the code counts for little, once, and is evidence', async () => {
    const { number } = await put();
    expect(await say(number, 'no')).toMatchObject({ changed: true, question: { answer: { confirmed: false } } });
    expect(await say(number, 'no')).toMatchObject({ changed: false });
    const alert = await alertNow();
    const text = 'Carla Customer says that it was not them, not confirmed by a second channel';
    expect(alert.reasons).toContainEqual({ points: 5, text, internal: true });
    expect(alert.score).toBe(
      Math.min(
        100,
        alert.reasons.reduce((sum, { points }) => sum + points, 0),
      ),
    );
    const [kept, ...more] = await acme.evidence.find({ alert: 12 });
    expect(more).toEqual([]);
    const bytes: Buffer[] = [];
    for await (const chunk of (await acme.blobs.read(kept!._id))!) bytes.push(chunk as Buffer);
    const content = Buffer.concat(bytes);
    expect(createHash('sha256').update(content).digest('hex')).toBe(kept!.sha256);
    expect(JSON.parse(content.toString())).toMatchObject({
      tenant: 'acme',
      question: number,
      answer: { said: 'no', person: CARLA, identity: SLACK, confirmed: false },
    });
    expect(await answersOf()).toEqual([expect.stringContaining(kept!.sha256)]);
  });

  it('with the code raises or lowers the score, with a reason that says so', async () => {
    const before = (await alertNow()).score;
    const first = await put();
    await say(first.number, 'no', first.code);
    const alert = await alertNow();
    expect(alert.reasons.at(-1)).toMatchObject({
      points: 25,
      text: expect.stringContaining('confirmed with the code'),
    });
    const plain = alert.reasons.slice(0, -1).reduce((sum, { points }) => sum + points, 0);
    expect(alert.score).toBe(plain + 25);
    // Of one person the last answer counts.
    const second = await put('And this?');
    await say(second.number, 'yes', second.code);
    expect((await alertNow()).score).toBe(plain - 20);
    expect((await alertNow()).reasons.filter(({ text }) => text.startsWith('Carla'))).toHaveLength(1);
    expect(before).toBe(70);
  });

  it('with the code replaces one without it, and is final', async () => {
    const { number, code } = await put();
    await say(number, 'yes');
    await expect(say(number, 'no')).rejects.toMatchObject({ code: 'MDR_QUESTION_STATE' });
    expect(await say(number, 'no', code)).toMatchObject({ changed: true, question: { answer: { confirmed: true } } });
    await expect(say(number, 'yes', code)).rejects.toMatchObject({ code: 'MDR_QUESTION_STATE' });
    await expect(say(number, 'yes')).rejects.toMatchObject({ code: 'MDR_QUESTION_STATE' });
    // Replays of either change nothing.
    expect(await say(number, 'no', code)).toMatchObject({ changed: false });
    expect(await say(number, 'no')).toMatchObject({ changed: false });
    expect(await answersOf()).toHaveLength(2);
    expect((await alertNow()).answers?.map(({ said, confirmed }) => [said, confirmed])).toEqual([
      ['yes', false],
      ['no', true],
    ]);
    expect((await acme.evidence.find()).map(({ name }) => name).sort()).toEqual([
      `answer-Q${number}-confirmed.json`,
      `answer-Q${number}-unconfirmed.json`,
    ]);
  });

  it('is the person’s alone: not a colleague’s, the analyst’s, or somebody’s of another tenant', async () => {
    const { number, code } = await put();
    for (const person of [{ id: 'dan', name: 'Dan' }, by])
      await expect(say(number, 'yes', code, person)).rejects.toMatchObject({ code: 'MDR_QUESTION_UNKNOWN' });
    await expect(say(number, 'yes', code, CARLA, zeta)).rejects.toMatchObject({ code: 'MDR_QUESTION_UNKNOWN' });
    expect(await acme.questions.findOne({ number })).toMatchObject({ state: 'asked', tries: 0 });
    expect((await alertNow(zeta)).revision).toBe(1);
  });

  it('with a wrong code is refused, five times; then the right one does not count either', async () => {
    const { number, code } = await put();
    for (const left of [4, 3, 2, 1, 0])
      await expect(say(number, 'no', wrong(code))).rejects.toThrow(new RegExp(`${left} (try is|tries are) left`));
    await expect(say(number, 'no', code)).rejects.toThrow('counts no more');
    expect(await acme.questions.findOne({ number })).toMatchObject({ state: 'asked', answer: null });
    const { code: another } = await newCode(acme, number, clock);
    if (another !== code) await expect(say(number, 'no', code)).rejects.toMatchObject({ code: 'MDR_QUESTION_CODE' });
    expect(await say(number, 'no', another)).toMatchObject({ changed: true });
    await expect(newCode(acme, number, clock)).rejects.toMatchObject({ code: 'MDR_QUESTION_STATE' });
  });

  it('guessed many times at once gets five tries all the same', async () => {
    const { number, code } = await put();
    const guesses = Array.from({ length: 12 }, (_, i) => String((Number(code) + 1 + i) % 1_000_000).padStart(6, '0'));
    const outcomes = await Promise.allSettled(guesses.map((guess) => say(number, 'yes', guess)));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect((await acme.questions.findOne({ number }))!.tries).toBe(5);
  });

  it('pressed many times at once is one answer', async () => {
    const { number } = await put();
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => say(number, 'no')));
    expect(outcomes.filter(({ changed }) => changed)).toHaveLength(1);
    expect(await answersOf()).toHaveLength(1);
  });

  it('too late counts no more, and the alert says that nobody answered, once', async () => {
    const { number, code } = await put();
    now = NOW + OPEN_MS - 1;
    expect(await followQuestions(acme, now)).toEqual([]);
    now = NOW + OPEN_MS;
    await expect(say(number, 'no', code)).rejects.toMatchObject({ code: 'MDR_QUESTION_STATE' });
    expect(await followQuestions(acme, now)).toEqual([12]);
    expect(await followQuestions(acme, now)).toEqual([]);
    expect((await acme.questions.findOne({ number }))!.state).toBe('expired');
    expect((await alertNow()).log.at(-1)).toMatchObject({ kind: 'unanswered', question: number });
    await expect(say(number, 'no')).rejects.toMatchObject({ code: 'MDR_QUESTION_STATE' });
  });

  it('that a dead process left half recorded is finished, and nothing is recorded twice', async () => {
    const { number } = await put();
    await say(number, 'unsure');
    now += 60_000;
    await acme.questions.update({ number }, { $set: { recorded: false } });
    expect(await followQuestions(acme, now)).toEqual([12]);
    expect(await answersOf()).toHaveLength(1);
    // It died before the alert had it.
    await acme.questions.update({ number }, { $set: { recorded: false } });
    await acme.alerts.update({ number: 12 }, { $set: { log: [] }, $unset: { answers: 1 } });
    expect(await say(number, 'unsure')).toMatchObject({ changed: false });
    expect(await answersOf()).toHaveLength(1);
    expect(await acme.evidence.count()).toBe(1);
  });

  it('that could not be asked for is told in the alert', async () => {
    const { number } = await put();
    await acme.dispatches.update({}, { $set: { state: 'failed', error: 'Slack: user_not_found' } });
    expect(await followQuestions(acme, now)).toEqual([12]);
    expect(await followQuestions(acme, now)).toEqual([]);
    expect((await alertNow()).log.at(-1)?.text).toBe(`Q${number} did not reach Carla Customer: Slack: user_not_found`);
  });
});
