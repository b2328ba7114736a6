import { beforeAll, describe, expect, it } from 'vitest';
import { checkCacao } from '../../../engine/respond/playbook/cacao/check.js';
import { toCacao } from '../../../engine/respond/playbook/cacao/export.js';
import { EXTENSION } from '../../../engine/respond/playbook/cacao/ids.js';
import { fromCacao } from '../../../engine/respond/playbook/cacao/import.js';
import type { CacaoPlaybook } from '../../../engine/respond/playbook/cacao/types.js';
import { checkPlaybooks } from '../../../engine/respond/playbook/lint/index.js';
import {
  type Library,
  libraryOf,
  loadFiles,
  ownPlaybooks,
  parsePlaybook,
} from '../../../engine/respond/playbook/load.js';
import { toYaml } from '../../../engine/respond/playbook/yaml.js';
import { library as samples } from './sample.js';

const AT = new Date('2026-11-27T08:00:00.000Z');
let own: Library;
let all: Library;
beforeAll(async () => {
  own = libraryOf(await loadFiles([ownPlaybooks]));
  all = new Map([...own, ...samples]);
});
const copy = (id = 'phishing'): CacaoPlaybook => JSON.parse(JSON.stringify(toCacao(own.get(id)!, AT)));
const steps = (playbook: CacaoPlaybook, type: string) =>
  Object.entries(playbook.workflow).filter(([, step]) => step.type === type);

