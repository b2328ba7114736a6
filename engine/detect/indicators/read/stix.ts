import type { Candidate } from '../types.js';
import { valuesOfPattern } from './pattern.js';
import { dateOf, type Item } from './types.js';

type Json = Record<string, unknown>;
const THREATS = new Set(['malware', 'threat-actor', 'campaign', 'intrusion-set', 'tool']);

/** Indicators of a STIX 2.1 bundle's objects, with the techniques and threats that its relationships lead to. */
export function* readStix(objects: readonly unknown[]): Generator<Item> {
  const byId = new Map<string, Json>();
  const leads = new Map<string, string[]>();
  for (const each of objects) {
    if (typeof each !== 'object' || each === null) continue;
    const { id, type, source_ref, target_ref } = each as Json;
    if (typeof id === 'string') byId.set(id, each as Json);
    if (type !== 'relationship' || typeof source_ref !== 'string' || typeof target_ref !== 'string') continue;
    const targets = leads.get(source_ref) ?? [];
    if (targets.length < 50) targets.push(target_ref);
    leads.set(source_ref, targets);
  }
  for (const each of byId.values()) {
    if (each.type !== 'indicator') continue;
    if (each.revoked === true) {
      yield { refused: 'not for detection' };
      continue;
    }
    const values =
      typeof each.pattern === 'string' && (each.pattern_type ?? 'stix') === 'stix'
        ? valuesOfPattern(each.pattern)
        : null;
    if (!values) {
      yield { refused: 'pattern not simple' };
      continue;
    }
    const about = aboutOf(each, leads, byId);
    for (const value of values) yield { ...value, ...about };
  }
}

function aboutOf(indicator: Json, leads: Map<string, string[]>, byId: Map<string, Json>): Partial<Candidate> {
  const about: Partial<Candidate> = {};
  if (typeof indicator.confidence === 'number') about.confidence = indicator.confidence;
  const until = dateOf(indicator.valid_until);
  if (until !== undefined) about.expires = until;
  const targets = (leads.get(String(indicator.id)) ?? []).flatMap((id): Json[] =>
    byId.has(id) ? [byId.get(id)!] : [],
  );
  const threat = targets.find(({ type, name }) => THREATS.has(String(type)) && typeof name === 'string');
  if (threat) about.threat = String(threat.name);
  const techniques = targets.flatMap(({ type, external_references }) =>
    type === 'attack-pattern' && Array.isArray(external_references)
      ? external_references.flatMap((reference: unknown) => {
          const { source_name, external_id } = (reference ?? {}) as Json;
          return source_name === 'mitre-attack' && typeof external_id === 'string' ? [external_id] : [];
        })
      : [],
  );
  if (techniques.length > 0) about.techniques = techniques;
  return about;
}
