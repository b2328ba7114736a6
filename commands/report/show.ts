import { MdrError } from '../../engine/errors.js';
import { briefOf } from '../../engine/investigate/report/brief.js';
import { EDITABLE } from '../../engine/investigate/report/document.js';
import { FORMATS } from '../../engine/investigate/report/formats.js';
import { listVersions, unknownVersion, type View } from '../../engine/investigate/report/keep.js';
import type { ReportRecord } from '../../engine/store/reports.js';
import type { Action, Card, Inline } from '../cards/card.js';
import { FORMAT_NAMES, incidentCard, sectionName } from '../cards/incident.js';
import { counted } from '../cards/labels.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';

const MOST_EDITS = 20;

/** The versions that may be shown here: to the customer those that were published. @throws MdrError MDR_REPORT_UNKNOWN for none */
export async function shownVersions(context: Context, number: number): Promise<ReportRecord[]> {
  const all = await listVersions(context.tenant, number);
  const may = context.internal ? all : all.filter(({ published }) => published !== undefined);
  if (may.length > 0) return may;
  throw new MdrError(
    'MDR_REPORT_UNKNOWN',
    `there is no report on alert ${number}${context.internal ? '' : ' for you'} yet.`,
    context.internal ? `/mdr investigate ${number} makes one.` : 'Ask your provider in the thread of the alert.',
  );
}

/** @param version null: the newest @throws MdrError MDR_REPORT_UNKNOWN */
export async function found(context: Context, number: number, version: number | null): Promise<ReportRecord> {
  const all = await shownVersions(context, number);
  if (version === null) return all[0]!;
  const one = all.find((record) => record.version === version);
  if (!one) throw unknownVersion(number, version);
  return one;
}

/** With what a record is shown here. */
export const viewFor = ({ tenant, internal }: Context, { edits, published }: ReportRecord): View => ({
  tenant: tenant.tenant.name,
  internal,
  edits: internal ? edits.length : (published?.edits ?? 0),
});

export function show(context: Context, number: number, record: ReportRecord): Card {
  const { tenant, internal } = context;
  const next: Inline = internal
    ? ['Next: ', { code: `/mdr report ${number} pdf` }, ' puts it into the thread; ', publishedWords(record)]
    : ['Next: ', { code: `/mdr report ${number} pdf` }, ' has it as a file.'];
  return incidentCard(briefOf(record, viewFor(context, record)), tenant.tenant, {
    actions: actionsOf(context, number, record),
    next,
  });
}

export function publishedWords({ published, edits }: ReportRecord): string {
  if (!published) return 'the customer has not been given it.';
  const later = edits.length - published.edits;
  return `the customer has it${later > 0 ? `, without ${counted(later, 'later edit')}` : ''}.`;
}

/** Where there are threads to put files into, and for those whom it is for. */
function actionsOf({ tenant, place, internal }: Context, number: number, record: ReportRecord): Action[] {
  const button = { command: 'report', tenant: tenant.id, record: String(number) };
  const version = `v${record.version}`;
  const formats = FORMATS.map((format) => ({ value: `${format}:${version}`, label: FORMAT_NAMES[format] }));
  const files: Action[] =
    place && place.surface !== 'terminal' ? [{ ...button, id: 'files', label: 'As a file', choices: formats }] : [];
  if (!internal) return files;
  const sections = EDITABLE.map((value) => ({ value, label: sectionName(value) }));
  return [
    ...files,
    { ...button, id: 'edit', label: 'Edit a section', command: 'form', record: `report:${number}`, choices: sections },
    { ...button, id: 'publish', label: 'Publish', choice: `publish:${version}` },
  ];
}

/** All versions, and what people changed in the newest. */
export async function versions(context: Context, number: number): Promise<Card> {
  const all = await shownVersions(context, number);
  const [newest] = all;
  const edits = context.internal ? newest!.edits.slice(-MOST_EDITS).reverse() : [];
  return {
    title: `Versions of the report on alert ${number}`,
    tone: 'neutral',
    blocks: [
      {
        kind: 'table',
        columns: ['Version', 'Investigated', 'By', 'Edits', 'Published'],
        rows: all.map(({ version, made, by, edits: changes, published }) => [
          String(version),
          [{ time: made }],
          clip(by.name, 80),
          context.internal ? String(changes.length) : String(published?.edits ?? 0),
          published ? [{ time: published.at }] : 'no',
        ]),
      },
      ...(edits.length > 0
        ? [
            { kind: 'text' as const, text: [{ bold: `What was changed in version ${newest!.version}, latest first` }] },
            {
              kind: 'table' as const,
              columns: ['When', 'By', 'Section', 'Before', 'After'],
              rows: edits.map(({ at, by, section, before, after }): Inline[] => [
                [{ time: at }],
                clip(by.name, 80),
                sectionName(section),
                clip(before, 150) || '—',
                after === null ? 'as it was first' : clip(after, 150),
              ]),
            },
          ]
        : []),
      { kind: 'note', text: ['Next: ', { code: `/mdr report ${number} v${newest!.version}` }, ' shows one.'] },
    ],
  };
}
