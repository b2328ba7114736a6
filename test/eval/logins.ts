import { loadModels } from '../../engine/hunt/models/index.js';
import type { Finding, Model, Seen } from '../../engine/hunt/models/types.js';
import { auc } from '../../engine/hunt/stats.js';
import { figure, type Measurement } from '../support/figures.js';
import { dataFolder, readLines } from './lines.js';

interface Login {
  ts: string;
  user: string;
  ip: string;
  country: string;
  lat: number;
  lon: number;
  device: string;
  host: string;
  outcome: string;
  label: string;
}

const USED = ['brute-force', 'password-spray', 'impossible-travel', 'new-access', 'odd-hours'];
const TARGETS: Record<string, string> = { slow_access_creep: '>= 0.85' };
const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

const logins: Measurement = {
  name: 'logins',
  summary: 'sign-ins of 60 days with planted attacks: the models for users, day by day; labels only measure',
  async run({ data }, progress) {
    const events = readLines(dataFolder(data, 'auth'), 'logins.jsonl.gz')
      .map((line) => JSON.parse(line) as Login)
      .sort((a, b) => (a.ts < b.ts ? -1 : 1));
    const models = (await loadModels()).filter(({ name }) => USED.includes(name));
    const days = new Map<string, Login[]>();
    for (const event of events) days.set(event.ts.slice(0, 10), [...(days.get(event.ts.slice(0, 10)) ?? []), event]);

    const scores = new Map<string, number>();
    const said: Finding[] = [];
    const states = new Map<Model, unknown>(models.map((model) => [model, model.start()]));
    const seen = new Set<string>();
    const began = process.cpuUsage();
    for (const [day, today] of days) {
      const end = Date.parse(`${day}T23:59:59.999Z`);
      const fromSource = new Map<string, Set<string>>();
      for (const { ip, user } of today) fromSource.set(ip, (fromSource.get(ip) ?? new Set()).add(user));
      for (const model of models) {
        // As a runner keeps it: written down and read back.
        const state = JSON.parse(JSON.stringify(model.fold(states.get(model), today.map(seenOf)))) as unknown;
        states.set(model, state);
        for (const finding of model.judge(state, end, { floor: 0 }).filter(({ to }) => dayOf(to) === day))
          for (const user of finding.entity.kind === 'source'
            ? (fromSource.get(finding.entity.name) ?? [])
            : [finding.entity.name])
            scores.set(`${user} ${day}`, Math.max(scores.get(`${user} ${day}`) ?? 0, finding.score));
        for (const finding of model.judge(state, end))
          if (!seen.has(finding.key)) {
            seen.add(finding.key);
            said.push(finding);
          }
      }
    }
    const seconds = process.cpuUsage(began).user / 1e6;

    const kinds = new Map<string, Set<string>>();
    for (const { label, user, ts } of events)
      kinds.set(label, (kinds.get(label) ?? new Set()).add(`${user} ${ts.slice(0, 10)}`));
    const planted = new Set([...kinds].filter(([label]) => label !== '').flatMap(([, userDays]) => [...userDays]));
    const ordinary = [...kinds.get('')!].filter((userDay) => !planted.has(userDay));
    const ordinaryScores = ordinary.map((userDay) => scores.get(userDay) ?? 0);
    const attackers = new Set(
      events.filter(({ label }) => label !== '').map(({ ip, ts }) => `${ip} ${ts.slice(0, 10)}`),
    );
    const false_ = said.filter(({ entity, to }) => {
      const unit = `${entity.name} ${dayOf(to)}`;
      return !planted.has(unit) && !attackers.has(unit);
    });
    for (const finding of false_) progress(`${finding.model} ${finding.score.toFixed(2)} ${finding.words}`);
    const found = (userDays: Set<string>) => {
      const sources = new Set(said.map(({ entity, to }) => `${entity.name} ${dayOf(to)}`));
      const hit = [...userDays].filter((userDay) => {
        const [user, day] = userDay.split(' ');
        return (
          sources.has(userDay) ||
          events.some(
            (e) => e.label !== '' && e.user === user && e.ts.startsWith(day!) && sources.has(`${e.ip} ${day}`),
          )
        );
      });
      return (100 * hit.length) / userDays.size;
    };
    return {
      name: 'logins',
      method: `${events.length} sign-ins, ${days.size} days; after each day every model judges what it has so far. A user-day's score is the highest that names the user, or a source that tried the user. ${ordinary.length} user-days without planted events are ordinary.`,
      figures: [
        ...[...kinds]
          .filter(([label]) => label !== '')
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .flatMap(([label, userDays]) => [
            figure(
              `${label}: AUC over ${userDays.size} user-days`,
              auc(
                [...userDays].map((each) => scores.get(each) ?? 0),
                ordinaryScores,
              ),
              '',
              TARGETS[label] ?? '>= 0.95',
            ),
            figure(`${label}: user-days with a finding`, found(userDays), '%'),
          ]),
        figure('findings on ordinary user-days', false_.length, `of ${ordinary.length}`),
        figure('findings per 100 ordinary user-days', (100 * false_.length) / ordinary.length, '', '<= 1'),
        ...USED.map((name) => figure(`of them by ${name}`, false_.filter(({ model }) => model === name).length, '')),
        figure('events per second, all five models, states written down daily', events.length / seconds, '/s'),
      ],
    };
  },
};
export default logins;

let number = 0;
const seenOf = ({ ts, user, ip, country, lat, lon, device, host, outcome }: Login): Seen => ({
  id: `e${number++}`,
  time: Date.parse(ts),
  ecs: {
    '@timestamp': ts,
    'event.category': 'authentication',
    'event.outcome': outcome,
    'user.name': user,
    'source.ip': ip,
    'source.geo.country_iso_code': country,
    'source.geo.location': { lat, lon },
    'device.id': device,
    'host.name': host,
  },
});
