import { MdrError } from '../../engine/errors.js';
import { EDITABLE, type Editable } from '../../engine/investigate/report/document.js';
import { editSection, isEditable, textOf } from '../../engine/investigate/report/keep.js';
import type { ReportRecord } from '../../engine/store/reports.js';
import type { Card } from '../cards/card.js';
import type { Field } from '../cards/form.js';
import { sectionName } from '../cards/incident.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { atLeast, inProviderLane, need } from '../words/preconditions.js';
import { found } from './show.js';

type Used = Pick<Command, 'usage' | 'examples'>;
/** A section, and the state of the record that the person looked at: `who@2.5`. */
const MARKED = /^([a-z]+)(?:@(\d{1,5})\.(\d{1,6}))?$/;
/** Longer texts are not put into a dialog, which would cut them. */
const MAX_FILLED = 2900;

const mayEdit = atLeast<Context>(
  'responder',
  ({ role }) =>
    new MdrError(
      'MDR_FORBIDDEN',
      `editing a report needs the role responder; you are ${role}.`,
      'Ask somebody who has it.',
    ),
);
const here = inProviderLane<Context>(
  () =>
    new MdrError('MDR_FORBIDDEN', "reports are edited by the provider's people, in their own channels.", 'Ask there.'),
);

/** Write a section anew; without words, show it as it is and what to type. */
export async function edit(used: Used, context: Context, number: number, words: readonly string[]): Promise<Card> {
  const { section, record } = await aim(used, context, number, words[0]);
  const text = words.slice(1).join(' ').trim();
  if (text === '') return ask(context, number, record, section);
  const after = await write(context, record, section, text);
  return done(context, number, after, section);
}

/** Back to what the investigation says. */
export async function restore(used: Used, context: Context, number: number, words: readonly string[]): Promise<Card> {
  const { section, record } = await aim(used, context, number, words[0]);
  if (words.length > 1) throw wrongUsage(used, 'restoring takes a section and no further words.');
  return done(context, number, await write(context, record, section, null), section);
}

/** The form, filled with what the section says now. */
export async function fieldsFor(context: Context, number: number, words: readonly string[]): Promise<readonly Field[]> {
  need(here, context);
  need(mayEdit, context);
  const record = await found(context, number, null);
  const named = (words[0] ?? '').toLowerCase();
  const text: Field = { name: 'text', label: 'Text', kind: 'text', long: true };
  const mark = `@${record.version}.${record.revision}`;
  const choices = (isEditable(named) ? [named] : EDITABLE).map((value) => ({
    value: `${value}${mark}`,
    label: `${sectionName(value)} (version ${record.version})`,
  }));
  const section: Field = { name: 'section', label: 'Section', kind: 'select', after: 'edit', choices };
  if (!isEditable(named)) return [section, { ...text, hint: 'Takes the place of what it says now, which is kept.' }];
  const now = textOf(record, context.tenant.tenant.name, named);
  return [
    { ...section, value: choices[0]!.value },
    now.length > MAX_FILLED
      ? { ...text, hint: 'What it says now is too long for a dialog: write it anew. It is kept.' }
      : { ...text, value: now, hint: 'What it says now is kept.' },
  ];
}

async function aim(
  used: Used,
  context: Context,
  number: number,
  word = '',
): Promise<{ section: Editable; record: ReportRecord }> {
  need(here, context);
  need(mayEdit, context);
  const [, section = '', version, revision] = MARKED.exec(word.toLowerCase()) ?? [];
  if (!isEditable(section))
    throw wrongUsage(used, `"${clip(word, 40)}" is no section that can be edited: ${EDITABLE.join(', ')}.`);
  const record = await found(context, number, version ? Number(version) : null);
  // Whoever fills a dialog changes what they saw in it, and nothing else.
  return { section, record: revision ? { ...record, revision: Number(revision) } : record };
}

function write(context: Context, record: ReportRecord, section: Editable, after: string | null): Promise<ReportRecord> {
  const by = { id: context.person._id, name: context.person.name };
  return editSection(context.tenant, record, { section, after, by }, context.clock);
}

function ask({ tenant }: Context, number: number, record: ReportRecord, section: Editable): Card {
  return {
    title: `${sectionName(section)} of the report on alert ${number}, version ${record.version}`,
    tone: 'neutral',
    blocks: [
      { kind: 'code', text: textOf(record, tenant.tenant.name, section) || '(nothing yet)' },
      {
        kind: 'actions',
        actions: [
          {
            ...{ id: 'edit', label: 'Edit in a dialog', command: 'form', tenant: tenant.id },
            ...{ record: `report:${number}`, choice: section },
          },
        ],
      },
      { kind: 'note', text: ['Next: ', { code: `/mdr report ${number} edit ${section} <words>` }, ' writes it anew.'] },
    ],
  };
}

function done({ tenant }: Context, number: number, record: ReportRecord, section: Editable): Card {
  const last = record.edits.at(-1)!;
  return {
    title: `Report on alert ${number}, version ${record.version}: ${sectionName(section)} ${last.after === null ? 'restored' : 'written anew'}`,
    tone: 'ok',
    blocks: [
      { kind: 'text', text: [{ bold: 'Before, and kept:' }] },
      { kind: 'code', text: clip(last.before, 1000) || '(nothing)' },
      { kind: 'text', text: [{ bold: 'Now:' }] },
      { kind: 'code', text: clip(textOf(record, tenant.tenant.name, section), 1000) || '(nothing)' },
      {
        kind: 'note',
        text: [
          'Next: ',
          { code: `/mdr report ${number} pdf` },
          ' has it as a file, ',
          { code: `/mdr report ${number} versions` },
          ' what was changed.',
        ],
      },
    ],
  };
}
