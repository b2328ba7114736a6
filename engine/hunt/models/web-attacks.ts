import { list, percent, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { ramp } from '../stats.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import { ATTACK, judgeValue } from '../web/attack.js';
import type { Model } from './types.js';

interface Client {
  last: number;
  from: number;
  requests: number;
  refused: number;
  paths: number[];
  attacks: number;
  answered: number;
  best: number;
  kinds: string[];
  tokens: string[];
  example: string;
  hosts: string[];
  evidence: string[];
}
type State = { clients: Table<Client> };

const DAY = 86_400_000;
const PAUSE = 30 * 60_000;
const MAX = 20_000;
const SPEAKS = 0.6;

const model: Model<State> = {
  name: 'web-attacks',
  title: 'Attacks on web applications',
  summary: 'A client sends injections or traversals, or tries many addresses that do not exist.',
  needs: { data: 'web server, proxy or firewall logs', fields: ['source.ip', 'url.original'] },
  baseline: {
    words:
      'Nothing is learned: what a value means once decoded; for enumeration, the share of the client’s requests that are refused.',
    days: 0,
  },
  speaks: SPEAKS,
  techniques: ['T1190', 'T1595.003'],
  tactic: 'initial-access',
  start: () => ({ clients: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const url = ecs['url.original'];
      const source = ecs['source.ip'];
      if (!url || !source) continue;
      const row = rowOf(state.clients, keyOf(source), () => fresh(time));
      if (time - row.last > PAUSE) Object.assign(row, fresh(time));
      row.last = Math.max(row.last, time);
      row.requests++;
      note(row.hosts, ecs['destination.domain'] ?? ecs['host.name'] ?? '', 10);
      const status = ecs['http.response.status_code'] ?? 0;
      const path = url.slice(0, 2048).split('?', 1)[0]!;
      if (status >= 400 && status < 500 && status !== 401) {
        row.refused++;
        note(row.paths, hashOf(path), 300);
      }
      for (const value of valuesOf(url)) {
        const { score, kind, tokens } = judgeValue(value);
        if (score < ATTACK || !kind) continue;
        row.attacks++;
        if (status >= 200 && status < 300) row.answered++;
        note(row.kinds, kind, 4);
        for (const token of tokens) note(row.tokens, token, 8);
        if (score > row.best) {
          row.best = score;
          row.example = value.slice(0, 120);
        }
        remember(row.evidence, id, 10);
        break;
      }
    }
    prune(state.clients, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.clients.rows).flatMap(([key, row]) => {
      if (row.last < now - DAY) return [];
      const [source = ''] = partsOf(key);
      const refused = row.refused / row.requests;
      // One odd value may be somebody's name; an attacker tries more than once.
      const injected =
        row.attacks === 0
          ? 0
          : row.best *
              ramp(row.attacks, [
                [1, 0.5],
                [3, 0.75],
                [10, 1],
              ]) +
            (row.answered > 0 ? 0.05 : 0);
      const listed =
        ramp(row.paths.length, [
          [15, 0],
          [40, 0.5],
          [150, 0.9],
        ]) *
        ramp(refused, [
          [0.2, 0],
          [0.7, 1],
        ]);
      const score = Math.max(injected, listed);
      if (score === 0 || score < (known?.floor ?? SPEAKS)) return [];
      const parts = [
        row.attacks > 0
          ? `${times(row.attacks, 'request')} with ${list(row.kinds)} (${list(row.tokens, 4)}; for example ${row.example})`
          : '',
        row.attacks > 0 && row.answered > 0 ? `${row.answered} of them answered with success` : '',
        listed > 0 ? `${row.paths.length} different addresses refused` : '',
      ].filter(Boolean);
      return findingOf(model, `${source}:${row.from}`, {
        entity: { kind: 'source', name: source },
        related: row.hosts,
        from: row.from,
        to: row.last,
        score,
        words: `${source} sent ${times(row.requests, 'request')}: ${parts.join(', ')}; ${percent(refused)} of all were refused.`,
        techniques: listed > injected ? ['T1595.003'] : ['T1190'],
        tactic: listed > injected ? 'reconnaissance' : 'initial-access',
        evidence: row.evidence,
        numbers: {
          requests: row.requests,
          attacks: row.attacks,
          answered: row.answered,
          refused,
          paths: row.paths.length,
        },
      });
    });
  },
};
export default model;

const fresh = (time: number): Client => ({
  last: time,
  from: time,
  requests: 0,
  refused: 0,
  paths: [],
  attacks: 0,
  answered: 0,
  best: 0,
  kinds: [],
  tokens: [],
  example: '',
  hosts: [],
  evidence: [],
});

/** The path and the values of the query, at most 30. */
function valuesOf(url: string): string[] {
  const text = url.slice(0, 8192).replace(/^[a-z]{2,10}:\/\/[^/?#]*/i, '');
  const at = text.indexOf('?');
  if (at < 0) return [text];
  const values = text
    .slice(at + 1)
    .split('&', 30)
    .map((pair) => pair.slice(pair.indexOf('=') + 1));
  return [text.slice(0, at), ...values];
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
