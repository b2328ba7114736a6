import { MdrError } from '../engine/errors.js';
import { rulesArgs } from './plain/rules.js';
import type { Said } from './plain/said.js';
import type { Missing } from './plain/types.js';
import { setLevel, switchRule } from './rules/change.js';
import { FILTER_HELP, search } from './rules/search.js';
import { show } from './rules/show.js';
import type { Command, Context } from './types.js';
import { isProse } from './words/fill.js';
import { and, atLeast, need, ofProvider } from './words/preconditions.js';

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
  related: ['tune', 'alerts'],
  role: 'viewer',
  plain: [
    {
      phrases: [
        'which rules do we have',
        'list rules',
        'show the rules for {technique}',
        'do we have a rule for {technique}',
        'is {technique} covered',
        'which rules are disabled',
        'which rules are turned off',
        'rules that were changed',
        'which rules do not work',
        'are there rules about',
        'what do we detect',
        'which rules find',
        'search rules for',
        'find a rule that detects',
        '{level} rules',
        'rules with level {level}',
        'what covers {technique}',
        'can we see',
        'is there a detection for',
        'what do we look for',
        'do we catch',
        'detections for',
        'is there something that detects',
        'rules with the word',
        'list the {level} rules',
      ],
      reads: true,
      args: rulesArgs,
    },
    {
      phrases: [
        'show {rule}',
        'what does {rule} look for',
        'tell me about {rule}',
        'how often does {rule} fire',
        'what is {rule}',
        'details of {rule}',
        'describe {rule}',
        'who changed {rule}',
        'why does {rule} exist',
        'is {rule} on',
        'show me the rule {rule}',
        'false positives of {rule}',
        'open {rule}',
        'why does {rule} fire so much',
        '{rule}',
        'information on {rule}',
        'what triggers {rule}',
        'purpose of {rule}',
      ],
      reads: true,
      args: (said) => {
        said.all('reason');
        const rule = said.one('rule');
        return rule === null ? { missing: 'Which rule? By its id, or the first letters of it.' } : ['show', rule];
      },
    },
    {
      phrases: [
        'disable {rule} {text}',
        'switch {rule} off {text}',
        'turn {rule} off {text}',
        'deactivate {rule} {text}',
        'stop {rule} here {text}',
        'please disable {rule} for this customer {text}',
        '{rule} is too loud, disable it',
        'do not run {rule} any more {text}',
        'we do not want {rule} {text}',
        'kill {rule} {text}',
        'remove {rule} here {text}',
        'disable the rule {rule}',
        'take {rule} out {text}',
        'we can do without {rule} {text}',
        '{rule} off',
        'mute {rule} {text}',
        'pause {rule} {text}',
        '{rule} needs to be disabled {text}',
      ],
      args: (said) => switched('disable', said),
      label: ([, rule, text]) => `Disable rule ${rule}: ${text}`,
    },
    {
      phrases: [
        'enable {rule} {text}',
        'switch {rule} on {text}',
        'turn {rule} on again {text}',
        'activate {rule} {text}',
        'start {rule} again {text}',
        'please enable {rule} for this customer {text}',
        'we want {rule} again {text}',
        'run {rule} again {text}',
        'bring {rule} back {text}',
        'put {rule} back on {text}',
        'enable the rule {rule}',
        '{rule} should be on',
        'reactivate {rule} {text}',
        're-enable {rule} {text}',
        '{rule} on again',
        'resume {rule} {text}',
        '{rule} can be enabled again {text}',
        'undo disabling {rule} {text}',
      ],
      args: (said) => switched('enable', said),
      label: ([, rule, text]) => `Enable rule ${rule}: ${text}`,
    },
  ],
  syntax: (args) => !isProse(args) || ['show', 'enable', 'disable', 'level', 'search'].includes(args[0]!.toLowerCase()),
  async run(context, args) {
    const [word = '', ...rest] = args;
    switch (word.toLowerCase()) {
      case 'show':
        return show(rules, context, rest);
      case 'enable':
      case 'disable':
        need(mayChange, context);
        return switchRule(rules, context, word.toLowerCase() === 'disable', rest);
      case 'level':
        need(mayChange, context);
        return setLevel(rules, context, rest);
      default:
        return search(rules, context, word.toLowerCase() === 'search' ? rest : args);
    }
  },
};
export default rules;

/** What the provider hears of a customer is the provider's to decide. */
const mayChange = and<Context>(
  ofProvider(() => new MdrError('MDR_FORBIDDEN', 'rules are changed by your provider.', 'Ask them in this channel.')),
  atLeast(
    'lead',
    ({ role, tenant }) =>
      new MdrError(
        'MDR_FORBIDDEN',
        `changing rules needs the role lead; you are ${role} of ${tenant.tenant.name}.`,
        'Ask a lead, or propose an exception: /mdr tune <alert>.',
      ),
  ),
);

function switched(how: 'enable' | 'disable', said: Said): readonly string[] | Missing {
  const rule = said.one('rule');
  const text = said.one('text');
  if (rule === null) return { missing: 'Which rule? By its id, or the first letters of it.' };
  if (text === null) return { missing: `Why ${how} rule ${rule}? Say it after “because”.` };
  return [how, rule, text];
}
