import { list, percent, times } from '../../say.js';
import { DAY, dayOf, signInsOf } from '../logins/signin.js';
import { ramp } from '../stats.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import { type Finding, MAX_EVIDENCE, MAX_RELATED, type Model } from './types.js';

interface Source {
  last: number;
  from: number;
  /** Users whose sign-in failed from here today, up to `MAX_TRIED`, and how many sign-ins failed. */
  tried: string[];
  failures: number;
  /** Users who got in from here, today after failures of others. */
  opened: string[];
  successes: number;
  evidence: string[];
}
interface State {
  sources: Table<Source>;
  /** Sources from which people regularly get in: an office, a VPN. Users that succeeded on earlier days. */
  homes: Table<{ last: number; users: string[] }>;
}

const MAX_SOURCES = 50_000;
const MAX_TRIED = 500;
const SPEAKS = 0.6;

const model: Model<State> = {
  name: 'password-spray',
  title: 'One source tries many accounts',
  summary:
    'Sign-ins of many users fail from one source: a spray of common passwords, or stolen pairs of names and passwords.',
  needs: { data: 'sign-ins', fields: ['user.name', 'source.ip', 'event.outcome'] },
  baseline: {
    words: 'Users who got in from the same source before: an office has its failures, a stranger has nothing else.',
    days: 0,
  },
  speaks: SPEAKS,
  techniques: ['T1110.003', 'T1110.004'],
  tactic: 'credential-access',
  start: () => ({ sources: table(), homes: table() }),

  fold(state, events) {
    for (const { id, time, user, source, failed } of signInsOf(events)) {
      if (source === '') continue;
      const key = keyOf(source, dayOf(time));
      const row = rowOf(
        state.sources,
        key,
        (): Source => ({ last: 0, from: time, tried: [], failures: 0, opened: [], successes: 0, evidence: [] }),
      );
      row.last = Math.max(row.last, time);
      if (failed) {
        row.failures++;
        if (note(row.tried, user, MAX_TRIED)) remember(row.evidence, id, MAX_EVIDENCE);
      } else {
        row.successes++;
        if (row.tried.length >= 3) note(row.opened, user, MAX_RELATED);
        const home = rowOf(state.homes, keyOf(source), () => ({ last: 0, users: [] as string[] }));
        home.last = Math.max(home.last, time);
        // Who gets in for the first time in the middle of failures does not make the source a home.
        if (row.tried.length < 3) note(home.users, user, 200);
      }
    }
    prune(state.sources, MAX_SOURCES);
    prune(state.homes, MAX_SOURCES);
    return state;
  },

  judge(state, now, known) {
    const findings: Finding[] = [];
    for (const [key, row] of Object.entries(state.sources.rows)) {
      if (row.last < now - 2 * DAY) continue;
      const [source = '', day = ''] = partsOf(key);
      const home = state.homes.rows[keyOf(source)]?.users ?? [];
      const strangers = row.tried.filter((user) => !home.includes(user)).length;
      const users = ramp(strangers, [
        [0, 0],
        [2, 0.1],
        [5, 0.6],
        [15, 0.8],
        [50, 0.95],
      ]);
      const failed = row.failures / (row.failures + row.successes);
      // A proxy or an office lets most people in.
      const score = Math.min(1, users * (0.3 + 0.7 * failed) + (row.opened.length > 0 && strangers >= 5 ? 0.1 : 0));
      if (score === 0 || score < (known?.floor ?? SPEAKS)) continue;
      findings.push({
        model: model.name,
        key: `${model.name}:${source}:${day}`,
        entity: { kind: 'source', name: source },
        related: [...row.opened, ...row.tried].slice(0, MAX_RELATED),
        from: row.from,
        to: row.last,
        score,
        words: `${source} failed to sign in as ${times(row.tried.length, 'user')}, ${strangers} of whom never came from there (${list(row.tried, 3)}); ${percent(failed)} of its ${row.failures + row.successes} sign-ins failed${row.opened.length > 0 ? `; it got in as ${list(row.opened, 3)}` : ''}.`,
        techniques: model.techniques,
        tactic: model.tactic,
        evidence: [...row.evidence],
        numbers: {
          users: row.tried.length,
          strangers,
          failures: row.failures,
          successes: row.successes,
          opened: row.opened.length,
        },
      });
    }
    return findings;
  },
};
export default model;
