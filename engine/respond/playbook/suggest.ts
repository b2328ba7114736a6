import type { Library } from './load.js';
import type { Playbook } from './types.js';

/** What an alert shows: its techniques, its rules, and what else is known of its kind. */
export interface Signs {
  techniques?: readonly string[];
  /** Rule tags, names of rule files, kinds of alert (`model:dns-tunnel`, `cve`). */
  tags?: readonly string[];
  rules?: readonly {
    title: string;
    /** `mdr.response`: the kind of incident that its author had in mind. */
    response?: string;
    techniques?: readonly string[];
    /** File name without folder and ending; ids of rules. */
    tags?: readonly string[];
  }[];
}

export interface Suggestion {
  playbook: Playbook;
  /** Only for ordering. */
  score: number;
  /** Why, the weightiest first. */
  reasons: string[];
}

const POINTS = { response: 20, tag: 8, technique: 6, parent: 3 };
const MOST_REASONS = 6;

/** Playbooks of incidents that fit, the best first. A technique that many playbooks name says less. */
export function suggest(library: Library, signs: Signs): Suggestion[] {
  const incidents = [...library.values()].filter(({ use }) => use === 'incident');
  const shared = new Map<string, number>();
  for (const { for: fits } of incidents)
    for (const technique of fits?.techniques ?? []) shared.set(technique, (shared.get(technique) ?? 0) + 1);
  const rules = signs.rules ?? [];
  const techniques = new Set([...(signs.techniques ?? []), ...rules.flatMap((rule) => rule.techniques ?? [])]);
  const tags = new Set([...(signs.tags ?? []), ...rules.flatMap((rule) => rule.tags ?? [])]);
  const found = incidents.flatMap((playbook): Suggestion[] => {
    const fits = playbook.for ?? {};
    const reasons: { points: number; text: string }[] = [];
    for (const response of fits.responses ?? []) {
      const asking = rules.filter((rule) => rule.response === response);
      if (asking.length === 0) continue;
      const titles = [...new Set(asking.map(({ title }) => title))];
      const more = titles.length > 1 ? ` and ${titles.length - 1} more` : '';
      reasons.push({
        points: POINTS.response * asking.length,
        text: `rule "${titles[0]}"${more} is of the kind ${response}`,
      });
    }
    for (const tag of fits.tags ?? [])
      if (tags.has(tag)) reasons.push({ points: POINTS.tag, text: `it is tagged ${tag}` });
    for (const technique of techniques) {
      const parent = technique.split('.')[0]!;
      const hit = fits.techniques?.includes(technique) ? technique : fits.techniques?.includes(parent) ? parent : null;
      if (hit === null) continue;
      const points = (hit === technique ? POINTS.technique : POINTS.parent) / shared.get(hit)!;
      reasons.push({ points, text: `technique ${technique} was seen` });
    }
    reasons.sort((a, b) => b.points - a.points || (a.text < b.text ? -1 : 1));
    const score = reasons.reduce((sum, { points }) => sum + points, 0);
    return score > 0 ? [{ playbook, score, reasons: reasons.slice(0, MOST_REASONS).map(({ text }) => text) }] : [];
  });
  return found.sort((a, b) => b.score - a.score || (a.playbook.id < b.playbook.id ? -1 : 1));
}
