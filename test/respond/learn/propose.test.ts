import { applyPatch } from 'diff';
import { describe, expect, it } from 'vitest';
import { compare } from '../../../engine/respond/learn/compare.js';
import { draftOf } from '../../../engine/respond/learn/draft.js';
import { propose } from '../../../engine/respond/learn/propose.js';
import { general, idFor, roomFor } from '../../../engine/respond/learn/wording.js';
import { checkPlaybooks } from '../../../engine/respond/playbook/lint/index.js';
import { ownLibrary, parsePlaybook } from '../../../engine/respond/playbook/load.js';
import { pin } from '../../../engine/respond/playbook/run/index.js';
import { walk } from '../../../engine/respond/playbook/types.js';
import { random } from '../../support/random.js';
import { aCase, ana, share } from '../case/world.js';
import { Driven, libraryFrom, MINUTE, ownTexts, wander, worked } from './world.js';

/** Laid out by a person: comments, flow and block beside each other. */
const TEXT = `# ours
id: small
name: Small
use: part
summary: For tests.
inputs: { host: { kind: host, about: a host } }
steps:
  # first of all
  - id: look
    type: manual
    title: Look # at it
    timeout: 30m
    do: Look at {host}.
    doneWhen: Looked.
  - { id: isolate, type: action, title: Isolate, action: isolate-host, with: { host: "{host}", reason: test } }
  # at last
  - id: tell
    title: Tell
    type: manual
    note: >-
      They are slow
      to answer.
    do: Tell them.
    doneWhen: Told.
`;
const texts = new Map([['small', TEXT]]);
const library = libraryFrom(texts);
const program = pin(library.get('small')!, library);
const record = aCase();
/** Whose case it is. */
const acme = { name: 'Acme Works', profile: { domains: ['acme-works.example'] } };
const start = record.created;
const task = (title: string, items: string[] = [], lane: 'provider' | 'customer' = 'provider') => ({
  ...{ kind: 'task-add' as const, title, lane, owner: ana, due: null, after: [], checklist: items },
});
const done = (id: string) => ({ kind: 'task-state' as const, task: id, to: 'done' as const, reason: '' });

function lived() {
  const run = Driven.begin(program, { host: 'ws12' }, start);
  run.go(start + 20 * MINUTE, { type: 'done', step: 'look', by: 'ada' });
  const approve = () => ({
    type: 'approved' as const,
    step: 'isolate',
    attempt: run.state.steps.isolate!.attempt,
    digest: run.state.steps.isolate!.digest!,
    by: 'ben',
  });
  run.go(start + 21 * MINUTE, approve(), { type: 'result', step: 'isolate', attempt: 1, ok: false, why: 'no agent' });
  run.go(start + 22 * MINUTE, { type: 'resolve', step: 'isolate', how: 'retry', by: 'ada' });
  run.go(start + 23 * MINUTE, { type: 'result', step: 'isolate', attempt: 2, ok: true });
  run.go(start + 30 * MINUTE, { type: 'skip', step: 'tell', by: 'ada', why: 'WS12 {is} Ana Silva’s "own"' });
  const facts = run.facts();
  return { ...facts, ended: { ...facts.ended, look: start + 50 * MINUTE } };
}

