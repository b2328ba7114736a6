import { MdrError } from '../engine/errors.js';
import { isAtLeast } from '../engine/store/people.js';
import { setLevel, switchRule } from './rules/change.js';
import { FILTER_HELP, search } from './rules/search.js';
import { show } from './rules/show.js';
import type { Command, Context } from './types.js';

const rules: Command = {
  name: 'rules',
  summary: 'Find detection rules, see what one looks for and how it does here, switch it or change its level.',
  usage: 'rules [words… | show | enable | disable | level]',
  examples: ['rules', 'rules lsass high+', 'rules T1059 disabled', 'rules credential-access windows'],
  details: [
    'rules show <rule>: what it looks for, how often it fires here, its false positives, its exceptions, who changed it.',
    'rules disable <rule> <reason>, rules enable <rule> <reason>: for this tenant, from the next events on.',
    'rules level <rule> <level> <reason>: the level that its detections get here; the word "own" gives the rule its own back.',
    'A rule is named by its id, the first letters of its id, or its file. What makes a critical rule quieter needs two leads.',
    ...FILTER_HELP,
  ],
  role: 'viewer',
  async run(context, args) {
    const [word = '', ...rest] = args;
    switch (word.toLowerCase()) {
      case 'show':
        return show(rules, context, rest);
      case 'enable':
      case 'disable':
        checkMay(context);
        return switchRule(rules, context, word.toLowerCase() === 'disable', rest);
      case 'level':
        checkMay(context);
        return setLevel(rules, context, rest);
      default:
        return search(rules, context, word.toLowerCase() === 'search' ? rest : args);
    }
  },
};
export default rules;

/** What the provider hears of a customer is the provider's to decide. @throws MdrError MDR_FORBIDDEN */
function checkMay({ role, person, tenant }: Context): void {
  if (person.side === 'provider' && isAtLeast(role, 'lead')) return;
  throw new MdrError(
    'MDR_FORBIDDEN',
    person.side === 'provider'
      ? `changing rules needs the role lead; you are ${role} of ${tenant.tenant.name}.`
      : 'rules are changed by your provider.',
    person.side === 'provider'
      ? 'Ask a lead, or propose an exception: /mdr tune <alert>.'
      : 'Ask them in this channel.',
  );
}
