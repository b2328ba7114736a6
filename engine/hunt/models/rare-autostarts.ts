import { list, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { base, general, INTERPRETED, OPEN_FOLDERS } from '../programs.js';
import { keyOf, note, partsOf, prune, rowOf, type Table, table } from '../table.js';
import type { HuntFields, Model } from './types.js';

interface Thing {
  last: number;
  first: number;
  hosts: string[];
  evidence: string[];
  /** What it runs, as it was written. */
  runs: string;
}
interface State {
  first: number;
  hosts: Table<{ last: number }>;
  things: Table<Thing>;
}

const DAY = 86_400_000;
const LEARN = 7;
const FEWEST_HOSTS = 5;
const MAX = 50_000;
const SPEAKS = 0.7;
/** How much each kind says by being rare, and its technique. */
const KINDS: Record<string, readonly [weight: number, technique: string, tactic: string]> = {
  service: [0.4, 'T1543.003', 'persistence'],
  'scheduled task': [0.35, 'T1053.005', 'persistence'],
  autorun: [0.4, 'T1547.001', 'persistence'],
  'event subscription': [0.7, 'T1546.003', 'persistence'],
  driver: [0.4, 'T1014', 'defense-evasion'],
  'named pipe': [0.2, 'T1559', 'execution'],
  'start script': [0.4, 'T1053.003', 'persistence'],
};
const RUN_KEYS =
  /\\currentversion\\(?:run|runonce|policies\\explorer\\run)\\|\\winlogon\\(?:shell|userinit|notify)|image file execution options\\|appinit_dlls|userinitmprlogonscript|\\session manager\\bootexecute|\\services\\[^\\]+\\(?:imagepath|parameters\\servicedll)|\\shell\\open\\command|\\inprocserver32/;
const START_FILES =
  /^\/(?:etc\/(?:cron|systemd\/system|init\.d|rc)|var\/spool\/cron|(?:usr\/)?lib\/systemd\/system|library\/launch)|\\start menu\\programs\\startup\\/;
const KNOWN_PIPES = /msagent_|postex_|psexesvc|status_[0-9a-f]{2}|mojo\.5688|paexec|remcom|csexec|winsvc_|gruntsvc/;

const model: Model<State> = {
  name: 'rare-autostarts',
  title: 'What starts by itself on one host only',
  summary:
    'A service, scheduled task, autorun, driver, event subscription or named pipe that no other host of the tenant has.',
  needs: {
    data: 'services, tasks, registry, drivers and pipes of hosts (Sysmon, Windows, Linux files)',
    fields: ['host.name', 'event.action'],
    oneOf: ['service.name', 'task.name', 'file.pipe', 'registry.path', 'file.path'],
  },
  baseline: { words: `What all hosts have, over at least ${LEARN} days and ${FEWEST_HOSTS} hosts.`, days: LEARN },
  speaks: SPEAKS,
  techniques: ['T1543.003', 'T1053.005', 'T1547.001', 'T1014'],
  tactic: 'persistence',
  start: () => ({ first: 0, hosts: table(), things: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const host = ecs['host.name']?.toLowerCase().slice(0, 64);
      if (!host) continue;
      state.first ||= time;
      rowOf(state.hosts, keyOf(host), () => ({ last: 0 })).last = time;
      const found = startOf(ecs);
      if (!found) continue;
      const row = rowOf(
        state.things,
        keyOf(found.kind, found.name),
        (): Thing => ({ last: 0, first: time, hosts: [], evidence: [], runs: found.runs }),
      );
      row.last = Math.max(row.last, time);
      note(row.hosts, host, 10);
      note(row.evidence, id, 10);
    }
    prune(state.hosts, MAX);
    prune(state.things, MAX);
    return state;
  },

  judge(state, now, known) {
    const days = (now - state.first) / DAY;
    if (state.first === 0 || days < LEARN || state.hosts.size < FEWEST_HOSTS) return [];
    return Object.entries(state.things.rows).flatMap(([key, row]) => {
      if (row.hosts.length > 2 || row.first <= now - DAY || row.first - state.first < LEARN * DAY) return [];
      const [kind = '', name = ''] = partsOf(key);
      const [weight, technique, tactic] = KINDS[kind]!;
      const runs = row.runs.toLowerCase();
      const odd =
        (OPEN_FOLDERS.test(runs.replace(/^"|".*$/g, '')) ? 0.3 : 0) +
        (INTERPRETED.test(runs) ? 0.35 : 0) +
        (kind === 'named pipe' && KNOWN_PIPES.test(name) ? 0.55 : 0) +
        (isMadeUp(base(name)) ? 0.15 : 0);
      const score = (weight + odd) * Math.min(1, 0.85 + days / 100);
      if (score < (known?.floor ?? SPEAKS)) return [];
      return findingOf(model, `${kind}:${name}:${row.first}`, {
        entity: { kind: 'host', name: row.hosts[0]! },
        related: [name, ...row.hosts],
        from: row.first,
        to: row.last,
        score,
        words: `The ${kind} ${name.slice(0, 120)} is on ${list(row.hosts)} only, never before in ${Math.round(days)} days on ${times(state.hosts.size, 'host')}${row.runs ? `; it runs ${row.runs.slice(0, 160)}` : ''}.`,
        techniques: [technique],
        tactic,
        evidence: row.evidence,
        numbers: { hosts: row.hosts.length, of: state.hosts.size, days, odd },
      });
    });
  },
};
export default model;

/** What starts by itself, by a name that is the same on other hosts. */
function startOf(ecs: HuntFields): { kind: string; name: string; runs: string } | null {
  const path = (ecs['file.path'] ?? '').slice(0, 400);
  const of = (kind: string, name: string, runs: string) =>
    name === '' ? null : { kind, name: general(name.toLowerCase().slice(0, 300)), runs: runs.slice(0, 300) };
  switch (ecs['event.action']) {
    case 'service-installed':
      return of('service', ecs['service.name'] ?? path, path);
    case 'scheduled-task-created':
      return of(
        'scheduled task',
        ecs['task.name'] ?? '',
        commandIn(ecs['task.runs'] ?? ecs['process.command_line'] ?? ''),
      );
    case 'driver-loaded':
      return of('driver', path, path);
    case 'pipe-created':
      return of(
        'named pipe',
        (ecs['file.pipe'] ?? '').replace(/[0-9a-f]{6,}|\d+/gi, '*'),
        ecs['process.executable'] ?? '',
      );
    case 'wmi-consumer-registered':
    case 'wmi-filter-registered':
    case 'wmi-binding-registered':
      return of('event subscription', ecs['task.runs'] ?? 'wmi', ecs['task.runs'] ?? '');
  }
  const key = (ecs['registry.path'] ?? '').toLowerCase().slice(0, 400);
  if (key !== '' && ecs['event.action'] === 'registry-value-set' && RUN_KEYS.test(key))
    return of(
      'autorun',
      key.replace(/^(?:hku|hkcu|\\registry\\user)\\s-1-[\d-]+(?:_classes)?/, 'hkcu'),
      ecs['registry.data.strings'] ?? '',
    );
  if (ecs['event.action'] === 'file-created' && START_FILES.test(path.toLowerCase()))
    return of('start script', path, path);
  return null;
}

/** Names that nobody thought of: `xKqvTnPz`. Few vowels among many letters of both cases, or digits between letters. */
function isMadeUp(name: string): boolean {
  const stem = name.replace(/\.[a-z]{2,4}$/i, '');
  if (stem.length < 6 || stem.length > 20 || /[ _-]/.test(stem)) return false;
  const vowels = (stem.match(/[aeiouy]/gi) ?? []).length / stem.length;
  return vowels < 0.16 || /[a-z]\d[a-z]+\d/i.test(stem);
}

/** What a task's XML runs, without what surrounds it. */
function commandIn(text: string): string {
  const [command = '', args = ''] = ['Command', 'Arguments'].map((tag) => {
    const from = text.indexOf(`<${tag}>`);
    return from < 0 ? '' : text.slice(from + tag.length + 2, text.indexOf('</', from));
  });
  return command === '' ? text : `${command} ${args}`.trim();
}