describe('changes of a playbook', () => {
  const run = lived();
  const after = worked(
    record,
    [22, task('Pull the plug of WS12: {now}', ['unplug ws12', 'photo'], 'customer')],
    [25, done('T1')],
  );
  const [made, ...others] = propose(after, compare(after, [], run, start + 60 * MINUTE), run, texts, library, acme);

  it('are what a person would write, and nothing else in the file moves', () => {
    expect(others).toEqual([]);
    expect(made!.diff.split('\n').filter((line) => /^[+-](?![+-])/.test(line))).toEqual([
      '-    timeout: 30m',
      '+    timeout: 65m',
      '-  - { id: isolate, type: action, title: Isolate, action: isolate-host, with: { host: "{host}", reason: test } }',
      '+  - { id: isolate, type: action, retries: { times: 1, every: 1m }, title: Isolate, action: isolate-host, with: { host: "{host}", reason: test } }',
      '+  - id: pull-plug-host-now',
      '+    type: manual',
      '+    title: "Pull the plug of the host: (now)"',
      '+    phase: triage',
      '+    role: customer-lead',
      '+    lane: customer',
      '+    do: |-',
      '+      Pull the plug of the host: (now).',
      '+      - unplug the host',
      '+      - photo',
      '+    doneWhen: Each point is done, and the case says so.',
      '-    note: >-',
      '-      They are slow',
      '-      to answer.',
      '+    note: "They are slow to answer. It was left out once: the host (is) the lead’s \\"own\\"."',
    ]);
    expect(made!.after).toContain('# at last\n  - id: tell');
    expect(made!.left).toEqual([]);
  });

  it('say why, with the parts of the record that show it', () => {
    expect(made!.reasons.map(({ from }) => from)).toEqual([
      ['step tell'],
      ['step isolate'],
      ['step look'],
      ['T1', expect.stringMatching(/^#\d+$/)],
    ]);
    expect(made!.reasons[2]!.text).toBe(
      '“Look” took 50 minutes; it has 30 minutes. Give it the time that it takes, or more people. (case 4)',
    );
  });

  it('are a diff that applies to the file, and the file passes the check', () => {
    expect(applyPatch(TEXT, made!.diff)).toBe(made!.after);
    expect(checkPlaybooks([parsePlaybook(made!.after, 'small.yaml')], library)).toEqual([]);
  });

  it('are none where the file has them already, or has not the step any more', () => {
    const twice = propose(
      after,
      compare(after, [], run, start + 60 * MINUTE),
      run,
      new Map([['small', made!.after]]),
      library,
      acme,
    );
    expect(twice.flatMap(({ reasons }) => reasons.map(({ text }) => text))).toEqual([]);
    const other = TEXT.replaceAll('isolate,', 'cut,').replaceAll('id: look', 'id: see');
    const [rest] = propose(
      after,
      compare(after, [], run, start + 60 * MINUTE),
      run,
      new Map([['small', other]]),
      library,
      acme,
    );
    expect(rest!.left.map(({ from }) => from[0])).toEqual(['step isolate', 'step look', 'T1']);
  });

  it('keep every line of our own playbooks and parts, whatever was done in a run and in the case', async () => {
    const own = await ownLibrary();
    const all = ownTexts([...own.keys()]);
    const ids = ['crypto-mining', 'lost-device', 'ransomware', 'phishing', 'account-takeover', 'data-exfiltration'];
    let changes = 0;
    for (let seed = 1; seed <= 14; seed++) {
      const dice = random(seed);
      const mined = wander(pin(own.get(dice.pick(ids))!, own), dice, start, 60);
      const extra = worked(
        record,
        [
          dice.int(300),
          task(dice.pick(['Call the bank: "now"', '- [ ] # x: y', '日本語だけ', 'Ask {hosts}', 'constructor'])),
        ],
        [400, done('T1')],
      );
      const facts = mined.facts();
      const ended = Object.fromEntries(
        Object.entries(facts.ended).map(([path, at]) => [path, at + dice.int(5) * 40 * MINUTE]),
      );
      const review = compare(extra, [], { ...facts, ended }, mined.state.clock);
      for (const { playbook, after: text, diff, reasons } of propose(
        extra,
        review,
        { ...facts, ended },
        all,
        own,
        acme,
      )) {
        const before = all.get(playbook)!;
        changes += reasons.length;
        expect(checkPlaybooks([parsePlaybook(text, `${playbook}.yaml`)], own), `seed ${seed} ${playbook}`).toEqual([]);
        expect(applyPatch(before, diff)).toBe(text);
        const ids2 = (content: string) =>
          [...walk(parsePlaybook(content, 'x.yaml').playbook!.steps)].map(({ step }) => step.id);
        const left = ids2(text);
        expect(ids2(before).filter((id) => !left.includes(id))).toEqual([]);
        const kept = text.split('\n');
        for (const comment of before.split('\n').filter((line) => line.trim().startsWith('#')))
          expect(kept).toContain(comment);
      }
    }
    expect(changes).toBeGreaterThan(20);
  }, 120_000);
});

describe('words for everybody', () => {
  it('do not name what was seen in the case, nor its people, and fill nothing', () => {
    expect(general('Take ws12 (WS12.corp) from Ana Silva, not ws123, {host}', record, acme)).toBe(
      'Take the host (the host.corp) from the lead, not ws123, (host)',
    );
  });

  it('leave nothing of a value that stands where they are cut, nor name whose case it was', () => {
    const email = { people: [], observables: [{ kind: 'email' as const, value: 'jane.roe@corp.example' }] } as never;
    const before = 'Call them. '.repeat(12);
    expect(general(`${before}Ask jane.roe@corp.example about it`, email, acme)).toMatch(/Ask the email abo…$/);
    expect(general('Call Acme Works about portal.acme-works.example, ACME WORKS said', record, acme)).toBe(
      'Call the customer about portal.the domain, the customer said',
    );
  });

  it('make ids that a playbook can have', () => {
    expect(idFor('Pull the plug', new Set())).toBe('pull-plug');
    expect(idFor('Pull the plug', new Set(['pull-plug', 'pull-plug-2']))).toBe('pull-plug-3');
    expect(idFor('日本語', new Set())).toBe('step');
    expect(idFor('constructor', new Set())).toBe('step-constructor');
    expect(idFor('2nd look', new Set())).toBe('step-2nd-look');
  });

  it('round times up to what people write', () => {
    expect([1, 10, 61, 100, 40 * 60, 50 * 60].map((minutes) => roomFor(minutes * MINUTE))).toEqual([
      '5m',
      '15m',
      '80m',
      '3h',
      '3d',
      '3d',
    ]);
  });
});

describe('a draft from cases', () => {
  const past = (number: number, titles: readonly string[], theirs = '') => {
    const own = aCase({ type: 'intrusion', alerts: [share(number)] }, number);
    const opened = titles.map((title, i) => [i, task(title, [], title === theirs ? 'customer' : 'provider')] as const);
    const through = titles.map((_, i) => [20 + i, done(`T${i + 1}`)] as const);
    return worked(
      own,
      ...opened,
      [10, { kind: 'state', to: 'triage', reason: 'r' }],
      [11, { kind: 'state', to: 'contain', reason: 'r' }],
      ...through,
    );
  };

  it('has what more than one of them did, in its order and phase, and passes the check', async () => {
    const own = await ownLibrary();
    const cases = [
      past(21, ['Call the bank', 'Close the VPN account', 'Buy cake'], 'Call the bank'),
      past(22, ['call the Bank!', 'close VPN account'], 'call the Bank!'),
    ];
    const draft = draftOf(cases, own, acme)!;
    const { playbook, problems } = parsePlaybook(draft.after, `${draft.playbook}.yaml`);
    expect(problems).toEqual([]);
    expect(checkPlaybooks([parsePlaybook(draft.after, `${draft.playbook}.yaml`)], own)).toEqual([]);
    expect(draft.playbook).toBe('intrusion-from-cases');
    expect(playbook!.for).toEqual({ techniques: ['T1003.001'] });
    const ids = playbook!.steps.map(({ id }) => id);
    expect(ids.slice(ids.indexOf('cut'), ids.indexOf('cause') + 1)).toEqual([
      'cut',
      'call-bank',
      'close-vpn-account',
      'cause',
    ]);
    expect(playbook!.steps.find(({ id }) => id === 'call-bank')).toMatchObject({
      lane: 'customer',
      role: 'customer-lead',
      phase: 'contain',
    });
    expect(draft.reasons[0]).toEqual({
      text: 'Call the bank: done in case 21, case 22.',
      from: ['case 21 T1', 'case 22 T1'],
    });
    expect(draft.after).not.toContain('cake');
  });

  it('is none where they have nothing in common', async () => {
    const own = await ownLibrary();
    expect(draftOf([past(21, ['Call the bank']), past(22, ['Buy cake'])], own, acme)).toBeNull();
    expect(draftOf([past(21, [])], own, acme)).toBeNull();
  });
});
