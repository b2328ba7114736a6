import { CASE_STATES, SEVERITIES } from '../../engine/store/cases.js';
import { capital, OUTCOMES } from '../cards/case.js';
import type { Field, Form } from '../cards/form.js';

const choices = (all: readonly string[]) => all.map((value) => ({ value, label: capital(value) }));
const why = (label: string): Field => ({ name: 'why', label, kind: 'text', long: true });
const form = (title: string, ...fields: Field[]): Form => ({ title, case: true, internal: true, fields });

/** What each verb asks for, where there are dialogs. */
export const forms: Readonly<Record<string, Form>> = {
  state: form(
    'Move the case on',
    { name: 'state', label: 'To', kind: 'select', choices: choices(CASE_STATES.filter((one) => one !== 'closed')) },
    why('Why'),
  ),
  severity: form(
    'Severity',
    { name: 'severity', label: 'Severity', kind: 'select', choices: choices(SEVERITIES) },
    why('Why'),
  ),
  task: form(
    'Add a task',
    { name: 'words', label: 'What is to be done', kind: 'text' },
    { name: 'owner', label: 'Who', kind: 'person', after: 'owner:', optional: true },
    {
      name: 'due',
      label: 'Until when',
      kind: 'text',
      after: 'due:',
      optional: true,
      hint: '4h, tomorrow 08:30, friday',
    },
    {
      name: 'lane',
      label: 'Whose task',
      kind: 'select',
      after: 'lane:',
      optional: true,
      choices: choices(['provider', 'customer']),
    },
    {
      name: 'items',
      label: 'Checklist',
      kind: 'text',
      after: 'items:',
      optional: true,
      long: true,
      hint: 'A line each',
    },
  ),
  note: form(
    'Note on the case',
    {
      ...{ name: 'lane', label: 'Who reads it', kind: 'select', optional: true },
      choices: [
        { value: 'internal:', label: 'Only the provider' },
        { value: 'customer:', label: 'The customer too, once published' },
      ],
    },
    { name: 'words', label: 'Note', kind: 'text', long: true },
  ),
  handover: form('Hand over', { name: 'person', label: 'To whom', kind: 'person' }, why('What they need to know')),
  close: form(
    'Close the case',
    { name: 'reason', label: 'What was it?', kind: 'select', choices: OUTCOMES },
    why('What was found'),
  ),
  reopen: form('Reopen the case', why('Why')),
};
