import { describe, expect, it } from 'vitest';
import { checkPlaybooks } from '../../../engine/respond/playbook/lint/index.js';
import { parsePlaybook, problemLine } from '../../../engine/respond/playbook/load.js';

const HEAD =
  'id: p\nname: P\nuse: part\nsummary: S.\ninputs: { host: { kind: host, about: h }, hosts: { kind: hosts, about: hs } }\n';
const manual = (id: string, rest = '') =>
  `  - { id: ${id}, type: manual, title: T, do: D, doneWhen: W${rest && `, ${rest}`} }\n`;
/** What the check says of a playbook `p` with these steps, and of further files. */
const check = (steps: string, others: Record<string, string> = {}, head = HEAD) =>
  checkPlaybooks([
    parsePlaybook(`${head}steps:\n${steps}`, 'p.yaml'),
    ...Object.entries(others).map(([name, content]) => parsePlaybook(content, `${name}.yaml`)),
  ]);
const part = (id: string, steps: string) => `id: ${id}\nname: N\nuse: part\nsummary: S.\nsteps:\n${steps}`;

describe('the check of playbooks', () => {
  it('finds nothing in a right one', () => expect(check(manual('a'))).toEqual([]));

  it('names file, line, fault and what to do', () => {
    const [problem] = check(`${manual('a')}  - id: b\n    type: action\n    title: T\n    action: explode\n`);
    expect(problem).toMatchObject({ code: 'MDR_PLAYBOOK_BAD', file: 'p.yaml', line: 11 });
    expect(problemLine(problem!)).toMatch(
      /^p\.yaml:11: MDR_PLAYBOOK_BAD: "b": there is no action "explode"\. Actions: block-ip, /,
    );
  });

  it.each([
    ['a manual step without done when', '  - { id: a, type: manual, title: T, do: D }\n', /doneWhen/],
    ['an unknown type', '  - { id: a, type: magic, title: T }\n', /type/],
    ['an unknown key', manual('a', 'colour: red'), /colour/],
    ['an unknown role', manual('a', 'role: king'), /role/],
    ['an unknown lane', manual('a', 'lane: fast'), /lane/],
    ['a duration without unit', manual('a', 'timeout: 90'), /timeout/],
    [
      'a decision of one choice',
      '  - { id: a, type: decision, title: T, ask: Q, choices: [{ id: x, label: X, steps: [] }] }\n',
      /choices/,
    ],
  ])('refuses %s as no playbook', (_, steps, message) => {
    const problems = check(steps);
    expect(problems[0]).toMatchObject({ code: 'MDR_PLAYBOOK_SYNTAX', what: expect.stringMatching(message) });
    expect(problems[0]!.line).toBeGreaterThan(5);
  });

  it.each([
    ['two steps of one id', manual('a') + manual('a'), /two steps "a"/],
    [
      'an argument that the action has not',
      '  - { id: a, type: action, title: T, action: isolate-host, with: { host: h, colour: red } }\n',
      /no argument "colour"/,
    ],
    ['an argument that is missing', '  - { id: a, type: action, title: T, action: isolate-host }\n', /needs "host"/],
    [
      'an approver of what needs none',
      '  - { id: a, type: action, title: T, action: revoke-sessions, with: { user: u }, approver: legal }\n',
      /needs no approval/,
    ],
    ['an input that is not there', manual('a').replace('do: D', 'do: "Do {nothing}"'), /\{nothing\} is no input/],
    ['a guard that cannot be read', manual('a', 'when: "host =="'), /cannot be read/],
    ['a guard that is always the same', manual('a', 'when: "true"'), /always the same/],
    ['a guard over what is not there', manual('a', 'when: gone.answer'), /names a step that is not there/],
    [
      'an answer that comes later',
      manual('a', 'when: b.x') + manual('b', 'answers: { x: { kind: text, about: x } }'),
      /not known yet/,
    ],
    ['an answer that the step does not give', manual('a') + manual('b', 'when: a.x'), /nothing that "a" answers/],
    [
      'an answer from inside a loop',
      `  - { id: l, type: loop, title: T, over: "{hosts}", as: h, steps: [{ id: a, type: manual, title: T, do: D, doneWhen: W, answers: { x: { kind: text, about: x } } }] }\n${manual('b', 'when: a.x')}`,
      /inside a loop/,
    ],
    [
      'a loop over one thing',
      `  - { id: l, type: loop, title: T, over: "{host}", as: h, steps: [{ id: a, type: manual, title: T, do: D, doneWhen: W }] }\n`,
      /no list/,
    ],
    [
      'an item that is called like an input',
      `  - { id: l, type: loop, title: T, over: "{hosts}", as: host, steps: [{ id: a, type: manual, title: T, do: D, doneWhen: W }] }\n`,
      /which is taken/,
    ],
    [
      'steps after the end',
      `  - { id: f, type: finish, title: T, outcome: O }\n${manual('a')}`,
      /"a" is never reached/,
    ],
    [
      'steps after a decision that always ends',
      `  - { id: d, type: decision, title: T, ask: Q, choices: [{ id: x, label: X, steps: [{ id: f, type: finish, title: T, outcome: O }] }, { id: y, label: Y, steps: [{ id: g, type: finish, title: T, outcome: O }] }] }\n${manual('a')}`,
      /"a" is never reached/,
    ],
    [
      'an end within a loop',
      `  - { id: l, type: loop, title: T, over: "{hosts}", as: h, steps: [{ id: f, type: finish, title: T, outcome: O }] }\n`,
      /from within "l"/,
    ],
    ['a need that is not there', manual('a', 'needs: [z]'), /no such step/],
    ['a need of itself', manual('a', 'needs: [a]'), /around or inside/],
    ['a need that comes later', manual('a', 'needs: [b]') + manual('b'), /wait for each other/],
    [
      'a need of another choice',
      `  - { id: d, type: decision, title: T, ask: Q, choices: [{ id: x, label: X, steps: [{ id: a, type: manual, title: T, do: D, doneWhen: W }] }, { id: y, label: Y, steps: [{ id: b, type: manual, title: T, do: D, doneWhen: W, needs: [a] }] }] }\n`,
      /another choice/,
    ],
    [
      'guards on some choices only',
      `  - { id: d, type: decision, title: T, ask: Q, choices: [{ id: x, label: X, steps: [] }, { id: y, label: Y, when: host, steps: [] }] }\n`,
      /some choices/,
    ],
    ['a wait for nothing', '  - { id: w, type: wait, title: T }\n', /time or until/],
    ['a wait without end', '  - { id: w, type: wait, title: T, until: reset }\n', /for ever/],
    ['retries of what people do', manual('a', 'retries: { times: 2, every: 1m }'), /cannot be tried again/],
    ['a tag that nobody knows', manual('a', 'tags: [RS.ZZ]'), /no tag/],
    ['a part that is not there', '  - { id: s, type: playbook, title: T, playbook: gone }\n', /no playbook "gone"/],
  ])('finds %s', (_, steps, message) => {
    const problems = check(steps);
    expect(problems.map(({ what }) => what).join('\n')).toMatch(message);
    for (const { todo, line } of problems) {
      expect(todo.length).toBeGreaterThan(5);
      expect(line).toBeGreaterThan(1);
    }
  });

  it.each([
    ['a step that contains', manual('a', 'phase: contain'), {}, /"a" in it contains/],
    ['a wait', '  - { id: w, type: wait, title: T, for: 3d }\n', {}, /"w" in it waits/],
    [
      'a part with a wait',
      '  - { id: s, type: playbook, title: T, playbook: q }\n',
      { q: part('q', '  - { id: w, type: wait, title: T, for: 3d }\n') },
      /"w" in it waits/,
    ],
    [
      'a part that contains in a choice',
      '  - { id: s, type: playbook, title: T, playbook: q }\n',
      {
        q: part(
          'q',
          `  - { id: d, type: decision, title: T, phase: contain, ask: Q, choices: [{ id: x, label: X, steps: [] }, { id: y, label: Y, steps: [{ id: b, type: manual, title: T, do: D, doneWhen: W }] }] }\n`,
        ),
      },
      /"b" in it contains/,
    ],
  ])('finds a loop that takes one after the other around %s', (_, inner, others, message) => {
    const loop = (rest: string) =>
      `  - id: l\n    type: loop\n    title: T\n    over: "{hosts}"\n    as: h\n${rest}    steps:\n${inner.replace(/^/gm, '    ').trimEnd()}\n`;
    expect(
      check(loop(''), others)
        .map(({ what }) => what)
        .join('\n'),
    ).toMatch(message);
    expect(check(loop('    atOnce: true\n'), others)).toEqual([]);
  });

  it('lets a loop of what people do in order be', () =>
    expect(
      check(
        `  - { id: l, type: loop, title: T, over: "{hosts}", as: h, steps: [{ id: a, type: manual, title: T, do: D, doneWhen: W, phase: recover }] }\n`,
      ),
    ).toEqual([]));

  it('lets branches wait for each other in one direction, and finds the circle', () => {
    const branches = (a: string, b: string) =>
      `  - { id: p1, type: parallel, title: T, branches: [{ id: x, steps: [{ id: a, type: manual, title: T, do: D, doneWhen: W${a} }, { id: a2, type: manual, title: T, do: D, doneWhen: W }] }, { id: y, steps: [{ id: b, type: manual, title: T, do: D, doneWhen: W${b} }] }] }\n`;
    expect(check(branches('', ', needs: [a2]'))).toEqual([]);
    expect(check(branches(', needs: [b]', ', needs: [a2]')).map(({ what }) => what)).toEqual([
      '"a" and "b" wait for each other.',
      '"b" and "a2" wait for each other.',
    ]);
  });

  it('finds parts that come back to themselves, and what they get that they do not take', () => {
    const use = (id: string, rest = '') => `  - { id: s, type: playbook, title: T, playbook: ${id}${rest} }\n`;
    const found = check(use('q', ', with: { colour: red }'), { q: part('q', use('r')), r: part('r', use('p')) });
    expect(found.map(({ file, what }) => `${file} ${what}`)).toEqual([
      'p.yaml "s" comes back to this playbook: p → q → r → p.',
      'p.yaml "s": q has no input "colour".',
      'q.yaml "s" comes back to this playbook: q → r → p → q.',
      'r.yaml "s" comes back to this playbook: r → p → q → r.',
      'r.yaml "s": p needs the input "host" (h).',
      'r.yaml "s": p needs the input "hosts" (hs).',
    ]);
  });

  it('counts the steps of parts within parts before it walks them', () => {
    const twice = (id: string) =>
      `  - { id: a, type: playbook, title: T, playbook: ${id} }\n  - { id: b, type: playbook, title: T, playbook: ${id} }\n`;
    const others: Record<string, string> = { x0: part('x0', manual('m')) };
    for (let i = 1; i < 40; i++) others[`x${i}`] = part(`x${i}`, twice(`x${i - 1}`));
    const found = check(twice('x39'), others).filter(({ file }) => file === 'p.yaml');
    expect(found.map(({ what }) => what)).toEqual(['With its parts it has more than 1000 steps.']);
  });

  it('asks a playbook of an incident for all that it must say', () => {
    const found = check(manual('a', 'phase: contain'), {}, HEAD.replace('use: part', 'use: incident')).map(
      ({ what }) => what,
    );
    expect(found).toContain('It says of no alert that it fits.');
    expect(found).toContain('It has 0 questions.');
    expect(found).toContain('It has 0 containment.');
    expect(found).toContain('No step is of the phase recover.');
    expect(found).toContain('No step is for people of the customer.');
  });

  it('knows no technique that ATT&CK does not', () => {
    const head = `${HEAD}for: { techniques: [T1486, T9999] }\n`;
    expect(check(manual('a'), {}, head).map(({ what }) => what)).toEqual(['ATT&CK has no technique T9999.']);
  });
});

