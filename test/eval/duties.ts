import { duties } from '../../engine/breach/duties.js';
import { readFacts, readProfile } from '../../engine/breach/files.js';
import { theLaw } from '../../engine/breach/index.js';
import { dutyCases, faultsOfCase } from '../support/breach-cases.js';
import { figure, type Measurement } from '../support/figures.js';

const measurement: Measurement = {
  name: 'duties',
  summary: 'breach duties and their times, against cases worked out by hand from the text of each rule',
  async run(_, progress) {
    const cases = dutyCases();
    const wrong = cases.filter((each) => {
      const faults = faultsOfCase(each);
      if (faults.length > 0) progress(`${each.file}: ${each.duty} (${each.why}): ${faults.join('; ')}`);
      return faults.length > 0;
    });
    const touched = new Set(cases.map(({ duty }) => duty.replace(/[#/].*$/, '')));
    const { regimes } = theLaw();
    const profile = readProfile('jurisdictions: [EU, US, UK, SG]\nroles: [controller, covered-entity, bank]\n');
    const now = Date.parse('2026-03-03T00:00Z');
    const facts = readFacts('facts: { personal_data: yes, people: 900, people.US-CA: 600 }', now, 'UTC');
    const began = process.cpuUsage();
    for (let i = 0; i < 50; i++) duties(theLaw(), profile, facts, now);
    const spent = process.cpuUsage(began).user / 1000 / 50;
    return {
      name: 'duties',
      method: `${cases.length} cases of facts with the duty, its state and its time worked out by hand, each with its reason; no model, nothing is trained.`,
      figures: [
        figure('cases', cases.length, '', '>= 150'),
        figure('as worked out by hand', (cases.length - wrong.length) / cases.length, '', '= 1'),
        figure('cases with a time', cases.filter(({ due, target }) => due ?? target).length, ''),
        figure('rules', regimes.length, ''),
        figure('rules without a case', regimes.filter(({ id }) => !touched.has(id)).length, '', '<= 0'),
        figure('all rules, one breach', spent, 'ms', '<= 200'),
      ],
    };
  },
};
export default measurement;
