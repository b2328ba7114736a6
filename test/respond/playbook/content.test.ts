import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ownRules } from '../../../engine/detect/index.js';
import { ACTIONS } from '../../../engine/respond/actions/catalog.js';
import { dryRun } from '../../../engine/respond/playbook/dry.js';
import { checkPlaybooks } from '../../../engine/respond/playbook/lint/index.js';
import {
  type Library,
  libraryOf,
  loadFiles,
  ownPlaybooks,
  type PlaybookFile,
  parsePlaybook,
  problemLine,
} from '../../../engine/respond/playbook/load.js';
import { pin } from '../../../engine/respond/playbook/run/index.js';
import { playbookJsonSchema } from '../../../engine/respond/playbook/schema.js';
import { skeleton } from '../../../engine/respond/playbook/skeleton.js';
import { suggest } from '../../../engine/respond/playbook/suggest.js';
import { isListKind, type Kind, type Playbook, walk } from '../../../engine/respond/playbook/types.js';
import { toYaml } from '../../../engine/respond/playbook/yaml.js';
import { projectRoot } from '../../../engine/root.js';

let files: PlaybookFile[];
let library: Library;
let incidents: Playbook[];
beforeAll(async () => {
  files = await loadFiles([ownPlaybooks]);
  library = libraryOf(files);
  incidents = [...library.values()].filter(({ use }) => use === 'incident');
});

