import { percent, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { ramp } from '../stats.js';
import { keyOf, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface Walk {
  last: number;
  from: number;
  /** Hours since the epoch. */
  hour: number;
  requests: number;
  answered: number;
  /** Different things asked for in this hour, as hashes, at most `MAX_IDS`; and the last number. */
  ids: number[];
  at: number;
  steps: number;
  evidence: string[];
  user: string;
}
interface Endpoint {
  last: number;
  first: number;
  /** The most different things that one client asked for in an hour of earlier days; falls slowly. */
  most: number;
  clients: number;
}
interface State {
  walks: Table<Walk>;
  endpoints: Table<Endpoint>;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LEARN = 3;
const MAX = 20_000;
const MAX_IDS = 1000;
const LEAST = 30;
const SPEAKS = 0.6;
const PART = /^(?:\d{1,18}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,64})$/i;

const model: Model<State> = {
  name: 'api-abuse',
  title: 'Somebody walks through an interface',
  summary:
    'One client asks an endpoint for one thing after the other, many more than anybody does, often counting up: records of others, one by one.',
  needs: {
    data: 'web server, gateway or proxy logs with addresses',
    fields: ['url.original'],
    oneOf: ['source.ip', 'user.name'],
  },
  baseline: {
    words: `The most different things that any client asked the same endpoint for in an hour, over ${LEARN} days.`,
    days: LEARN,
  },
  speaks: SPEAKS,
  techniques: ['T1213', 'T1119'],
  tactic: 'collection',
  start: () => ({ walks: table(), endpoints: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const url = ecs['url.original'];
      const client = (ecs['source.ip'] ?? ecs['user.name'])?.slice(0, 64);
      if (!url || !client) continue;
      const found = endpointOf(url, ecs['destination.domain'] ?? ecs['host.name'] ?? '');
      if (!found) continue;
      const endpoint = rowOf(
        state.endpoints,
        keyOf(found.endpoint),
        (): Endpoint => ({ last: 0, first: time, most: 0, clients: 0 }),
      );
      endpoint.last = Math.max(endpoint.last, time);
      const hour = Math.floor(time / HOUR);
      const row = rowOf(state.walks, keyOf(client, found.endpoint), (): Walk => {
        endpoint.clients++;
        return fresh(time, hour);
      });
      if (hour > row.hour) {
        // What was found odd is learned from slowly: a walk must not make the next one usual.
        endpoint.most = Math.max(endpoint.most * 0.999, Math.min(row.ids.length, 2 * endpoint.most + LEAST / 2));
        Object.assign(row, fresh(time, hour));
      }
      row.last = Math.max(row.last, time);
      row.requests++;
      row.user = (ecs['user.name'] ?? '').slice(0, 64);
      const status = ecs['http.response.status_code'] ?? 0;
      if (status >= 200 && status < 300) row.answered++;
      const hash = hashOf(found.id);
      if (row.ids.length >= MAX_IDS || row.ids.includes(hash)) continue;
      row.ids.push(hash);
      const number = Number(found.id);
      if (Number.isSafeInteger(number)) {
        if (Math.abs(number - row.at) <= 2) row.steps++;
        row.at = number;
      }
      remember(row.evidence, id, 10);
    }
    prune(state.walks, MAX);
    prune(state.endpoints, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.walks.rows).flatMap(([key, row]) => {
      if (row.last < now - DAY || row.ids.length < LEAST) return [];
      const [client = '', name = ''] = partsOf(key);
      const endpoint = state.endpoints.rows[keyOf(name)];
      if (!endpoint || row.from - endpoint.first < LEARN * DAY) return [];
      const counting = row.steps / row.ids.length;
      const more = row.ids.length / Math.max(5, endpoint.most);
      const answered = row.answered / row.requests;
      const score =
        ramp(more, [
          [1.5, 0],
          [4, 0.55],
          [15, 0.8],
        ]) +
        0.15 * counting +
        (answered > 0.5 ? 0.05 : 0);
      if (more <= 1.5 || score < (known?.floor ?? SPEAKS)) return [];
      return findingOf(model, `${client}:${name}:${row.hour}`, {
        entity: { kind: 'source', name: client },
        related: [name, row.user].filter(Boolean),
        from: row.from,
        to: row.last,
        score,
        words: `${client}${row.user ? ` (${row.user})` : ''} asked ${name} for ${times(row.ids.length, 'different thing')} in an hour, ${percent(counting)} of them one after the other; ${percent(answered)} were answered. Before, nobody of ${times(endpoint.clients, 'client')} asked for more than ${Math.ceil(endpoint.most)}.`,
        evidence: row.evidence,
        numbers: { different: row.ids.length, most: endpoint.most, counting, answered },
      });
    });
  },
};
export default model;

const fresh = (time: number, hour: number): Walk => ({
  last: time,
  from: time,
  hour,
  requests: 0,
  answered: 0,
  ids: [],
  at: -10,
  steps: 0,
  evidence: [],
  user: '',
});

/** An address without the one thing that is asked for: `/api/orders/17` is `/api/orders/*` and `17`. */
function endpointOf(url: string, host: string): { endpoint: string; id: string } | null {
  const [path = '', query = ''] = url
    .slice(0, 500)
    .replace(/^https?:\/\/[^/]+/i, '')
    .split('?');
  const parts = path.split('/').slice(0, 12);
  let id = '';
  for (let i = 0; i < parts.length; i++)
    if (PART.test(parts[i]!)) {
      id = parts[i]!;
      parts[i] = '*';
    }
  if (id === '') {
    const named = /(?:^|&)([a-z_]*id|no|number|account|user)=([^&]{1,64})/i.exec(query);
    if (!named || !PART.test(named[2]!)) return null;
    return { endpoint: `${host}${path.slice(0, 120)}?${named[1]!.toLowerCase()}=*`, id: named[2]! };
  }
  return { endpoint: `${host.slice(0, 80)}${parts.join('/').slice(0, 120)}`, id };
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
