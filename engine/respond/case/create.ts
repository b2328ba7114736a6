import { idOf } from '../../ids.js';
import type { Alert } from '../../store/alerts.js';
import type { Case, CaseType, Priority, Severity } from '../../store/cases.js';
import type { By } from '../../triage/work.js';
import { alertSaid, withAlert } from './changes/links.js';
import { startClocks } from './clocks.js';
import { bounded, line, MAX_REASON, MAX_TITLE } from './text.js';
import type { AlertShare, Cause, Said } from './types.js';

/** What a case begins with. */
export interface Opening {
  /** What it comes from, unique: `alert:12`, a request. The same origin is the same case. */
  origin: string;
  title: string;
  type: CaseType;
  severity: Severity;
  priority: Priority;
  alerts: readonly AlertShare[];
  lead: By | null;
  /** Number of the case that it was split from. */
  splitFrom?: number;
  reason: string;
}

export const idOfCase = (tenant: string, origin: string): string => idOf('case', tenant, origin);

/** A case as it begins. The same opening, number and cause always give the same. */
export function newCase(tenant: string, number: number, opening: Opening, cause: Cause): Case {
  const { by, now, contract } = cause;
  const _id = idOfCase(tenant, opening.origin);
  const title = line(opening.title, MAX_TITLE) || `Case ${number}`;
  const { type, severity, priority, alerts, lead, splitFrom } = opening;
  const empty = { alerts: [], observables: [], rules: [], techniques: [], simulated: false };
  const said: Said[] = [
    { kind: 'opened', lane: 'customer', text: `Opened as ${severity}` },
    // Apart: the customer may not know of the other one.
    ...(splitFrom === undefined ? [] : [{ kind: 'split' as const, text: `Split from case ${splitFrom}` }]),
    ...alerts.map(alertSaid),
    ...(lead ? [leadSaid(lead)] : []),
  ];
  return {
    ...{ _id, tenant, number, title, type, severity, priority, state: 'new' },
    ...alerts.reduce<ReturnType<typeof withAlert>>(withAlert, empty),
    people: lead ? [{ role: 'lead', id: lead.id, name: line(lead.name, 100) }] : [],
    ...{ tasks: [], related: splitFrom === undefined ? [] : [splitFrom], took: [], moves: [] },
    ...(splitFrom !== undefined && { splitFrom }),
    clocks: startClocks(contract, severity, now),
    log: said.map((one, i) => ({
      ...{ id: `${idOf(_id, 'opened').slice(0, 24)}.${i}`, at: now, actor: by.id, actorName: line(by.name, 100) },
      ...{ lane: 'provider' as const, reason: i === 0 ? bounded(opening.reason, MAX_REASON) : '' },
      ...one,
    })),
    ...{ created: now, updated: now, revision: 1 },
  };
}

const leadSaid = (lead: By): Said => ({
  ...{ kind: 'person', lane: 'customer', field: 'person:lead', before: null, after: line(lead.name, 100) },
  text: `${line(lead.name, 100)} is incident lead`,
});

/** What of an alert goes into its case. */
export const shareOf = ({ number, title, observables, entity, rules, simulated }: Alert): AlertShare => ({
  ...{ number, title, simulated },
  observables: [entity, ...observables],
  rules: rules.map(({ id }) => id),
  techniques: [...new Set(rules.flatMap(({ techniques }) => techniques))],
});

export const severityOf = ({ level }: Pick<Alert, 'level'>): Severity => (level === 'informational' ? 'low' : level);

export const priorityOf = (severity: Severity): Priority =>
  ({ critical: 'P1', high: 'P2', medium: 'P3', low: 'P4' })[severity] as Priority;

/** ATT&CK techniques that say what kind of incident it is, the most telling first. */
const TELLING: readonly (readonly [CaseType, RegExp])[] = [
  ['ransomware', /^T1486|^T1490/],
  ['denial-of-service', /^T149[89]/],
  ['data-leak', /^T10(41|48|52)|^T1567|^T1537|^T1020/],
  ['phishing', /^T1566|^T1598|^T1534/],
  ['account-compromise', /^T1078|^T1110|^T1621|^T1539|^T1528|^T1550/],
  ['malware', /^T1204|^T1105|^T1059|^T1027|^T1055/],
];

/** What kind of incident the techniques of an alert speak of; people change it when they know better. */
export function typeOf(techniques: readonly string[]): CaseType {
  const found = TELLING.find(([, telling]) => techniques.some((technique) => telling.test(technique)));
  return found?.[0] ?? (techniques.length > 0 ? 'intrusion' : 'other');
}