describe('our playbooks', () => {
  it('pass the check', () => expect(checkPlaybooks(files).map(problemLine)).toEqual([]));

  it('are at least twenty of incidents, and every part is used', () => {
    expect(incidents.length).toBeGreaterThanOrEqual(20);
    const used = new Set(
      [...library.values()].flatMap(({ steps }) =>
        [...walk(steps)].map(({ step }) => (step.type === 'playbook' ? step.playbook : '')),
      ),
    );
    expect([...library.values()].filter(({ id, use }) => use === 'part' && !used.has(id)).map(({ id }) => id)).toEqual(
      [],
    );
  });

  it('name their schema in their first line, and the schema is the current one', async () => {
    for (const { file } of files)
      expect((await readFile(file, 'utf8')).startsWith('# yaml-language-server: $schema=schema.json\n'), file).toBe(
        true,
      );
    expect(JSON.parse(await readFile(join(ownPlaybooks, 'schema.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(playbookJsonSchema())),
    );
  });

  it('say nothing twice: what is shared is a part', () => {
    const seen = new Map<string, string>();
    const twice: string[] = [];
    for (const { id, steps, questions, containment } of library.values()) {
      const texts = [...walk(steps)].flatMap(({ step }) => (step.type === 'manual' ? [step.do, step.doneWhen] : []));
      for (const text of [
        ...texts,
        ...questions.flatMap(({ ask, why }) => [ask, why]),
        ...containment.map(({ effect }) => effect),
      ]) {
        if (text.length > 40 && seen.has(text) && seen.get(text) !== id)
          twice.push(`${id}, ${seen.get(text)}: ${text}`);
        seen.set(text, id);
      }
    }
    expect(twice).toEqual([]);
  });

  it('name a CSF category in every step that people or connectors do', () => {
    const without = [...library.values()].flatMap(({ id, steps }) =>
      [...walk(steps)]
        .filter(
          ({ step }) =>
            (step.type === 'manual' || step.type === 'action') && !step.tags.some((tag) => tag.includes('.')),
        )
        .map(({ step }) => `${id}/${step.id}`),
    );
    expect(without).toEqual([]);
  });

  it('tell of each dangerous action what it does to people, and what undoes it is an action', () => {
    for (const [id, { effect, undo, args }] of Object.entries(ACTIONS)) {
      expect(effect.length, id).toBeGreaterThan(10);
      if (undo === null) continue;
      expect(ACTIONS[undo], `${id} is undone by ${undo}`).toBeDefined();
      const missing = Object.entries(ACTIONS[undo]!.args).filter(([name, { optional }]) => !optional && !args[name]);
      expect(missing, `${undo} needs what ${id} does not know`).toEqual([]);
    }
  });

  it('can be walked to their end, whatever people decide', () => {
    for (const playbook of incidents) {
      const program = pin(playbook, library);
      const inputs = Object.fromEntries(
        Object.entries(playbook.inputs).map(([name, { kind }]) => [name, example(kind, name)]),
      );
      const decisions = [...walk(playbook.steps)].flatMap(({ step }) => (step.type === 'decision' ? [step] : []));
      const noes = Object.values(program.playbooks).flatMap(({ steps }) =>
        [...walk(steps)].flatMap(({ step }) =>
          step.type === 'manual'
            ? Object.entries(step.answers ?? {})
                .filter(([, { kind }]) => kind === 'yes-no')
                .map(([name]) => `${step.id}.${name}`)
            : [],
        ),
      );
      const ways = [
        {},
        { answers: Object.fromEntries(noes.map((name) => [name, false])) },
        ...decisions.flatMap(({ id, choices }) => choices.map((choice) => ({ choices: { [id]: choice.id } }))),
      ];
      for (const way of ways) {
        const lines = dryRun(program, inputs, way);
        expect(lines.at(-1)?.detail, `${playbook.id} ${JSON.stringify(way)}`).toMatch(/^completed/);
        expect(
          lines.filter(({ kind }) => kind === 'stuck'),
          playbook.id,
        ).toEqual([]);
        // Nothing is asked with a hole in it that was known.
        expect(lines.filter(({ detail }) => detail.includes('{')).filter(({ kind }) => kind === 'task')).toEqual([]);
      }
    }
  });

  it('tell nobody at the customer where one of them is looked at, and cut machines off while logs are kept', () => {
    const titles = (id: string) => {
      const playbook = library.get(id)!;
      const inputs = Object.fromEntries(
        Object.entries(playbook.inputs).map(([name, { kind }]) => [name, example(kind, name)]),
      );
      return dryRun(pin(playbook, library), inputs, {})
        .filter(({ kind }) => kind === 'task')
        .map((line) => JSON.stringify(line));
    };
    const isTold = (id: string) =>
      titles(id).some((line) => line.includes('hands-off') || line.includes('Nobody restarts'));
    expect(isTold('insider')).toBe(false);
    expect(titles('insider').some((line) => line.includes('damage'))).toBe(true);
    expect(isTold('malware-on-endpoint')).toBe(true);
    for (const id of ['malware-on-endpoint', 'credential-theft', 'web-shell']) {
      const kept = [...walk(library.get(id)!.steps)].filter(
        ({ step }) => step.type === 'playbook' && step.playbook === 'keep-logs',
      );
      expect(
        kept.map(({ around }) => around.at(-1)?.type),
        id,
      ).toEqual(['parallel']);
    }
  });

  it('written again as YAML are the same', () => {
    for (const playbook of library.values())
      expect(parsePlaybook(toYaml(playbook), 'x.yaml').playbook).toEqual(playbook);
  });

  it('a new one passes the check beside them', () => {
    const made = parsePlaybook(skeleton('odd-thing'), 'odd-thing.yaml');
    expect(checkPlaybooks([made], library).map(problemLine)).toEqual([]);
  });

  it('exist for every kind of incident that rules name', async () => {
    const kinds = new Set((await readRules()).map(({ response }) => response));
    const known = new Set(incidents.flatMap((each) => each.for?.responses ?? []));
    expect([...kinds].filter((kind) => !known.has(kind))).toEqual([]);
  });
});

function example(kind: Kind, name: string) {
  if (isListKind(kind)) return [`${name}-1`, `${name}-2`];
  return kind === 'yes-no' ? true : kind === 'number' ? 1 : `${name}-1`;
}

interface Rule {
  file: string;
  title: string;
  response: string;
  techniques: string[];
  tags: string[];
}
async function readRules(): Promise<Rule[]> {
  const names = (await readdir(ownRules)).filter((name) => name.endsWith('.yml'));
  const all = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(ownRules, name), 'utf8');
      // The last document of a file is the one that alerts.
      const rule = parse(text.split(/^---$/m).at(-1)!) as {
        title: string;
        tags?: string[];
        mdr?: { response?: string };
      };
      const techniques = (rule.tags ?? []).flatMap((tag) =>
        /^attack\.t\d/.test(tag) ? [tag.slice('attack.'.length).toUpperCase()] : [],
      );
      return {
        file: name,
        title: rule.title,
        response: rule.mdr?.response ?? '',
        techniques,
        tags: [basename(name, '.yml')],
      };
    }),
  );
  return all.filter(({ response }) => response !== '');
}

