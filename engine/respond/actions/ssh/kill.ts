import { MdrError } from '../../../errors.js';
import type { Checked, Job, Seen, Work } from '../types.js';
import { targetOf } from './hosts.js';
import { type Session, withHost } from './session.js';

const TIMEOUT_MS = 45_000;
const STEP = { most: 256 * 1024, timeoutMs: 20_000 };
const MOST = 20;

/** One process, as nobody else is: its number, when it began (clock ticks after the host's start, as in /proc), its name. */
interface Identity {
  pid: number;
  start: string;
  name: string;
}
interface Found extends Identity {
  path: string;
  user: string;
  /** Of the boot that its number belongs to. */
  boot: string;
}

/** `4711:883726:evil`. */
const REFERENCE = /^([1-9]\d{0,9}):(\d{1,20}):(.{1,15})$/s;
const refer = ({ pid, start, name }: Identity): string => `${pid}:${start}:${name}`;

function readReference(text: string): Identity | null {
  const [, pid, start, name] = REFERENCE.exec(text) ?? [];
  return pid && start && name ? { pid: Number(pid), start, name } : null;
}

/** Sets `start`, `name` and `state` of process $1; false when there is none. Fields as in proc(5); a name may hold anything. */
const READ = `
identify() {
  stat=$(cat "/proc/$1/stat" 2>/dev/null) && [ -n "$stat" ] || return 1
  name=\${stat#*\\(}; name=\${name%\\)*}
  set -f; set -- \${stat##*\\) }
  state=$1; start=\${20}
}`;

/** Prints what is called $2 ($1 name or path), or has number $2 ($1 pid): five fields each, ended by NUL. */
const FIND = `${READ}
show() {
  identify "$1" && [ "$state" != Z ] || return 0
  printf '%s\\0%s\\0%s\\0%s\\0%s\\0' "$1" "$start" "$name" "$($SUDO readlink "/proc/$1/exe" 2>/dev/null)" "$(stat -c %U "/proc/$1" 2>/dev/null)"
}
IFS= read -r boot < /proc/sys/kernel/random/boot_id; printf '%s\\0' "$boot"
if [ "$1" = pid ]; then show "$2"; return 0; fi
for folder in /proc/[0-9]*; do
  pid=\${folder#/proc/}
  [ "$pid" = $$ ] && continue
  if [ "$1" = path ]; then [ "$($SUDO readlink "$folder/exe" 2>/dev/null)" = "$2" ] && show "$pid"
  else IFS= read -r comm < "$folder/comm" && [ "$comm" = "$2" ] && show "$pid"; fi
done 2>/dev/null
return 0`;

/**
 * Ends process $1 if it is the one that began at $2 and is called $3, of boot $4. It is stopped before it is looked at the last time: a
 * number that somebody else has by now goes on as before.
 */
const KILL = `${READ}
same() { identify "$1" && [ "$state" != Z ] && [ "$start" = "$2" ] && [ "$name" = "$3" ]; }
IFS= read -r boot < /proc/sys/kernel/random/boot_id
[ "$boot" = "$4" ] && same "$@" || { echo gone; return 0; }
$SUDO kill -s STOP "$1" || { same "$@" && return 1; echo gone; return 0; }
if same "$@"; then $SUDO kill -s KILL "$1" || return 1
else $SUDO kill -s CONT "$1"; echo gone; return 0; fi
tries=0
while same "$@"; do
  tries=$((tries + 1)); [ $tries -le 50 ] || return 2
  sleep 0.1
done
echo killed`;

async function find({ run, target }: Session, kind: 'name' | 'path' | 'pid', value: string) {
  const { stdout, code, stderr } = await run(FIND, [kind, value], STEP);
  if (code !== 0)
    throw new MdrError(
      'MDR_ACTION_FAILED',
      `${target.name} did not list its processes: ${stderr.trim().slice(0, 200)}.`,
      'It has to be Linux with /proc.',
    );
  const [boot = '', ...fields] = stdout.toString('utf8').split('\0');
  const found: Found[] = [];
  for (let at = 0; at + 5 <= fields.length - 1 && found.length <= MOST; at += 5) {
    const [pid = '', start = '', name = '', path = '', user = ''] = fields.slice(at, at + 5);
    if (/^[1-9]\d{0,9}$/.test(pid) && /^\d{1,20}$/.test(start))
      found.push({ pid: Number(pid), start, name, path, user, boot });
  }
  return { found, boot };
}

