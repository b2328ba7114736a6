import { list, percent, round, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { ramp, robustZ } from '../stats.js';
import { keyOf, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface App {
  last: number;
  first: number;
  /** Hours since the epoch. */
  hour: number;
  requests: number;
  errors: number;
  /** Errors by client in this hour, at most `MAX_CLIENTS`. */
  clients: Record<string, number>;
  evidence: string[];
  /** Errors of finished hours with requests, newest last. */
  hours: number[];
  /** The worst hours of late. */
  bursts: {
    hour: number;
    errors: number;
    requests: number;
    z: number;
    usual: number;
    client: string;
    share: number;
    evidence: string[];
    until: number;
  }[];
}
type State = { apps: Table<App> };

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LEARN = 3;
const FEWEST_HOURS = 24;
const KEPT = 336;
const LEAST = 20;
const MAX = 2000;
const MAX_CLIENTS = 200;
const SPEAKS = 0.6;

const model: Model<State> = {
  name: 'error-bursts',
  title: 'An application that breaks under somebody’s requests',
  summary:
    'An application answers with far more server errors in an hour than ever: somebody tries what it was not made for, or overloads it.',
  needs: {
    data: 'web server, proxy or application logs with the status of answers',
    fields: ['http.response.status_code'],
    oneOf: ['destination.domain', 'host.name', 'service.name'],
  },
  baseline: {
    words: `The application's own hours, at least ${FEWEST_HOURS} over ${LEARN} days: median and median deviation of errors.`,
    days: LEARN,
  },
  speaks: SPEAKS,
  techniques: ['T1190', 'T1499.004'],
  tactic: 'initial-access',
  start: () => ({ apps: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const status = ecs['http.response.status_code'];
      const app = (ecs['destination.domain'] ?? ecs['service.name'] ?? ecs['host.name'])?.toLowerCase().slice(0, 128);
      if (!status || !app) continue;
      const row = rowOf(
        state.apps,
        keyOf(app),
        (): App => ({
          last: 0,
          first: time,
          hour: Math.floor(time / HOUR),
          requests: 0,
          errors: 0,
          clients: {},
          evidence: [],
          hours: [],
          bursts: [],
        }),
      );
      row.last = Math.max(row.last, time);
      const hour = Math.floor(time / HOUR);
      if (hour > row.hour) {
        close(row);
        Object.assign(row, { hour, requests: 0, errors: 0, clients: {}, evidence: [] });
      }
      row.requests++;
      if (status < 500 || status > 599) continue;
      row.errors++;
      const client = keyOf((ecs['source.ip'] ?? ecs['user.name'] ?? '?').slice(0, 64));
      if (row.clients[client] !== undefined || Object.keys(row.clients).length < MAX_CLIENTS)
        row.clients[client] = (row.clients[client] ?? 0) + 1;
      remember(row.evidence, id, 10);
    }
    prune(state.apps, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.apps.rows).flatMap(([key, row]) => {
      const [app = ''] = partsOf(key);
      const open = burstOf(row);
      return [...row.bursts, ...(open ? [open] : [])]
        .filter(({ until }) => until > now - DAY)
        .flatMap(({ hour, errors, requests, z, usual, client, share, evidence, until }) => {
          const score =
            ramp(z, [
              [5, 0],
              [15, 0.5],
              [50, 0.75],
              [300, 0.95],
            ]) * (share > 0.5 ? 1 : 0.8);
          if (score === 0 || score < (known?.floor ?? SPEAKS)) return [];
          // The hour goes on: the same burst keeps its key.
          return findingOf(model, `${app}:${hour}`, {
            entity: share > 0.5 && client !== '?' ? { kind: 'source', name: client } : { kind: 'domain', name: app },
            related: [app, client],
            from: hour * HOUR,
            to: until,
            score,
            words: `${app} answered ${times(errors, 'time')} with a server error in an hour (${percent(errors / requests)} of its answers); usually ${round(usual)}. ${percent(share)} of them went to ${list([client])}.`,
            evidence,
            numbers: { errors, requests, usual, z, share },
          });
        });
    });
  },
};
export default model;

/** The hour in hand as a burst, when it is one. */
function burstOf(row: App): App['bursts'][number] | null {
  if (row.errors < LEAST || row.hours.length < FEWEST_HOURS || row.last - row.first < LEARN * DAY) return null;
  const z = robustZ(row.errors, row.hours, 2);
  if (z <= 5) return null;
  const [top = ['', 0]] = Object.entries(row.clients).sort((a, b) => b[1] - a[1]);
  const usual = [...row.hours].sort((a, b) => a - b)[row.hours.length >> 1]!;
  return {
    hour: row.hour,
    errors: row.errors,
    requests: row.requests,
    z,
    usual,
    client: partsOf(top[0])[0] ?? '?',
    share: top[1] / row.errors,
    evidence: [...row.evidence],
    until: row.last,
  };
}

function close(row: App): void {
  const burst = burstOf(row);
  if (burst) remember(row.bursts, burst, 5);
  // A burst is not what is usual: it is learned as the most that was.
  remember(row.hours, burst ? Math.min(row.errors, 2 * Math.max(...row.hours, LEAST / 2)) : row.errors, KEPT);
}