/** Which playbooks are sensible first for a kind of incident that rule authors name. */
const SENSIBLE: Record<string, string[]> = {
  'account-compromise': ['account-takeover', 'privilege-abuse', 'mfa-fatigue', 'oauth-consent-abuse'],
  'business-email-compromise': ['business-email-compromise'],
  'cloud-compromise': ['cloud-key-leak', 'oauth-consent-abuse'],
  'credential-theft': ['credential-theft', 'domain-controller-compromise'],
  'data-exfiltration': ['data-exfiltration', 'confidential-leak'],
  'lateral-movement': ['lateral-movement'],
  'log-tampering': ['log-tampering'],
  'malware-infection': ['malware-on-endpoint'],
  phishing: ['phishing'],
  'policy-violation': ['insider', 'confidential-leak'],
  ransomware: ['ransomware'],
  reconnaissance: ['vulnerable-internet-system', 'lateral-movement'],
  'resource-abuse': ['crypto-mining'],
  'web-server-compromise': ['web-shell'],
};

describe('suggestions', () => {
  it('for every rule of our pack are sensible, and say why', async () => {
    const rules = await readRules();
    expect(rules.length).toBeGreaterThan(240);
    const odd: string[] = [];
    for (const rule of rules) {
      const [first] = suggest(library, { rules: [rule] });
      if (!first || !SENSIBLE[rule.response]?.includes(first.playbook.id))
        odd.push(`${rule.file} (${rule.response}): ${first?.playbook.id}`);
      else expect(first.reasons.length).toBeGreaterThan(0);
    }
    expect(odd).toEqual([]);
  });

  it.each([
    [['T1486'], 'ransomware'],
    [['T1490', 'T1486', 'T1021.002'], 'ransomware'],
    [['T1621'], 'mfa-fatigue'],
    [['T1003.006'], 'domain-controller-compromise'],
    [['T1003.001'], 'credential-theft'],
    [['T1505.003', 'T1190'], 'web-shell'],
    [['T1566.001'], 'phishing'],
    [['T1496'], 'crypto-mining'],
    [['T1498.001'], 'ddos'],
    [['T1195.002'], 'supply-chain'],
    [['T1567.002'], 'data-exfiltration'],
    [['T1114.003'], 'business-email-compromise'],
    [['T1021.001', 'T1570'], 'lateral-movement'],
  ])('for %j begin with %s', (techniques, expected) => {
    const [first] = suggest(library, { techniques });
    expect(first?.playbook.id).toBe(expected);
    expect(first?.reasons[0]).toMatch(/technique T\d+/);
  });

  it('for nothing are none, and parts are never among them', () => {
    expect(suggest(library, {})).toEqual([]);
    expect(suggest(library, { techniques: ['T0000'], tags: ['constructor'] })).toEqual([]);
    for (const { playbook } of suggest(library, {
      techniques: incidents.flatMap((each) => each.for?.techniques ?? []),
    }))
      expect(playbook.use).toBe('incident');
  });
});

describe('what is read at run time', () => {
  it('is copied into the image', async () => {
    expect(await readFile(join(projectRoot, 'Dockerfile'), 'utf8')).toContain(
      'COPY --from=build /app/playbooks ./playbooks',
    );
  });
});