describe('CACAO 2.0', () => {
  it('every playbook is exported as a valid one', () => {
    for (const playbook of all.values())
      expect(checkCacao(JSON.parse(JSON.stringify(toCacao(playbook, AT)))), playbook.id).toEqual([]);
  });

  it('every playbook comes back the same', () => {
    for (const playbook of all.values()) {
      const { playbook: back, notes } = fromCacao(JSON.stringify(toCacao(playbook, AT)), [...all.keys()]);
      expect(back, playbook.id).toEqual(playbook);
      expect(notes).toEqual([]);
    }
  });

  it('an export can be repeated, ids and all', () => expect(copy()).toEqual(copy()));

  it('a dangerous action is a manual command that follows a manual command for its approval', () => {
    const exported = copy('contain-host');
    const [id, approval] = steps(exported, 'action').find(([, step]) => step.name?.startsWith('Approve: '))!;
    expect(approval.commands?.[0]).toMatchObject({
      type: 'manual',
      command: expect.stringMatching(/second person.*Side effect/),
    });
    expect(approval.step_extensions?.[EXTENSION]).toEqual({ mdr_helper: 'approval' });
    expect(exported.workflow[approval.on_completion!]?.commands?.[0]?.command).toContain(
      'isolate-host, host: __host__:value',
    );
    expect(exported.agent_definitions?.[approval.agent!]?.name).toBe('incident-lead');
    expect(
      Object.values(exported.workflow).some(
        (step) => step.on_true === id || step.on_completion === id || Object.values(step.cases ?? {}).includes(id),
      ),
    ).toBe(true);
  });

  it('guards are conditions of STIX patterning', () => {
    expect(steps(copy(), 'if-condition').map(([, step]) => step.condition)).toContain("NOT (__read_bad__:value != '')");
  });

  it('what others changed in an export is kept', () => {
    const exported = copy();
    const [, read] = steps(exported, 'action').find(([, step]) => step.name === 'Read the message as it came')!;
    read.name = 'Read it';
    read.timeout = 90 * 60_000;
    read.commands![0]!.command = 'Look at it';
    const { playbook, notes } = fromCacao(JSON.stringify(exported), [...own.keys()]);
    expect(playbook.steps[0]).toMatchObject({ id: 'read', title: 'Read it', timeout: '90m', do: 'Look at it' });
    expect(notes).toEqual([expect.stringContaining('done when')]);
  });

  it.each<[string, (playbook: CacaoPlaybook) => void, RegExp]>([
    ['another version', (p) => Object.assign(p, { spec_version: 'cacao-1.1' }), /spec_version/],
    ['an unknown property', (p) => Object.assign(p, { colour: 'red' }), /colour/],
    ['a time without milliseconds', (p) => Object.assign(p, { modified: '2026-11-27T08:00:00Z' }), /modified/],
    [
      'a version before its beginning',
      (p) => Object.assign(p, { modified: '2020-01-01T00:00:00.000Z' }),
      /before created/,
    ],
    [
      'a step that leads to what is not there',
      (p) =>
        Object.assign(steps(p, 'action')[0]![1], {
          on_completion: `end--${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}`,
        }),
      /not there/,
    ],
    [
      'on_completion beside on_success',
      (p) => Object.assign(steps(p, 'action')[0]![1], { on_success: p.workflow[p.workflow_start]!.on_completion }),
      /beside/,
    ],
    ['a parallel step of one branch', (p) => steps(p, 'parallel')[0]![1].next_steps!.splice(1), /next_steps/],
    ['an action without agent', (p) => delete steps(p, 'action')[0]![1].agent, /agent/],
    ['an agent that is not defined', (p) => Object.assign(p, { agent_definitions: {} }), /agent is not defined/],
    ['a command without words', (p) => delete steps(p, 'action')[0]![1].commands![0]!.command, /command/],
    ['an extension that is not defined', (p) => Object.assign(p, { extension_definitions: {} }), /is not defined/],
    ['an activity that no step has', (p) => p.playbook_activities!.push('map-network'), /map-network/],
    ['a variable with a bad name', (p) => Object.assign(p.playbook_variables!, { host: { type: 'string' } }), /host/],
    [
      'branches that share an end',
      (p) => {
        const [, parallel] = steps(p, 'parallel')[0]!;
        const ends = parallel.next_steps!.map((id) => p.workflow[id]!);
        const first = ends.find((step) => step.on_completion)!.on_completion;
        ends.at(-1)!.on_completion = first;
      },
      /end step of its own|never reached/,
    ],
    [
      'a key that is no id of its type',
      (p) => {
        const [id, step] = steps(p, 'action')[0]!;
        p.workflow[id.replace('action', 'parallel')] = step;
      },
      /is a action|share a UUID/,
    ],
  ])('the check finds %s', (_, change, message) => {
    const exported = copy();
    change(exported);
    expect(checkCacao(exported).join('\n')).toMatch(message);
  });

  const id = (type: string, n: number) => `${type}--${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;
  const foreign = () => ({
    type: 'playbook',
    spec_version: 'cacao-2.0',
    id: id('playbook', 1),
    name: 'Block & Tell — §1',
    created_by: id('identity', 2),
    created: '2024-01-01T00:00:00.000Z',
    modified: '2024-01-01T00:00:00.000Z',
    workflow_start: id('start', 3),
    playbook_variables: { __ip__: { type: 'ipv4-addr', external: true } },
    agent_definitions: { [id('group', 4)]: { type: 'group', name: 'SOC' } },
    workflow: {
      [id('start', 3)]: { type: 'start', on_completion: id('if-condition', 5) },
      [id('if-condition', 5)]: {
        type: 'if-condition',
        name: 'Is it bad?',
        condition: "__ip__:value = '203.0.113.9'",
        on_true: id('action', 6),
        on_false: id('end', 7),
        on_completion: id('parallel', 8),
      },
      [id('action', 6)]: {
        type: 'action',
        name: 'Block it',
        agent: id('group', 4),
        timeout: 1500,
        commands: [{ type: 'bash', command: 'iptables -A INPUT -s {ip} -j DROP' }],
        on_completion: id('end', 9),
      },
      [id('parallel', 8)]: {
        type: 'parallel',
        next_steps: [id('action', 10), id('while-condition', 11)],
        on_completion: id('end', 12),
      },
      [id('action', 10)]: {
        type: 'action',
        name: 'Tell',
        agent: id('group', 4),
        commands: [{ type: 'manual', command_b64: Buffer.from('Call them').toString('base64') }],
        on_completion: id('end', 13),
      },
      [id('while-condition', 11)]: {
        type: 'while-condition',
        name: 'Again',
        condition: '__n__:value > 0',
        on_true: id('action', 14),
        on_completion: id('end', 15),
      },
      [id('action', 14)]: {
        type: 'action',
        name: 'Once',
        agent: id('group', 4),
        commands: [{ type: 'manual', command: 'x' }],
        on_completion: id('end', 16),
      },
      ...Object.fromEntries([7, 9, 12, 13, 15, 16].map((n) => [id('end', n), { type: 'end' }])),
    },
  });

  it("somebody else's becomes tasks for people; none of their commands runs", () => {
    expect(checkCacao(foreign())).toEqual([]);
    const { playbook, notes } = fromCacao(JSON.stringify(foreign()));
    expect(playbook).toMatchObject({
      id: 'block-tell-1',
      steps: [
        {
          type: 'decision',
          ask: expect.stringContaining('203.0.113.9'),
          choices: [
            {
              steps: [
                { type: 'manual', title: 'Block it', timeout: '2s', do: 'bash: iptables -A INPUT -s { ip} -j DROP' },
              ],
            },
            { steps: [] },
          ],
        },
        {
          type: 'parallel',
          branches: [
            { steps: [{ do: 'Call them' }] },
            { steps: [{ do: expect.stringMatching(/As long as.*\n- Once/s) }] },
          ],
        },
      ],
    });
    expect(notes).toEqual(['"Again" (while-condition) became a task for a person.']);
    // And it is one of ours from then on.
    expect(checkPlaybooks([parsePlaybook(toYaml(playbook), 'block-tell-1.yaml')])).toEqual([]);
  });

  it.each([
    ['no JSON', '{', /not JSON/],
    ['no playbook', '[]', /no valid/],
    ['too much', `"${'x'.repeat(1 << 20)}"`, /too large/],
  ])('refuses %s', (_, text, message) => {
    expect(() => fromCacao(text)).toThrow(
      expect.objectContaining({ code: 'MDR_PLAYBOOK_CACAO', message: expect.stringMatching(message) }),
    );
  });

  it('refuses steps that come back to themselves', () => {
    const looped = foreign();
    (looped.workflow[id('action', 6)] as { on_completion: string }).on_completion = id('action', 6);
    expect(() => fromCacao(JSON.stringify(looped))).toThrow(/come back|never reached/);
  });
});
