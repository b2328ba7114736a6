import { MdrError } from '../../engine/errors.js';
import { profileSchema } from '../../engine/store/tenants.js';
import { figure, type Measurement } from '../support/figures.js';
import { Desk } from './triage/desk.js';
import { ordinaryDay } from './triage/ordinary.js';
import { type Attack, place, recordings } from './triage/place.js';
import { setting } from './triage/setting.js';

const DAYS = 14;
const DAY_MS = 86_400_000;
/** A Monday. */
const START = Date.UTC(2026, 9, 5);
/** Ordinary activity by this much, so that there are a million events. */
const SHARE = 1.15;
const SEED = Number(process.env.MDR_EVAL_SEED ?? 7);

/** Recorded attacks in the ordinary fortnight of a company of 360 people: which become alerts, ranked how, and what else does. */
const triage: Measurement = {
  name: 'triage',
  summary: 'recorded attacks in a fortnight of a million ordinary events: alerts, ranks, and alerts without an attack',
  async run(options, progress) {
    const { folder, formats, matcher, random, make } = await setting(options, SEED);
    const attacks = place(recordings(folder), { start: START, days: DAYS, random, company: make.company });
    const desk = new Desk(profileSchema.parse({}));

    let events = 0;
    let detections = 0;
    let triageMs = 0;
    for (let day = 0; day < DAYS + 2; day++) {
      const ordinary = day < DAYS ? ordinaryDay(make, START + day * DAY_MS, day, SHARE) : [];
      const lines = [
        ...ordinary.map((line) => ({ ...line, attack: null as Attack | null })),
        ...attacks.flatMap((attack) =>
          attack.lines
            .filter(({ time }) => Math.floor((time - START) / DAY_MS) === day)
            .map((line) => ({ ...line, attack })),
        ),
      ].sort((a, b) => a.time - b.time);
      const recogniser = formats.recogniser();
      lines.forEach(({ line, attack }, i) => {
        try {
          const { parsed } = recogniser.read(line, null, START);
          const hits = matcher.match(parsed);
          desk.take(`${day}-${i}`, parsed, [...hits], attack?.name ?? null);
          events++;
          detections += hits.length;
        } catch (error) {
          if (!(error instanceof MdrError)) throw error;
        }
      });
      const began = performance.now();
      desk.endOfDay(START + day * DAY_MS);
      triageMs += performance.now() - began;
      progress(`day ${day + 1}: ${lines.length.toLocaleString('en')} events, ${desk.shown.length} alerts so far`);
    }
    const results = desk.results(attacks);
    const empty = desk.withoutAttack();
    progress('');
    progress('rank  score  detections  alerts  led  tactic  attack');
    for (const each of results)
      progress(
        [
          (each.rank ?? 'LOST').toString().padStart(4),
          (each.score ?? 0).toString().padStart(5),
          each.detections.toString().padStart(10),
          `${each.stories}/${each.alerts}`.padStart(6),
          (each.isLed ? 'yes' : 'no').padStart(4),
          (each.hasTactic ? 'yes' : 'no').padStart(6),
          ` ${each.name}`,
        ].join('  '),
      );
    progress('');
    for (const alert of empty) progress(`without an attack: ${alert.score} ${alert.title} (day ${alert.day + 1})`);
    const found = results.filter(({ rank }) => rank !== null);
    return {
      name: 'triage',
      method: `${attacks.length} recorded attacks, hosts, accounts and addresses renamed apart, in ${DAYS} days of ${make.company.people.length} people and ${make.company.servers.length + 3} servers (seed ${SEED}), all ${matcher.rules.length} rules. An attack's rank is 1 + the alerts of its day without an attack that score at least as much: the other attacks of its day do not count against it. Alerts: stories (campaigns) / alerts.`,
      figures: [
        figure('events', events, '', '>= 1000000'),
        figure('detections', detections, ''),
        figure('alerts shown', desk.shown.length, ''),
        figure(
          'attacks ranked first or second on their day',
          results.filter(({ rank }) => rank !== null && rank <= 2).length,
          `of ${attacks.length}`,
          `>= ${Math.ceil((attacks.length * 40) / 44)}`,
        ),
        figure(
          'attacks that are one alert or campaign',
          found.filter(({ stories }) => stories === 1).length,
          `of ${attacks.length}`,
          `>= ${attacks.length}`,
        ),
        figure('attacks lost', attacks.length - found.length, '', '<= 0'),
        figure(
          'attacks led by an attacked host or account',
          found.filter(({ isLed }) => isLed).length,
          `of ${attacks.length}`,
          `>= ${attacks.length}`,
        ),
        figure(
          "attacks with their data set's tactic found",
          found.filter(({ hasTactic }) => hasTactic).length,
          `of ${attacks.length}`,
        ),
        figure('alerts that hold more than one attack', desk.mixed(), '', '<= 0'),
        figure('campaigns that hold more than one attack', desk.mixedCampaigns(), '', '<= 0'),
        figure('alerts without an attack', empty.length, '', '<= 10'),
        figure('triage, detections a second', Math.round(detections / (triageMs / 1000)), '/s', '>= 1000'),
      ],
    };
  },
};
export default triage;
