import { duration, round, times } from '../../say.js';
import { DAY, distance, signInsOf } from '../logins/signin.js';
import { ramp } from '../stats.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import { type Finding, MAX_EVIDENCE, type Model } from './types.js';

interface Place {
  time: number;
  lat: number;
  lon: number;
  country: string;
  source: string;
  id: string;
}
interface Trip {
  from: Place;
  to: Place;
  /** The far end is a country and a device that the user was never seen with. */
  newCountry: boolean;
  newDevice: boolean;
}
interface User {
  last: number;
  place: Place | null;
  countries: string[];
  devices: string[];
  trips: Trip[];
}
interface State {
  users: Table<User>;
  /** Addresses by their users: where many come from is a gateway, not a place. */
  sources: Table<{ last: number; users: string[] }>;
}

/** km/h: no airliner is faster. */
const FASTEST = 900;
/** Kilometres below which a database of places is not to be trusted. */
const NEAR = 300;
const GATEWAY = 8;
const MAX_USERS = 50_000;
const SPEAKS = 0.6;

const model: Model<State> = {
  name: 'impossible-travel',
  title: 'Impossible travel',
  summary: 'Two sign-ins of one user, further apart than anybody travels in the time between them.',
  needs: { data: 'sign-ins with their place', fields: ['user.name', 'source.ip', 'source.geo.location'] },
  baseline: {
    words: "The user's countries and devices so far; gateways that eight or more people come from have no place.",
    days: 0,
  },
  speaks: SPEAKS,
  techniques: ['T1078'],
  tactic: 'initial-access',
  start: () => ({ users: table(), sources: table() }),

  fold(state, events) {
    for (const { id, time, user, source, country, lat, lon, device, failed } of signInsOf(events)) {
      // Somebody else's guess from abroad is no travel.
      if (failed || lat === null || lon === null || source === '') continue;
      const users = rowOf(state.sources, keyOf(source), () => ({ last: 0, users: [] as string[] }));
      users.last = Math.max(users.last, time);
      note(users.users, user, GATEWAY);
      const row = rowOf(
        state.users,
        keyOf(user),
        (): User => ({ last: 0, place: null, countries: [], devices: [], trips: [] }),
      );
      row.last = Math.max(row.last, time);
      const place: Place = { time, lat, lon, country, source, id };
      const newCountry = note(row.countries, country, 30);
      const newDevice = device !== '' && note(row.devices, device, 30);
      const before = row.place;
      if (before && users.users.length < GATEWAY && distance(before.lat, before.lon, lat, lon) > NEAR)
        remember(row.trips, { from: before, to: place, newCountry, newDevice }, 10);
      if (users.users.length < GATEWAY) row.place = place;
    }
    prune(state.users, MAX_USERS);
    prune(state.sources, MAX_USERS);
    return state;
  },

  judge(state, now, known) {
    const findings: Finding[] = [];
    const egress = new Set(known?.egress);
    for (const [key, { trips, countries }] of Object.entries(state.users.rows))
      for (const { from, to, newCountry, newDevice } of trips) {
        if (to.time < now - 2 * DAY || egress.has(from.source) || egress.has(to.source)) continue;
        const km = distance(from.lat, from.lon, to.lat, to.lon);
        const hours = Math.max((to.time - from.time) / 3_600_000, 1 / 60);
        const speed = km / hours;
        const fast = ramp(speed / FASTEST, [
          [0.1, 0],
          [0.5, 0.1],
          [1, 0.35],
          [1.5, 0.5],
          [10, 0.6],
        ]);
        // Between one's own countries, a VPN or a phone's carrier is likelier than a thief.
        const score = Math.min(1, fast * (newCountry ? 1 : 0.7) + (newCountry ? 0.15 : 0) + (newDevice ? 0.25 : 0));
        if (score < (known?.floor ?? SPEAKS) || (fast === 0 && known?.floor === undefined)) continue;
        const [name = ''] = partsOf(key);
        const firsts = [newCountry ? 'country' : '', newDevice ? 'device' : ''].filter(Boolean).join(' and ');
        findings.push({
          model: model.name,
          key: `${model.name}:${name}:${to.time}`,
          entity: { kind: 'user', name },
          related: [from.source, to.source],
          from: from.time,
          to: to.time,
          score,
          words: `${name} signed in from ${from.country || from.source}, then ${duration((to.time - from.time) / 1000)} later from ${to.country || to.source}, ${round(km)} km away: ${round(speed)} km/h${firsts ? `, with a ${firsts} never seen before` : ''}; ${times(countries.length, 'country').replace('countrys', 'countries')} so far.`,
          techniques: model.techniques,
          tactic: model.tactic,
          evidence: [from.id, to.id].slice(0, MAX_EVIDENCE),
          numbers: { km, hours, speed, newCountry: newCountry ? 1 : 0, newDevice: newDevice ? 1 : 0 },
        });
      }
    return findings;
  },
};
export default model;
