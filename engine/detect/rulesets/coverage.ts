import { clip } from '../../say.js';
import { TACTICS } from '../types.js';
import type { Described } from './describe.js';

/** What a rule counts for in coverage. */
export type Covering = Pick<Described, 'id' | 'title' | 'level' | 'techniques' | 'tactics' | 'problem' | 'kind'>;

export interface Coverage {
  /** Rules by technique, each technique once. */
  techniques: Map<string, Covering[]>;
  /** In kill-chain order: techniques and rules of each tactic. */
  tactics: { tactic: string; techniques: number; rules: number }[];
  /** Rules without any technique. */
  untagged: number;
}

/** Which techniques rules cover. Those that cannot run, or that are switched off, cover nothing. */
export function coverageOf(rules: readonly Covering[], disabled: ReadonlySet<string> = new Set()): Coverage {
  const techniques = new Map<string, Covering[]>();
  const byTactic = new Map<string, { techniques: Set<string>; rules: number }>();
  let untagged = 0;
  for (const rule of rules) {
    if (rule.problem || rule.kind === 'filter' || disabled.has(rule.id)) continue;
    if (rule.techniques.length === 0) untagged++;
    for (const technique of new Set(rule.techniques)) {
      const list = techniques.get(technique) ?? [];
      list.push(rule);
      techniques.set(technique, list);
    }
    for (const tactic of new Set(rule.tactics)) {
      const row = byTactic.get(tactic) ?? { techniques: new Set(), rules: 0 };
      row.rules++;
      for (const technique of rule.techniques) row.techniques.add(technique);
      byTactic.set(tactic, row);
    }
  }
  const rows = TACTICS.map((tactic) => {
    const row = byTactic.get(tactic);
    return { tactic, techniques: row?.techniques.size ?? 0, rules: row?.rules ?? 0 };
  });
  return { techniques, tactics: rows, untagged };
}

const MAX_COMMENT = 1000;
const COLOURS = ['#fff7bc', '#fec44f', '#d95f0e'];

/**
 * A layer for the ATT&CK Navigator: each technique scored by how many rules look for it.
 * Format: ATT&CK Navigator layer file format, version 4.5.
 */
export function navigatorLayer({ techniques }: Coverage, name: string, description: string) {
  const most = Math.max(1, ...[...techniques.values()].map((rules) => rules.length));
  const parents = new Set([...techniques.keys()].flatMap((id) => (id.includes('.') ? [id.split('.')[0]!] : [])));
  const scored = [...techniques]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([techniqueID, rules]) => ({
      techniqueID,
      score: rules.length,
      comment: clip(rules.map(({ title, level }) => `${title} (${level})`).join('\n'), MAX_COMMENT),
      enabled: true,
      showSubtechniques: parents.has(techniqueID),
    }));
  // A parent without rules of its own is opened all the same, or its sub-techniques would not be seen.
  const opened = [...parents]
    .filter((id) => !techniques.has(id))
    .sort()
    .map((techniqueID) => ({ techniqueID, enabled: true, showSubtechniques: true }));
  return {
    name: clip(name, 200),
    versions: { navigator: '5.1.0', layer: '4.5' },
    domain: 'enterprise-attack',
    description: clip(description, 1000),
    sorting: 3,
    layout: { layout: 'side', showID: true, showName: true, expandedSubtechniques: 'annotated' },
    hideDisabled: false,
    techniques: [...scored, ...opened],
    gradient: { colors: COLOURS, minValue: 0, maxValue: most },
    legendItems: [
      { label: 'one rule', color: COLOURS[0] },
      { label: `${most} rules`, color: COLOURS[2] },
    ],
    metadata: [{ name: 'made by', value: 'mdr rules coverage' }],
  };
}
