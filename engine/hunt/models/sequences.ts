import { TACTICS } from '../../detect/types.js';
import { list, round, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { type Step, stepOf } from '../steps.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface Taken extends Step {
  time: number;
  id: string;
  /** How unlike this host, and how unlike all hosts, it is: 0 to 1. */
  weight: number;
}
interface Host {
  last: number;
  first: number;
  /** Days since the epoch: the last one seen, and how many so far. */
  day: number;
  days: number;
  /** By step: on how many days, the last of them. */
  kinds: Record<string, { days: number; day: number }>;
  steps: Taken[];
}
interface State {
  first: number;
  hosts: Table<Host>;
  /** By step: hosts that took it. */
  kinds: Table<{ last: number; hosts: string[] }>;
}

const DAY = 86_400_000;
const LEARN = 7;
const FEWEST_HOSTS = 5;
/** How long a slow attack may take. */
const WINDOW = 7 * DAY;
const MAX = 20_000;
const MAX_HOSTS = 100;
const SPEAKS = 0.7;
/** A step that is this usual says nothing. */
const LEAST = 0.25;

const model: Model<State> = {
  name: 'sequences',
  title: 'Small steps that together are an attack',
  summary:
    'Steps of several tactics on one host within a week, each of them harmless by itself and unlike this host: looking round, taking passwords, staying, moving on.',
  needs: {
    data: 'what happens on hosts (process starts, log-ons, services, scripts)',
    fields: ['host.name', 'event.action'],
  },
  baseline: {
    words: `Which steps this host takes, on how many of its days, and how many other hosts take them, over ${LEARN} days.`,
    days: LEARN,
  },
  speaks: SPEAKS,
  techniques: ['T1059', 'T1087', 'T1003'],
  tactic: 'execution',
  start: () => ({ first: 0, hosts: table(), kinds: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const host = ecs['host.name']?.toLowerCase().slice(0, 64);
      if (!host) continue;
      state.first ||= time;
      const row = rowOf(
        state.hosts,
        keyOf(host),
        (): Host => ({ last: 0, first: time, day: 0, days: 0, kinds: {}, steps: [] }),
      );
      row.last = Math.max(row.last, time);
      const day = Math.floor(time / DAY);
      if (day > row.day) {
        row.day = day;
        row.days++;
      }
      const found = stepOf(ecs);
      if (!found) continue;
      const key = `${found.tactic}: ${found.what}`;
      const others = rowOf(state.kinds, keyOf(key), () => ({ last: 0, hosts: [] as string[] }));
      others.last = Math.max(others.last, time);
      row.kinds[key] ??= { days: 0, day: 0 };
      const kind = row.kinds[key];
      if (day > kind.day) {
        // Weighed once a day, by what was known before: the first of the day stands for all.
        const own = Math.min(1, kind.days / Math.max(1, row.days - 1));
        const rest =
          others.hosts.filter((each) => each !== host).length / Math.max(1, Math.min(state.hosts.size, MAX_HOSTS) - 1);
        const weight = (1 - own) ** 2 * (1 - Math.min(1, rest * 1.5));
        kind.day = day;
        kind.days++;
        if (time - state.first > LEARN * DAY && weight >= LEAST)
          remember(row.steps, { ...found, time, id, weight }, 60);
      }
      note(others.hosts, host, MAX_HOSTS);
    }
    prune(state.hosts, MAX);
    prune(state.kinds, MAX);
    return state;
  },

  judge(state, now, known) {
    if (state.hosts.size < FEWEST_HOSTS) return [];
    return Object.entries(state.hosts.rows).flatMap(([key, row]) => {
      const steps = row.steps.filter(({ time }) => time > now - WINDOW && time <= now);
      if (steps.length < 2 || steps.at(-1)!.time < now - DAY) return [];
      // The most telling step of each tactic.
      const best = new Map<string, Taken>();
      for (const each of steps) if (each.weight > (best.get(each.tactic)?.weight ?? 0)) best.set(each.tactic, each);
      const chain = [...best.values()].sort((a, b) => a.time - b.time);
      const weight = chain.reduce((sum, each) => sum + each.weight, 0);
      const more = Math.min(1, 0.1 * (steps.length - chain.length));
      const score =
        chain.length < 3
          ? 0.15 * chain.length
          : 1 - Math.exp(-Math.max(0, weight + more + 0.1 * inOrder(chain) - 1.4) / 1.5);
      if (score < (known?.floor ?? SPEAKS)) return [];
      const [host = ''] = partsOf(key);
      const span = (chain.at(-1)!.time - chain[0]!.time) / 3_600_000;
      return findingOf(model, `${host}:${steps[0]!.id}`, {
        entity: { kind: 'host', name: host },
        related: chain.map(({ tactic }) => tactic),
        from: chain[0]!.time,
        to: steps.at(-1)!.time,
        score,
        words: `On ${host}, within ${span < 1 ? 'an hour' : `${round(span)} h`}, ${times(chain.length, 'tactic')} in steps that it did not take before in ${times(row.days, 'day')} and few of ${times(state.hosts.size, 'host')} do: ${list(
          chain.map(({ tactic, what }) => `${what} (${tactic})`),
          8,
        )}.`,
        tactic: chain.at(-1)!.tactic,
        techniques: [],
        evidence: steps.map(({ id }) => id),
        numbers: { tactics: chain.length, steps: steps.length, weight, hours: span },
      });
    });
  },
};
export default model;

/** How many steps follow each other as attacks do. */
function inOrder(chain: readonly Taken[]): number {
  let count = 0;
  for (let i = 1; i < chain.length; i++)
    if (TACTICS.indexOf(chain[i]!.tactic) >= TACTICS.indexOf(chain[i - 1]!.tactic)) count++;
  return count;
}
