import { stringify } from 'yaml';
import { idOf } from '../../ids.js';
import type { HuntRun } from '../../store/huntruns.js';
import type { SavedHunt } from '../saved/index.js';
import type { SoughtValue, ValueKind } from './values.js';

/** Fields under which rules look for a value of each kind, by the log source that has them. */
const FIELDS: Partial<Record<ValueKind, { logsource: Record<string, string>; field: string }[]>> = {
  ip: [
    { logsource: { category: 'network_connection', product: 'windows' }, field: 'DestinationIp' },
    { logsource: { category: 'firewall' }, field: 'dst_ip' },
  ],
  domain: [
    { logsource: { category: 'dns_query', product: 'windows' }, field: 'QueryName|endswith' },
    { logsource: { category: 'dns' }, field: 'query|endswith' },
    { logsource: { category: 'proxy' }, field: 'cs-host|endswith' },
  ],
  url: [{ logsource: { category: 'proxy' }, field: 'c-uri|contains' }],
  hash: [{ logsource: { category: 'process_creation', product: 'windows' }, field: 'Hashes|contains' }],
  account: [{ logsource: { product: 'windows', service: 'security' }, field: 'TargetUserName' }],
  host: [{ logsource: { product: 'windows', service: 'security' }, field: 'WorkstationName' }],
  text: [{ logsource: { category: 'process_creation', product: 'windows' }, field: 'CommandLine|contains' }],
};

/** A UUID that is the same for the same run and part. */
function uuid(...parts: string[]): string {
  const hex = idOf('draft', ...parts);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Whether a draft of a rule can be made of a run. */
export const hasDraft = ({ request }: Pick<HuntRun, 'request'>, saved: readonly SavedHunt[]): boolean =>
  draftParts(request, saved).length > 0;

function draftParts(
  request: HuntRun['request'],
  saved: readonly SavedHunt[],
): { logsource: Record<string, string>; detection: Record<string, unknown> }[] {
  if (request.kind === 'saved') {
    const hunt = saved.find(({ id }) => id === request.name);
    return hunt?.sigma ? [hunt.sigma] : [];
  }
  if (request.kind !== 'indicator') return [];
  const byField = new Map<string, { logsource: Record<string, string>; field: string; values: string[] }>();
  for (const { kind, value } of request.values as SoughtValue[])
    for (const { logsource, field } of FIELDS[kind] ?? []) {
      const known = byField.get(JSON.stringify(logsource)) ?? { logsource, field, values: [] };
      known.values.push(value);
      byField.set(JSON.stringify(logsource), known);
    }
  return [...byField.values()].map(({ logsource, field, values }) => ({
    logsource,
    detection: { selection: { [field]: values.map(literal) }, condition: 'selection' },
  }));
}

/** A value as a Sigma string in which nothing is a wildcard. */
const literal = (value: string): string => value.replace(/\\(?=[*?\\])/g, '\\\\').replace(/[*?]/g, '\\$&');

/** A draft of the rules that would find from now on what a hunt found: for a person to finish, lint and put into a rule set. @returns YAML */
export function draftOf(run: HuntRun, saved: readonly SavedHunt[]): string {
  const hunt =
    run.request.kind === 'saved' ? saved.find(({ id }) => id === (run.request as { name?: string }).name) : undefined;
  const about = hunt?.hypothesis ?? `Values that were hunted for in run ${run.number}.`;
  return draftParts(run.request, saved)
    .map(({ logsource, detection }, i) =>
      stringify({
        title: `${run.title.slice(0, 80)}${i > 0 ? ` (${i + 1})` : ''}`,
        id: uuid(run._id, String(i)),
        status: 'experimental',
        description: about.trim(),
        author: run.by.name.slice(0, 80),
        date: new Date(run.created).toISOString().slice(0, 10),
        tags: run.techniques.map((technique) => `attack.${technique.toLowerCase()}`),
        ...{ logsource, detection },
        falsepositives: hunt?.benign ?? ['Not known yet: the hunt shows who else does it.'],
        level: 'medium',
      }),
    )
    .join('---\n');
}
