import type { Field, Form } from '../cards/form.js';

const number: Field = { name: 'number', label: 'Evidence', kind: 'text', hint: 'EV3' };
const why: Field = { name: 'why', label: 'Why', kind: 'text', long: true, after: 'because' };
const form = (title: string, ...fields: Field[]): Form => ({ title, internal: true, fields });

/** What each verb asks for, where there are dialogs. */
export const forms: Readonly<Record<string, Form>> = {
  transfer: form('Hand evidence over', number, { name: 'to', label: 'To whom', kind: 'person' }, why),
  hold: form('Legal hold', { ...number, label: 'What', hint: 'EV3' }, why),
  release: form('Release a legal hold', { ...number, label: 'Hold', hint: 'h1' }, why),
  keep: form(
    'How long it is kept',
    number,
    { name: 'until', label: 'Until', kind: 'text', hint: '365d, 2030-12-31, always' },
    why,
  ),
  dispose: form('Dispose of evidence', number, why),
  disagree: form('Refuse a disposal', number, why),
};
