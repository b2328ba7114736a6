import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import { idOf } from '../../ids.js';
import type { TenantStore } from '../../store/index.js';
import type { KeptInvestigation, ReportRecord } from '../../store/reports.js';
import type { Investigation } from '../types.js';
import { bounded } from './bounds.js';
import { type Document, EDITABLE, type Edit, type Editable } from './document.js';
import { documentOf, wordsOf } from './sections.js';

/** Characters of one edited section; edits of one version. */
export const MAX_EDIT = 8000;
export const MAX_EDITS = 200;
const ATTEMPTS = 12;

type By = ReportRecord['by'];

/**
 * Keep an investigation as the next version of its report. The same investigation kept again is the version that it was.
 * @throws MdrError MDR_REPORT_BAD when it says something that no event of it shows; MDR_CONFLICT
 */
export async function saveVersion(store: TenantStore, given: Investigation, by: By): Promise<ReportRecord> {
  const of = bounded(given);
  // What cannot be shown is not kept either.
  documentOf(of, { tenant: store.tenant.name });
  const { alert, made } = of;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await store.reports.findOne({ alert, made });
    if (before) return before;
    const [last] = await store.reports.find({ alert }, { sort: { version: -1 }, limit: 1 });
    const version = (last?.version ?? 0) + 1;
    const record: ReportRecord = {
      _id: idOf('report', store.id, String(alert), String(version)),
      tenant: store.id,
      ...{ alert, version, made, by },
      alerts: [...new Set([alert, ...of.alerts])],
      investigation: packed({ ...of, tenant: store.id, version }),
      edits: [],
      revision: 1,
    };
    if (await store.reports.insert(record)) return record;
  }
  throw conflict();
}

/** Versions of the report on an alert, or on the campaign that it is part of; the newest first. */
export async function listVersions(store: TenantStore, number: number): Promise<ReportRecord[]> {
  const own = await store.reports.find({ alert: number }, { sort: { version: -1 }, limit: 100 });
  if (own.length > 0) return own;
  const [campaign] = await store.reports.find({ alerts: number }, { sort: { made: -1 }, limit: 1 });
  return campaign ? store.reports.find({ alert: campaign.alert }, { sort: { version: -1 }, limit: 100 }) : [];
}

/**
 * Write a section anew; what it said is kept.
 * @param change `after` null: back to what the investigation says. `revision`: of the record that the person looked at
 * @returns the record as it is now
 * @throws MdrError MDR_CONFLICT when somebody changed it meanwhile, MDR_REPORT_UNKNOWN, MDR_REPORT_BAD
 */
export async function editSection(
  store: TenantStore,
  at: Pick<ReportRecord, 'alert' | 'version' | 'revision'>,
  change: Pick<Edit, 'section' | 'after' | 'by'>,
  clock: Clock,
): Promise<ReportRecord> {
  const { alert, version, revision } = at;
  const record = await store.reports.findOne({ alert, version });
  if (!record) throw unknownVersion(alert, version);
  const after = change.after?.trim() ?? null;
  if (after === '')
    throw new MdrError('MDR_REPORT_BAD', 'a section needs words.', 'To go back to the first text, restore it.');
  if (after !== null && after.length > MAX_EDIT)
    throw new MdrError(
      'MDR_REPORT_BAD',
      `a section has at most ${MAX_EDIT.toLocaleString('en-US')} characters.`,
      'Write what a reader needs, and attach the rest as evidence.',
    );
  if (record.edits.length >= MAX_EDITS)
    throw new MdrError(
      'MDR_REPORT_BAD',
      `version ${version} was edited ${MAX_EDITS} times.`,
      'Investigate again: edits go on in the new version.',
    );
  const before = textOf(record, store.tenant.name, change.section);
  const edit: Edit = { section: change.section, before, after, by: change.by, at: clock() };
  const done = await store.reports.update(
    { alert, version, revision },
    { $push: { edits: edit }, $inc: { revision: 1 } },
  );
  if (!done) throw conflict();
  return { ...record, edits: [...record.edits, edit], revision: revision + 1 };
}

/**
 * Let the customer have this version as it is now. What is edited later is not in it until it is published again.
 * @throws MdrError MDR_CONFLICT when it is not the revision that was looked at any more
 */
export async function publishVersion(
  store: TenantStore,
  record: ReportRecord,
  by: By,
  clock: Clock,
): Promise<ReportRecord> {
  const { alert, version, revision, edits } = record;
  const published = { at: clock(), by, edits: edits.length };
  const done = await store.reports.update({ alert, version, revision }, { $set: { published }, $inc: { revision: 1 } });
  if (!done) throw conflict();
  return { ...record, published, revision: revision + 1 };
}

/** The investigation as it was made. */
export function investigationOf({ investigation }: Pick<ReportRecord, 'investigation'>): Investigation {
  return { ...investigation, events: Object.fromEntries(investigation.events.map((event) => [event.id, event])) };
}

/** For whom a report is shown. */
export interface View {
  /** Name of the tenant. */
  tenant: string;
  /** Whether with what is the provider's own. */
  internal: boolean;
  /** With how many of the edits. */
  edits: number;
}

/** A kept report as it is shown. */
export function viewOf(
  record: ReportRecord,
  { tenant, internal, edits }: View,
): { of: Investigation; document: Document } {
  const whole = investigationOf(record);
  const of = internal ? whole : { ...whole, reasons: whole.reasons.filter((reason) => !reason.internal) };
  return { of, document: documentOf(of, { tenant, edits: record.edits.slice(0, edits) }) };
}

/** Text of a section as it is now. */
export function textOf(record: ReportRecord, tenant: string, section: Editable): string {
  return wordsOf(viewOf(record, { tenant, internal: true, edits: record.edits.length }).document, section);
}

export const isEditable = (word: string): word is Editable => (EDITABLE as readonly string[]).includes(word);

/** @returns the error for a version that is not there */
export const unknownVersion = (alert: number, version: number) =>
  new MdrError(
    'MDR_REPORT_UNKNOWN',
    `the report on alert ${alert} has no version ${version}.`,
    `See /mdr report ${alert} versions.`,
  );

function packed({ events, ...rest }: Investigation): KeptInvestigation {
  return { ...rest, events: Object.entries(events).map(([id, event]) => ({ ...event, id })) };
}

const conflict = () =>
  new MdrError(
    'MDR_CONFLICT',
    'the report was changed by somebody else meanwhile.',
    'Look at it again, then change it.',
  );
