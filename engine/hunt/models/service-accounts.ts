import { list, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { DAY, isSignIn, OF_MACHINES } from '../logins/signin.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface Odd {
  time: number;
  id: string;
  host: string;
  source: string;
  how: string;
  newSource: boolean;
  /** Sign-ins as a service before this one. */
  count: number;
  days: number;
}
interface Account {
  last: number;
  first: number;
  count: number;
  byHand: number;
  sources: string[];
  odd: Odd[];
}
type State = { accounts: Table<Account> };

const LEARN = 7;
const FEWEST = 20;
const MAX = 50_000;
const SPEAKS = 0.7;
const NAMED = /^(?:svc|service|srv|sa|app|sql|backup|bot|task|batch)[-_.]|[-_.](?:svc|service|sa|bot)$/;
/** Windows kinds of log-on at which a person sits, or might. */
const BY_HAND: Record<string, string> = {
  '2': 'at the keyboard',
  '7': 'by unlocking',
  '10': 'by remote desktop',
  '11': 'at the keyboard',
};

const model: Model<State> = {
  name: 'service-accounts',
  title: 'A service account used by a person',
  summary: 'An account that services use signs in at a keyboard, by remote desktop or at a console, as a person does.',
  needs: { data: 'sign-ins with their kind', fields: ['user.name', 'winlog.logon.type'] },
  baseline: {
    words: `The account's own sign-ins over ${LEARN} days, at least ${FEWEST}, none of them by hand; and what it is called.`,
    days: LEARN,
  },
  speaks: SPEAKS,
  techniques: ['T1078.002', 'T1078'],
  tactic: 'defense-evasion',
  start: () => ({ accounts: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const name = ecs['user.name']?.toLowerCase().slice(0, 128);
      if (!name || OF_MACHINES.test(name) || !isSignIn(ecs) || ecs['event.outcome'] === 'failure') continue;
      const console_ = /^consolelogin$/i.test(ecs['event.action'] ?? '');
      const type = ecs['winlog.logon.type'];
      if (!type && !console_) continue;
      const row = rowOf(
        state.accounts,
        keyOf(name),
        (): Account => ({ last: 0, first: time, count: 0, byHand: 0, sources: [], odd: [] }),
      );
      row.last = Math.max(row.last, time);
      const source = (ecs['source.ip'] ?? ecs['source.domain'] ?? '').slice(0, 64);
      const newSource = source !== '' && note(row.sources, source, 50);
      const how = console_ ? 'at the console' : BY_HAND[type ?? ''];
      if (how === undefined) {
        row.count++;
        continue;
      }
      // Once or twice by whoever set it up is how it begins; who always does so is a person.
      if (row.byHand === 0)
        remember(
          row.odd,
          {
            time,
            id,
            host: (ecs['host.name'] ?? '').slice(0, 64),
            source,
            how,
            newSource,
            count: row.count,
            days: (time - row.first) / DAY,
          },
          5,
        );
      else if (row.odd.length > 0 && time - row.odd.at(-1)!.time < DAY) continue;
      row.byHand++;
    }
    prune(state.accounts, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.accounts.rows).flatMap(([key, row]) =>
      row.odd
        .filter(({ time }) => time > now - DAY && time <= now)
        .flatMap(({ time, id, host, source, how, newSource, count, days }) => {
          const [name = ''] = partsOf(key);
          const serves = count >= FEWEST && days >= LEARN;
          const named = NAMED.test(name);
          if (!serves && !named) return [];
          const score =
            (named ? 0.25 : 0) +
            (serves ? 0.3 : 0) +
            0.3 +
            (newSource ? 0.15 : 0) +
            (how.includes('remote') ? 0.05 : 0);
          if (score < (known?.floor ?? SPEAKS)) return [];
          return findingOf(model, `${name}:${time}`, {
            entity: { kind: 'user', name },
            related: [host, source].filter(Boolean),
            from: time,
            to: time,
            score,
            words: `${name} signed in ${how}${host ? ` on ${host}` : ''}${source ? ` from ${source}` : ''}${newSource ? ', where it never came from' : ''}; in ${Math.round(days)} days it signed in as a service ${times(count, 'time')} (from ${
              list(
                row.sources.filter((each) => each !== source),
                3,
              ) || 'nowhere else'
            }) and never by hand.`,
            evidence: [id],
            numbers: { before: count, days, named: named ? 1 : 0, newSource: newSource ? 1 : 0 },
          });
        }),
    );
  },
};
export default model;
