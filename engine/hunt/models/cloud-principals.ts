import { list, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { ramp } from '../stats.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface Principal {
  last: number;
  first: number;
  /** API → first call. */
  known: Record<string, number>;
  size: number;
  regions: string[];
  /** What weighs, newest last. */
  signs: { time: number; id: string; weight: number; what: string }[];
  reads: { time: number; api: string; refused: boolean }[];
}
interface State {
  first: number;
  principals: Table<Principal>;
  /** APIs by how many principals use them. */
  apis: Table<{ last: number; by: string[] }>;
}

const DAY = 86_400_000;
const LEARN = 7;
const MAX = 20_000;
const SPEAKS = 0.7;
const WINDOW = 6 * 3_600_000;
const ASKS = /^(?:list|describe|get|lookup|batchget|scan|query)/i;

/** Calls that change who may do what, or what is seen. */
const GRAVE: readonly (readonly [RegExp, weight: number, what: string])[] = [
  [
    /deactivatemfa|deletevirtualmfa|mfa.*(?:deactivat|reset|delete|disable)|factor\.(?:deactivate|reset)|disable strong auth/i,
    0.45,
    'a second factor was removed',
  ],
  [
    /createaccesskey|createloginprofile|add service principal credentials|createserviceaccountkey|update application . certificates/i,
    0.3,
    'a key was made',
  ],
  [
    /attach(?:user|role|group)policy|put(?:user|role|group)policy|createpolicyversion|setdefaultpolicyversion|add member to role|setiampolicy|updateassumerolepolicy/i,
    0.3,
    'rights were widened',
  ],
  [
    /stoplogging|deletetrail|deleteflowlogs|deletedetector|updatetrail|puteventselectors|disable.*(?:log|audit)/i,
    0.45,
    'logging was changed',
  ],
  [
    /putbucketpolicy|putbucketacl|modify(?:snapshot|image)attribute|deletepublicaccessblock|authorizesecuritygroupingress/i,
    0.25,
    'something was opened to others',
  ],
  [/getsecretvalue|getpassworddata|getparametersbypath|batchgetsecretvalue/i, 0.2, 'secrets were read'],
];

const model: Model<State> = {
  name: 'cloud-principals',
  title: 'Cloud identities doing what they never did',
  summary:
    'A user, role or key of a cloud account calls APIs it never called, asks about everything, works in a new region, or changes keys, rights and logs.',
  needs: {
    data: 'cloud control-plane logs',
    fields: ['user.name', 'event.action'],
    oneOf: ['cloud.provider', 'cloud.region', 'cloud.account.id'],
  },
  baseline: {
    words: `The principal's own APIs and regions over ${LEARN} days, and which APIs other principals use.`,
    days: LEARN,
  },
  speaks: SPEAKS,
  techniques: ['T1078.004', 'T1098', 'T1580'],
  tactic: 'persistence',
  start: () => ({ first: 0, principals: table(), apis: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const api = ecs['event.action']?.slice(0, 100);
      const name = ecs['user.name']?.slice(0, 200);
      if (!api || !name || !(ecs['cloud.provider'] || ecs['cloud.region'] || ecs['cloud.account.id'])) continue;
      state.first ||= time;
      const row = rowOf(
        state.principals,
        keyOf(name),
        (): Principal => ({ last: 0, first: time, known: {}, size: 0, regions: [], signs: [], reads: [] }),
      );
      row.last = Math.max(row.last, time);
      const users = rowOf(state.apis, keyOf(api), () => ({ last: 0, by: [] as string[] }));
      users.last = time;
      note(users.by, name, 10);
      const settled = time - row.first > LEARN * DAY;
      const learned = time - state.first > LEARN * DAY;
      const region = ecs['cloud.region'];
      if (region && note(row.regions, region, 40) && settled && row.regions.length > 1)
        remember(row.signs, { time, id, weight: 0.2, what: `works in ${region} for the first time` }, 40);
      const key = keyOf(api);
      const fresh = row.known[key] === undefined;
      if (fresh && row.size < 1000) {
        row.known[key] = time;
        row.size++;
      }
      const grave = GRAVE.find(([pattern]) => pattern.test(api));
      // What it does every week is its work.
      if (grave && learned && (fresh || time - row.known[key]! < DAY) && ecs['event.outcome'] !== 'failure')
        remember(row.signs, { time, id, weight: grave[1], what: `${grave[2]} (${api})` }, 40);
      else if (fresh && settled)
        remember(row.signs, { time, id, weight: users.by.length <= 1 ? 0.08 : 0.04, what: `first ${api}` }, 40);
      if (ASKS.test(api) && learned && (fresh || time - (row.known[key] ?? 0) < DAY))
        remember(row.reads, { time, api, refused: ecs['event.outcome'] === 'failure' }, 200);
    }
    prune(state.principals, MAX);
    prune(state.apis, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.principals.rows).flatMap(([key, row]) => {
      if (row.last < now - DAY) return [];
      const [name = ''] = partsOf(key);
      const until = heaviest(row.signs, now);
      const inWindow = ({ time }: { time: number }) => time > until - WINDOW && time <= until;
      const signs = row.signs.filter(inWindow);
      const reads = row.reads.filter(inWindow);
      const kinds = new Set(reads.map(({ api }) => api)).size;
      const refused = reads.filter((each) => each.refused).length;
      const different = new Map(signs.map((sign) => [sign.what, sign.weight]));
      const weight = [...different.values()].reduce((sum, each) => sum + each, 0);
      const asked =
        ramp(kinds, [
          [5, 0],
          [15, 0.35],
          [40, 0.7],
        ]) +
        ramp(refused, [
          [2, 0],
          [20, 0.3],
        ]);
      const score = 1 - Math.exp(-1.4 * (weight + asked));
      if (weight + asked === 0 || score < (known?.floor ?? SPEAKS)) return [];
      const what = [...different].sort((a, b) => b[1] - a[1]).map(([text]) => text);
      if (kinds > 5) what.push(`${times(kinds, 'kind')} of questions it never asked before, ${refused} refused`);
      const times_ = [...signs, ...reads].map(({ time }) => time);
      return findingOf(model, `${name}:${Math.floor(until / DAY)}`, {
        entity: { kind: 'principal', name },
        related: what.map((text) => text.slice(0, 80)),
        from: Math.min(...times_),
        to: until,
        score,
        words: `${name}, within six hours: ${list(what, 4)}. It is known with ${times(row.size, 'API')} and ${times(row.regions.length, 'region')}.`,
        evidence: signs.map(({ id }) => id),
        numbers: { signs: different.size, weight, kinds, refused },
      });
    });
  },
};
export default model;

/** The end of the six hours of the last day that weigh most. */
function heaviest(signs: Principal['signs'], now: number): number {
  let until = 0;
  let most = 0;
  for (const { time } of signs) {
    if (time < now - DAY) continue;
    const weight = signs.reduce(
      (sum, each) => sum + (each.time > time - WINDOW && each.time <= time ? each.weight : 0),
      0,
    );
    if (weight > most) {
      most = weight;
      until = time;
    }
  }
  return until;
}