describe('files that are made to do harm', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
    .split('')
    .map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`)
    .join('\n')}\n`;
  it.each([
    ['aliases that multiply', bomb, /alias/i],
    ['too much', `# ${'x'.repeat(300_000)}`, /KiB/],
    ['nesting without end', `steps: ${'['.repeat(50_000)}`, /./],
    ['several documents', `${HEAD}---\n${HEAD}`, /documents/],
    ['a key twice', 'id: a\nid: b\n', /unique/],
    ['no mapping', '- a\n', /file/],
    ['nothing', '', /./],
  ])('%s is one problem, found soon', (_, content, message) => {
    const started = performance.now();
    const { playbook, problems } = parsePlaybook(content, 'evil.yaml');
    expect(playbook).toBeNull();
    expect(problems[0]).toMatchObject({
      code: 'MDR_PLAYBOOK_SYNTAX',
      file: 'evil.yaml',
      what: expect.stringMatching(message),
    });
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('says at most fifty things', () => {
    const many = manual('a').replace(', doneWhen: W', '').repeat(59);
    expect(parsePlaybook(`${HEAD}steps:\n${many}`, 'p.yaml').problems.length).toBe(50);
  });

  it('a key of an object is no input', () => {
    expect(check(manual('a').replace('do: D', 'do: "{constructor}"')).map(({ what }) => what)).toEqual([
      expect.stringContaining('{constructor} is no input'),
    ]);
  });
});
