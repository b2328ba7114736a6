import { isExternal } from '../../address.js';
import { bytes, list, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { base, OPEN_FOLDERS, TOOLS } from '../programs.js';
import { keyOf, note, partsOf, prune, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface Place {
  last: number;
  first: number;
  hosts: string[];
  hours: number[];
  ports: number[];
  programs: string[];
  named: boolean;
  count: number;
  sent: number;
  received: number;
  evidence: string[];
}
interface State {
  first: number;
  hosts: Table<{ last: number }>;
  places: Table<Place>;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LEARN = 7;
const FEWEST_HOSTS = 10;
const MAX = 60_000;
const SPEAKS = 0.7;
const USUAL_PORTS = new Set([53, 80, 123, 443, 853, 993, 995, 465, 587, 3478, 5223, 5228, 8080, 8443]);

const model: Model<State> = {
  name: 'rare-destinations',
  title: 'A place on the Internet that only one host goes to',
  summary:
    'A host keeps going to a new place that no other host of the tenant goes to, without a name, on an odd port, from an odd program or sending more than it gets.',
  needs: {
    data: 'connections, web proxy or TLS logs',
    fields: ['source.ip'],
    oneOf: ['destination.ip', 'destination.domain'],
  },
  baseline: { words: `Where all hosts went over ${LEARN} days, on at least ${FEWEST_HOSTS} hosts.`, days: LEARN },
  speaks: SPEAKS,
  techniques: ['T1071', 'T1571', 'T1105'],
  tactic: 'command-and-control',
  start: () => ({ first: 0, hosts: table(), places: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const source = ecs['source.ip']?.slice(0, 64);
      const address = ecs['destination.ip'];
      const domain = ecs['destination.domain'];
      if (!source || ecs['dns.question.name'] || !(domain || isExternal(address)) || isExternal(source)) continue;
      const named = domain !== undefined && domain !== address && /[a-z]/i.test(domain);
      // Somebody's own servers have names and private addresses.
      if (named && address && !isExternal(address)) continue;
      state.first ||= time;
      rowOf(state.hosts, keyOf(source), () => ({ last: 0 })).last = time;
      const to = (named ? domain : (address ?? domain))!.toLowerCase();
      const row = rowOf(
        state.places,
        keyOf(to),
        (): Place => ({
          last: 0,
          first: time,
          hosts: [],
          hours: [],
          ports: [],
          programs: [],
          named,
          count: 0,
          sent: 0,
          received: 0,
          evidence: [],
        }),
      );
      row.last = Math.max(row.last, time);
      row.count++;
      row.sent += ecs['source.bytes'] ?? 0;
      row.received += ecs['destination.bytes'] ?? 0;
      note(row.hosts, source, 5);
      note(row.hours, Math.floor(time / HOUR), 30);
      if (ecs['destination.port']) note(row.ports, ecs['destination.port'], 5);
      const program = ecs['process.executable']?.toLowerCase().slice(0, 200);
      if (program) note(row.programs, program, 5);
      note(row.evidence, id, 10);
    }
    prune(state.hosts, MAX);
    prune(state.places, MAX);
    return state;
  },

  judge(state, now, known) {
    if (state.hosts.size < FEWEST_HOSTS) return [];
    return Object.entries(state.places.rows).flatMap(([key, row]) => {
      if (
        row.hosts.length > 1 ||
        row.last < now - DAY ||
        row.first < now - 3 * DAY ||
        row.first - state.first < LEARN * DAY
      )
        return [];
      const [to = ''] = partsOf(key);
      const odd = row.ports.filter((port) => !USUAL_PORTS.has(port));
      const tools = row.programs.filter((path) => OPEN_FOLDERS.test(path) || TOOLS.test(base(path)));
      const signs = [
        ...(row.named ? [] : [[0.15, 'it has no name'] as const]),
        ...(odd.length > 0 ? [[0.15, `on port ${list(odd.map(String), 2)}`] as const] : []),
        ...(tools.length > 0 ? [[0.3, `from ${list(tools.map(base), 2)}`] as const] : []),
        ...(row.hours.length >= 3 ? [[0.15, `in ${row.hours.length} different hours`] as const] : []),
        ...(row.received > 0 && row.sent > 100_000 && row.sent > 2 * row.received
          ? [[0.2, `sending ${bytes(row.sent)} and getting ${bytes(row.received)}`] as const]
          : []),
      ];
      const score = 0.2 + signs.reduce((sum, [weight]) => sum + weight, 0) + (row.count >= 10 ? 0.05 : 0);
      if (signs.length < 2 || score < (known?.floor ?? SPEAKS)) return [];
      const host = row.hosts[0]!;
      return findingOf(model, `${host}:${to}:${row.first}`, {
        entity: { kind: 'host', name: host },
        related: [to, ...row.programs],
        from: row.first,
        to: row.last,
        score,
        words: `${host} went to ${to} ${times(row.count, 'time')}, which none of ${times(state.hosts.size, 'host')} ever did: ${signs.map(([, text]) => text).join(', ')}.`,
        evidence: row.evidence,
        numbers: {
          count: row.count,
          hours: row.hours.length,
          sent: row.sent,
          received: row.received,
          hosts: state.hosts.size,
        },
      });
    });
  },
};
export default model;
