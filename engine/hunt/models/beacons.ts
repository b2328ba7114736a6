import { isExternal } from '../../address.js';
import { bytes, duration, percent, times } from '../../say.js';
import { type BeaconScore, beaconScore } from '../beacons/own.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import { type Finding, MAX_EVIDENCE, type Model } from './types.js';

interface Pair {
  last: number;
  /** Seconds since the epoch, as they came; at most `MAX_CALLS`. */
  at: number[];
  sent: number[];
  evidence: string[];
}

interface Destination {
  last: number;
  /** Hosts that talk to it, up to `MAX_HOSTS`. */
  hosts: string[];
}

interface State {
  now: number;
  pairs: Table<Pair>;
  destinations: Table<Destination>;
  hosts: Table<{ last: number }>;
}

const DAY = 86_400_000;
const MAX_PAIRS = 20_000;
const MAX_CALLS = 600;
const MAX_HOSTS = 64;
/** A share among fewer hosts says nothing. */
const FEWEST_HOSTS = 5;
const FEWEST_CALLS = 8;
const SPEAKS = 0.5;

const beacons: Model<State> = {
  name: 'beacons',
  title: 'Beacons',
  summary: 'A host that calls the same place on the Internet by the clock, as implants do.',
  needs: { data: 'connections, web proxy or TLS logs', fields: ['source.ip'] },
  baseline: {
    words: `The pair's own calls of the last 24 hours, from ${FEWEST_CALLS} calls on, and how many of the other hosts talk to the same place.`,
    days: 0,
  },
  speaks: SPEAKS,
  techniques: ['T1071', 'T1573'],
  tactic: 'command-and-control',
  start: () => ({ now: 0, pairs: table(), destinations: table(), hosts: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const source = ecs['source.ip'];
      const address = ecs['destination.ip'];
      const domain = ecs['destination.domain'];
      // A DNS query names a domain too, but goes to the resolver.
      if (!source || ecs['dns.question.name'] || !(domain || isExternal(address))) continue;
      const to = (domain ?? address)!.toLowerCase();
      state.now = Math.max(state.now, time);
      const pair = rowOf(state.pairs, keyOf(source, to), (): Pair => ({ last: 0, at: [], sent: [], evidence: [] }));
      pair.last = Math.max(pair.last, time);
      remember(pair.at, Math.round(time / 1000), MAX_CALLS);
      remember(pair.sent, ecs['source.bytes'] ?? ecs['network.bytes'] ?? 0, MAX_CALLS);
      remember(pair.evidence, id, MAX_EVIDENCE);
      const destination = rowOf(state.destinations, keyOf(to), (): Destination => ({ last: 0, hosts: [] }));
      destination.last = Math.max(destination.last, time);
      note(destination.hosts, source.slice(0, 64), MAX_HOSTS);
      rowOf(state.hosts, keyOf(source), () => ({ last: 0 })).last = time;
    }
    prune(state.pairs, MAX_PAIRS);
    prune(state.destinations, MAX_PAIRS);
    prune(state.hosts, MAX_PAIRS);
    return state;
  },

  judge(state, now, options) {
    const findings: Finding[] = [];
    const others = state.hosts.size - 1;
    for (const [key, pair] of Object.entries(state.pairs.rows)) {
      if (pair.at.length < FEWEST_CALLS || pair.last < now - DAY) continue;
      const recent = window(pair, (pair.last - DAY) / 1000);
      const [source = '', to = ''] = partsOf(key);
      const known = state.destinations.rows[keyOf(to)]?.hosts.length ?? 1;
      const shared =
        state.hosts.size < FEWEST_HOSTS ? 0 : Math.max(0, known - 1) / Math.max(1, Math.min(others, MAX_HOSTS));
      const score = beaconScore(recent.at, recent.sent, shared);
      if (!score || score.calls < FEWEST_CALLS || score.score < (options?.floor ?? SPEAKS)) continue;
      const from = recent.at[0]! * 1000;
      findings.push({
        model: 'beacons',
        key: `beacons:${source}:${to}:${new Date(pair.last).toISOString().slice(0, 10)}`,
        entity: { kind: 'host', name: source },
        related: [to],
        from,
        to: pair.last,
        score: Math.min(1, score.score),
        words: words(source, to, score, known),
        techniques: beacons.techniques,
        tactic: beacons.tactic,
        evidence: [...pair.evidence],
        numbers: { ...score },
      });
    }
    return findings;
  },
};
export default beacons;

/** The calls since a second, in the order of time. */
function window(pair: Pair, since: number): { at: Float64Array; sent: Float64Array } {
  const order = pair.at.map((_, i) => i).filter((i) => pair.at[i]! >= since);
  order.sort((a, b) => pair.at[a]! - pair.at[b]!);
  return { at: Float64Array.from(order, (i) => pair.at[i]!), sent: Float64Array.from(order, (i) => pair.sent[i]!) };
}

function words(source: string, to: string, score: BeaconScore, hosts: number): string {
  const { period, jitter, span, calls, alike } = score;
  const size = score.bytes > 0 && alike > 0.8 ? `, ${bytes(score.bytes)} each` : '';
  const company = hosts > 1 ? `${times(hosts - 1, 'other host')} (${percent(score.shared)}) do` : 'no other host does';
  return `${source} calls ${to} every ${duration(period)} ± ${duration(jitter)} for ${duration(span)}, ${calls} times${size}; ${company}.`;
}
