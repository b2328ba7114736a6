import { list, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { base, general, OPEN_FOLDERS, TOOLS } from '../programs.js';
import { keyOf, note, partsOf, prune, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface Access {
  last: number;
  first: number;
  count: number;
  hosts: string[];
  users: string[];
  masks: string[];
  evidence: string[];
}
interface State {
  first: number;
  hosts: Table<{ last: number }>;
  pairs: Table<Access>;
}

const DAY = 86_400_000;
const LEARN = 7;
const FEWEST_HOSTS = 3;
const MAX = 30_000;
const SPEAKS = 0.7;
/** Processes in whose memory secrets are, or that speak for the system; how much it says to open them. */
const SENSITIVE: Record<string, number> = {
  'lsass.exe': 0.35,
  'lsaiso.exe': 0.35,
  'winlogon.exe': 0.2,
  'csrss.exe': 0.15,
  'services.exe': 0.15,
  'keepass.exe': 0.3,
  sshd: 0.2,
  'gnome-keyring-daemon': 0.25,
};
/** A thread that was started in any other. */
const ANY = 0.25;
/** PROCESS_VM_READ, PROCESS_VM_WRITE, PROCESS_CREATE_THREAD, PROCESS_DUP_HANDLE. */
const READS = 0x10;
const CHANGES = 0x20 | 0x02 | 0x40;
const SYSTEM =
  /^[a-z]:\\windows\\(?:system32|syswow64|winsxs|servicing)\\[^\\]+$|^[a-z]:\\program files|^[a-z]:\\programdata\\microsoft\\windows defender\\/;

const model: Model<State> = {
  name: 'process-access',
  title: 'A program that looks into the memory of others',
  summary:
    'A program opens a process in which secrets are (LSASS and its like), with rights and from a place that nobody else does.',
  needs: {
    data: 'access between processes (Sysmon 10 and 8, EDR)',
    fields: ['process.executable', 'process.target.executable'],
  },
  baseline: {
    words: `Which programs opened which processes with which rights, on all hosts, over ${LEARN} days.`,
    days: LEARN,
  },
  speaks: SPEAKS,
  techniques: ['T1003.001', 'T1055'],
  tactic: 'credential-access',
  start: () => ({ first: 0, hosts: table(), pairs: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const target = base((ecs['process.target.executable'] ?? '').toLowerCase()).slice(0, 80);
      const source = ecs['process.executable']?.toLowerCase().slice(0, 260);
      const host = (ecs['host.name'] ?? '').toLowerCase().slice(0, 64);
      const thread = ecs['event.action'] === 'remote-thread-created';
      // A thread in another process is strange whichever that is.
      if (!source || target === '' || !(thread || Object.hasOwn(SENSITIVE, target)) || base(source) === target)
        continue;
      state.first ||= time;
      rowOf(state.hosts, keyOf(host), () => ({ last: 0 })).last = time;
      const mask = thread ? 'thread' : (ecs['process.granted_access'] ?? '').toLowerCase().slice(0, 12);
      const row = rowOf(
        state.pairs,
        // The rights are part of it: what looks for names only is everywhere, what reads memory is not.
        keyOf(general(source), target, needsMemory(mask) ? 'memory' : 'name'),
        (): Access => ({ last: 0, first: time, count: 0, hosts: [], users: [], masks: [], evidence: [] }),
      );
      row.last = Math.max(row.last, time);
      row.count++;
      note(row.hosts, host, 10);
      note(row.masks, mask, 5);
      if (ecs['user.name']) note(row.users, ecs['user.name'].slice(0, 64), 5);
      note(row.evidence, id, 10);
    }
    prune(state.hosts, MAX);
    prune(state.pairs, MAX);
    return state;
  },

  judge(state, now, known) {
    const days = (now - state.first) / DAY;
    if (state.first === 0 || days < LEARN || state.hosts.size < FEWEST_HOSTS) return [];
    return Object.entries(state.pairs.rows).flatMap(([key, row]) => {
      if (row.hosts.length > 2 || row.first <= now - DAY || row.first - state.first < LEARN * DAY) return [];
      const [source = '', target = '', how] = partsOf(key);
      const name = base(source);
      const score =
        (Object.hasOwn(SENSITIVE, target) ? SENSITIVE[target]! : ANY) +
        0.15 +
        (how === 'memory' ? 0.2 : 0) +
        (OPEN_FOLDERS.test(source) ? 0.2 : SYSTEM.test(source) ? 0 : 0.1) +
        (TOOLS.test(name) || /^(?:taskmgr|procdump(?:64)?|mimikatz|dumpert|nanodump|unknown)/.test(name) ? 0.15 : 0);
      if (score < (known?.floor ?? SPEAKS)) return [];
      return findingOf(model, `${source}:${target}:${how}:${row.first}`, {
        entity: { kind: 'host', name: row.hosts[0] || 'unknown' },
        related: [source, target, ...row.users],
        from: row.first,
        to: row.last,
        score,
        words: `${source} opened ${target} ${row.masks.includes('thread') ? 'and started a thread in it' : `with the rights ${list(row.masks, 3)}${how === 'memory' ? ' (reads its memory)' : ''}`} on ${list(row.hosts)}, ${times(row.count, 'time')}; never before in ${Math.round(days)} days on ${times(state.hosts.size, 'host')}.`,
        techniques: target.startsWith('lsa') ? ['T1003.001'] : ['T1055'],
        tactic: target.startsWith('lsa') ? 'credential-access' : 'defense-evasion',
        evidence: row.evidence,
        numbers: { hosts: row.hosts.length, of: state.hosts.size, count: row.count, days },
      });
    });
  },
};
export default model;

/** Whether a mask of rights lets its holder read or change another process. */
function needsMemory(mask: string): boolean {
  if (mask === 'thread') return true;
  const rights = Number(mask);
  return Number.isInteger(rights) && (rights & (READS | CHANGES)) !== 0;
}