const says = ({ path, user, ...one }: Found): string =>
  `${refer(one)} (${path || 'a path that cannot be read'}, of ${user || 'nobody known'})`;

/** Without these the host is lost, and nobody gets in any more. */
const PROTECTED = new Set(['systemd', 'init', 'sshd', 'dbus-daemon', 'NetworkManager', 'dockerd', 'containerd']);

async function one(session: Session, { record }: Job): Promise<{ found: Found | null; identity: Identity }> {
  const called = record.args.process!;
  const reference = readReference(called);
  const kind = reference ? 'pid' : called.startsWith('/') ? 'path' : 'name';
  const { found } = await find(session, kind, reference ? String(reference.pid) : called);
  if (reference) {
    const is = found.find((each) => refer(each) === called);
    return { identity: reference, found: is ?? null };
  }
  const [first, second] = found;
  if (first && !second) return { identity: first, found: first };
  if (!first)
    throw new MdrError(
      'MDR_ACTION_BAD',
      `no process on ${session.target.name} is called "${called.slice(0, 80)}".`,
      'Give its name as /proc/…/comm has it (at most 15 characters), or the path of its program.',
    );
  const some = found.slice(0, 5).map(says).join('; ');
  throw new MdrError(
    'MDR_ACTION_BAD',
    `several processes on ${session.target.name} are called so: ${some}${found.length > 5 ? ' and others' : ''}.`,
    `Say which, as in process=${refer(first)}`,
  );
}

/** The process that the check found; what ran under its number before or after is another. */
function remembered({ record }: Job): (Identity & { boot: string }) | null {
  const { pid, start, name, boot } = record.memory;
  if (typeof pid !== 'number' || typeof start !== 'string' || typeof name !== 'string' || typeof boot !== 'string')
    return null;
  return { pid, start, name, boot };
}

/** End one process of a Linux host. */
export const killing: Work = {
  ...{ timeoutMs: TIMEOUT_MS, isRepeatable: true, undo: null },
  async guard({ store, record }) {
    targetOf(store, record.args.host!);
    const { process = '' } = record.args;
    if (/^\d+(?::|$)/.test(process) && !readReference(process))
      throw new MdrError(
        'MDR_ACTION_BAD',
        'a number alone may belong to another process by the time that this is approved.',
        'Give its name or path; a dry run (/mdr actions check) says how to name one of several.',
      );
  },
  check: (job) =>
    withHost(job, async (session): Promise<Checked> => {
      const { found, identity } = await one(session, job);
      const { name } = session.target;
      if (!found)
        return { says: `${refer(identity)} does not run on ${name} any more`, memory: { ...identity }, already: true };
      if ((found.pid <= 2 || PROTECTED.has(found.name)) && !job.record.forced)
        throw new MdrError(
          'MDR_ACTION_BAD',
          `${found.name} keeps ${name} running and reachable.`,
          'If that is meant, ask with force: two people must approve.',
        );
      return { says: `${says(found)} on ${name} is ended at once (SIGKILL)`, memory: { ...found }, already: false };
    }),
  run: (job) =>
    withHost(job, async ({ run, target }) => {
      const is = remembered(job);
      if (!is) throw new MdrError('MDR_ACTION_BAD', 'it is not known which process is meant.', 'Ask for it again.');
      job.signal.throwIfAborted();
      const { code, stderr } = await run(KILL, [String(is.pid), is.start, is.name, is.boot], STEP);
      if (code === 0) return { ended: refer(is) };
      throw new MdrError(
        'MDR_ACTION_FAILED',
        `${target.name} could not end ${refer(is)}: ${stderr.trim().slice(0, 200) || 'it goes on'}.`,
        'The account of mdr may not, or the kernel holds it.',
      );
    }),
  async verify(job): Promise<Seen> {
    const is = remembered(job);
    if (!is) return 'unknown';
    try {
      const { found, boot } = await withHost(job, (session) => find(session, 'pid', String(is.pid)));
      if (boot === '') return 'unknown';
      return boot === is.boot && found.some((each) => refer(each) === refer(is)) ? 'absent' : 'holds';
    } catch {
      return 'unknown';
    }
  },
};
