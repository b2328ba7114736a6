import { isIP } from 'node:net';
import { type Found, ruleOf } from '../../detect/found.js';
import type { Level } from '../../detect/types.js';
import type { Ecs } from '../../event.js';
import { idOf } from '../../ids.js';
import type { TenantLake } from '../../lake/index.js';
import { observablesOf } from '../../triage/observables.js';
import type { Finding, Model, Seen } from '../models/types.js';
import { SIMULATED } from './source.js';

const MAX_OBSERVABLES = 40;
const MAX_WORDS = 1000;
const MAX_NAME = 256;
/** From this score on a finding is grave. */
export const HIGH = 0.9;
const HOUR = 3_600_000;

/** Under which id a model is known among the rules: to triage, verdicts and tuning. */
export const ruleIdOf = (model: string): string => `model:${model}`;

/** What a model says of itself, as a rule does. */
export const ruleOfModel = (
  { name, title, summary, techniques, tactic }: Pick<Model, 'name' | 'title' | 'summary' | 'techniques' | 'tactic'>,
  level: Level = 'medium',
) => ({
  id: ruleIdOf(name),
  title,
  level,
  techniques: [...techniques],
  tactics: [tactic],
  file: '',
  description: summary,
  falsepositives: [],
});

/** Fields of the events that a finding rests on, as far as the lake keeps them. */
export type Evidence = Pick<Ecs, 'host.name' | 'user.name' | 'source.ip' | 'destination.ip' | 'destination.domain'> & {
  id: string;
  time: number;
};
const FIELDS = ['host.name', 'user.name', 'source.ip', 'destination.ip', 'destination.domain'] as const;

export const evidenceOf = ({ id, time, ecs }: Seen): Evidence => ({
  id: bare(id),
  time,
  ...Object.fromEntries(FIELDS.flatMap((field) => (ecs[field] ? [[field, ecs[field]]] : []))),
});

/** The events that findings rest on, by id, from the lake. */
export async function evidenceFor(lake: TenantLake, findings: readonly Finding[]): Promise<Map<string, Evidence>> {
  const ids = [...new Set(findings.flatMap(({ evidence }) => evidence.map(bare)))];
  const columns = FIELDS.map((field) => field.replaceAll('.', '_')).join(', ');
  const { rows } = await lake.query(
    `SELECT id, epoch_ms(time) AS at, ${columns} FROM events WHERE list_contains($1, id)`,
    [ids],
    {
      from: Math.min(...findings.map(({ from }) => from)) - HOUR,
      until: Math.max(...findings.map(({ to }) => to)) + HOUR,
      timeoutMs: 120_000,
    },
  );
  return new Map(
    rows.map((row) => {
      const known = FIELDS.flatMap((field) => {
        const value = row[field.replaceAll('.', '_')];
        return typeof value === 'string' ? [[field, value]] : [];
      });
      const id = String(row.id);
      return [id, { id, time: Number(row.at), ...Object.fromEntries(known) } as Evidence];
    }),
  );
}

const bare = (id: string): string => (id.startsWith(SIMULATED) ? id.slice(1) : id);

/**
 * The detection of a finding: one for the same finding, however often it is found.
 * @param evidence by id; those that are not known any more are left out
 * @param level null: by its score
 */
export function detectionOf(
  tenant: string,
  model: Model,
  finding: Finding,
  evidence: ReadonlyMap<string, Evidence>,
  level: Level | null = null,
): Found {
  const events = finding.evidence.flatMap((id) => evidence.get(bare(id)) ?? []);
  const id = idOf(tenant, 'model', model.name, finding.key);
  const words = finding.words.slice(0, MAX_WORDS);
  const name = finding.entity.name.slice(0, MAX_NAME);
  const ecs: Ecs = {
    '@timestamp': new Date(finding.to).toISOString(),
    'event.action': 'model',
    ...shared(events),
    ...entityFields(finding),
    message: words,
  };
  const info = ruleOfModel(
    { ...model, techniques: finding.techniques, tactic: finding.tactic },
    level ?? (finding.score >= HIGH ? 'high' : 'medium'),
  );
  const numbers = Object.fromEntries(Object.entries(finding.numbers).slice(0, 30));
  return {
    _id: id,
    rule: ruleOf(info),
    event: {
      id,
      time: finding.to,
      source: name,
      format: 'model',
      ecs,
      original: JSON.stringify({
        model: model.name,
        score: finding.score,
        words,
        baseline: model.baseline.words,
        numbers,
      }),
    },
    observables: observablesIn(ecs, events),
    // What stands for several events is shown, grouped and excepted as correlations are.
    correlated: {
      text: words,
      group: Object.entries(entityFields(finding)).map(([field, value]) => ({ field, value: String(value) })),
      count: finding.evidence.length,
      first: finding.from,
      last: finding.to,
      events: events.map(({ id: event, time, ...fields }) => ({
        id: event,
        time,
        rule: ruleIdOf(model.name),
        ...(fields['host.name'] && { host: fields['host.name'] }),
        ...(fields['user.name'] && { user: fields['user.name'] }),
        ...(fields['source.ip'] && { ip: fields['source.ip'] }),
      })),
    },
    finding: { model: model.name, key: finding.key.slice(0, 600), score: finding.score },
    alert: null,
    simulated: finding.evidence.length > 0 && finding.evidence.every((each) => each.startsWith(SIMULATED)),
  };
}

/** The entity as a field: what the detection is about. */
function entityFields({ entity: { kind, name } }: Finding): Partial<Ecs> {
  const value = name.slice(0, MAX_NAME);
  if (kind === 'user' || kind === 'principal') return { 'user.name': value };
  if (kind === 'domain') return { 'destination.domain': value };
  if (kind === 'process') return { 'process.executable': value };
  return isIP(value) || kind === 'source' ? { 'source.ip': value } : { 'host.name': value };
}

/** What all events have in common. */
function shared(events: readonly Evidence[]): Partial<Ecs> {
  const common: Partial<Ecs> = {};
  for (const field of FIELDS) {
    const first = events[0]?.[field];
    if (first && events.every((each) => each[field]?.toLowerCase() === first.toLowerCase())) common[field] = first;
  }
  return common;
}

function observablesIn(ecs: Ecs, events: readonly Evidence[]): Found['observables'] {
  const found = new Map<string, Found['observables'][number]>();
  for (const of of [ecs, ...events.map(({ id: _, time: __, ...fields }) => ({ '@timestamp': '', ...fields }))])
    for (const each of observablesOf(of)) {
      if (found.size >= MAX_OBSERVABLES) break;
      found.set(`${each.kind}:${each.value.toLowerCase()}`, each);
    }
  return [...found.values()];
}
