import { moment, percent, times } from '../../say.js';
import { DAY, dayOf, signInsOf } from '../logins/signin.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import { type Finding, MAX_EVIDENCE, type Model } from './types.js';

interface Odd {
  from: number;
  to: number;
  /** Chance, by the user's own hours, of signing in at such an hour. */
  chance: number;
  newDevice: boolean;
  newCountry: boolean;
  count: number;
  evidence: string[];
}
interface User {
  last: number;
  first: number;
  /** Sign-ins by hour of the day (UTC), smoothed when read. */
  hours: number[];
  total: number;
  devices: string[];
  countries: string[];
  odd: Odd[];
}
type State = { users: Table<User> };

const LEARN = 14;
const FEWEST = 20;
const MAX_USERS = 50_000;
const SPEAKS = 0.75;
/** Share of each hour that is told to the hours one and two away: nobody comes by the minute. */
const SPREAD = [0.5, 0.18, 0.07];

const model: Model<State> = {
  name: 'odd-hours',
  title: 'Sign-ins at hours that are not the user’s',
  summary: 'A user signs in at an hour at which they never do, above all with a device or from a country that is new.',
  needs: { data: 'sign-ins', fields: ['user.name'] },
  baseline: {
    words: `The user's own hours, devices and countries over ${LEARN} days and ${FEWEST} sign-ins.`,
    days: LEARN,
  },
  speaks: SPEAKS,
  techniques: ['T1078'],
  tactic: 'initial-access',
  start: () => ({ users: table() }),

  fold(state, events) {
    for (const { id, time, user, device, country, failed } of signInsOf(events)) {
      if (failed) continue;
      const row = rowOf(
        state.users,
        keyOf(user),
        (): User => ({
          last: 0,
          first: time,
          hours: new Array<number>(24).fill(0),
          total: 0,
          devices: [],
          countries: [],
          odd: [],
        }),
      );
      row.last = Math.max(row.last, time);
      const hour = new Date(time).getUTCHours();
      const settled = time - row.first > LEARN * DAY && row.total >= FEWEST;
      const newDevice = device !== '' && note(row.devices, device, 50) && settled;
      const newCountry = country !== '' && note(row.countries, country, 30) && settled;
      const chance = chanceOf(row, hour);
      const open = row.odd.at(-1);
      // What follows within two hours on the same new device belongs together.
      if (open && time - open.to < 2 * 3_600_000) {
        open.to = time;
        open.count++;
        open.chance = Math.min(open.chance, chance);
        open.newDevice ||= newDevice;
        open.newCountry ||= newCountry;
        remember(open.evidence, id, MAX_EVIDENCE);
      } else if (settled && (chance < 0.1 || newDevice || newCountry))
        remember(row.odd, { from: time, to: time, chance, newDevice, newCountry, count: 1, evidence: [id] }, 10);
      row.hours[hour]!++;
      row.total++;
    }
    prune(state.users, MAX_USERS);
    return state;
  },

  judge(state, now, known) {
    const findings: Finding[] = [];
    for (const [key, row] of Object.entries(state.users.rows))
      for (const { from, to, chance, newDevice, newCountry, count, evidence } of row.odd) {
        if (to < now - 2 * DAY) continue;
        const hour = 1 / (1 + (chance / 0.02) ** 1.5);
        const score = Math.min(
          1,
          0.5 * hour + (newDevice ? 0.15 + 0.25 * hour : 0) + (newCountry ? 0.1 + 0.1 * hour : 0),
        );
        if (score < (known?.floor ?? SPEAKS)) continue;
        const [name = ''] = partsOf(key);
        const firsts = [newDevice ? 'a new device' : '', newCountry ? 'a new country' : '']
          .filter(Boolean)
          .join(' and ');
        findings.push({
          model: model.name,
          key: `${model.name}:${name}:${dayOf(from)}:${new Date(from).getUTCHours()}`,
          entity: { kind: 'user', name },
          related: [],
          from,
          to,
          score,
          words: `${name} signed in at ${moment(from)} (${times(count, 'sign-in')})${firsts ? ` with ${firsts}` : ''}; ${percent(chance)} of ${row.total} sign-ins so far were at such an hour, on ${times(row.devices.length, 'device')}.`,
          techniques: model.techniques,
          tactic: model.tactic,
          evidence: [...evidence],
          numbers: { chance, newDevice: newDevice ? 1 : 0, newCountry: newCountry ? 1 : 0, signIns: count },
        });
      }
    return findings;
  },
};
export default model;

/** Share of a user's sign-ins within about two hours of this one, round the clock. */
function chanceOf({ hours, total }: User, hour: number): number {
  let sum = 0;
  for (const [away, share] of SPREAD.entries())
    for (const at of away === 0 ? [hour] : [hour - away, hour + away]) sum += share * hours[(at + 24) % 24]!;
  return (sum + 0.1) / (total + 5);
}
