import { questionFor } from '../../engine/breach/vocabulary.js';
import type { Field, Form } from '../cards/form.js';

const YES_NO = [
  { value: 'yes', label: 'Yes' },
  { value: 'no', label: 'No' },
  { value: 'unknown', label: 'We do not know' },
];
/** A question whose answer follows the fact's name. */
const ask = (fact: string, label: string): Field => ({
  ...{ name: fact, label, kind: 'select', after: fact, optional: true, choices: YES_NO, hint: questionFor(fact) },
});
const when = (fact: string, label: string): Field => ({
  ...{ name: fact, label, kind: 'text', after: fact, optional: true, hint: '2026-11-27 09:30, 2026-11-27 or unknown' },
});
const why: Field = { name: 'why', label: 'Why', kind: 'text', long: true };
const duty: Field = { name: 'duty', label: 'Duty', kind: 'text', hint: 'eu.gdpr.33' };
const form = (title: string, ...fields: Field[]): Form => ({ title, case: true, fields });

/** The assessment, in the steps that people go; "we do not know" is an answer, and every answer can be corrected later. */
export const forms: Readonly<Record<string, Form>> = {
  declare: form(
    'Breach: what data',
    ask('personal_data', 'Personal data?'),
    ask('health_data', 'Health information (PHI)?'),
    ask('card_data', 'Payment card data?'),
    ask('confidential_data', 'Data given in confidence?'),
    ask('encrypted', 'All of it encrypted?'),
  ),
  whose: form('Breach: whose data', {
    ...{ name: 'people', label: 'How many, in all and by place', kind: 'text', long: true, lines: true },
    hint: 'A line each: people 1200, US-CA 501, DE 40-60, patients unknown',
  }),
  when: form(
    'Breach: when',
    when('suspected', 'Suspected'),
    when('discovered', 'Discovered'),
    when('aware', 'Aware'),
    when('determined', 'Determined to be a breach'),
    when('provider_aware', 'The provider became aware'),
  ),
  harm: form(
    'Breach: how bad',
    {
      ...{ name: 'risk', label: 'Risk to people', kind: 'select', after: 'risk', optional: true },
      choices: [...['unlikely', 'risk', 'high'].map((value) => ({ value, label: value })), YES_NO[2]!],
    },
    ask('acquired', 'Acquired, not only exposed?'),
    ask('key_taken', 'Was the key taken?'),
    ask('state_data', 'Data of US State laws?'),
    ask('significant', 'Significant (NIS2)?'),
  ),
  fact: form(
    'Breach: facts',
    { name: 'fact', label: 'What', kind: 'text', hint: 'aware, people.US-CA, role.controller' },
    { name: 'value', label: 'Answer', kind: 'text', hint: 'yes, 501, 2026-11-27 09:30, unknown' },
    { ...why, after: 'because', optional: true },
  ),
  satisfy: form(
    'Breach: sent',
    duty,
    { name: 'at', label: 'When', kind: 'text', after: 'at', optional: true, hint: '2026-11-27 09:30; empty: now' },
    { ...why, label: 'What shows it', after: 'because' },
  ),
  'not-required': form('Not required', duty, { ...why, after: 'because' }),
  refuse: form('Stays required', duty, { ...why, after: 'because' }),
  pause: form(
    'Pause a duty',
    duty,
    {
      name: 'until',
      label: 'Until',
      kind: 'text',
      after: 'until',
      optional: true,
      hint: '2026-12-27; empty: until resumed',
    },
    { ...why, label: 'Who asked, and why', after: 'because' },
  ),
  resume: form('Take it back', duty, { ...why, after: 'because' }),
};
