import { readYaml } from '../sigma/yaml.js';
import { LEVELS, TACTICS } from '../types.js';
import type { Finding } from './finding.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DATE = /^\d{4}[-/]\d\d[-/]\d\d$/;
const STATUSES = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'];
/** Tactics that ATT&CK names in other versions or matrices than the one that cards sort by. */
const FURTHER_TACTICS = ['stealth', 'defense-impairment'];

/** What a rule says of itself: id, date, level and so on. What cannot be read is reported elsewhere. */
export function lintMeta(file: string, content: string): Finding[] {
  const findings: Finding[] = [];
  let global: Record<string, unknown> = {};
  try {
    for (const document of readYaml(content)) {
      const { value: own, line } = document;
      if (typeof own !== 'object' || own === null || Array.isArray(own)) continue;
      const raw = { ...global, ...own } as Record<string, unknown>;
      if (raw.action === 'global') {
        global = raw;
        delete global.action;
        continue;
      }
      if (!('detection' in raw) && !('correlation' in raw) && !('filter' in raw)) continue;
      const lines = document.lines();
      const rule = typeof raw.title === 'string' ? raw.title : '';
      for (const [key, check, message] of faults(raw))
        findings.push({ file, line: lines[key] ?? line, rule, severity: 'warning', check, message });
    }
  } catch {
    // Content made to overflow the stack, say: the rule reader reports it.
  }
  return findings;
}

function* faults(raw: Record<string, unknown>): Generator<[key: string, check: string, message: string]> {
  const { id, level, status, tags } = raw;
  const isFilter = 'filter' in raw;
  if (id === undefined || id === null || id === '')
    yield ['title', 'no-id', 'it has no id: it cannot be told from others, tuned or compared'];
  else if (!UUID.test(String(id))) yield ['id', 'bad-id', `its id "${clip(id)}" is not a UUID`];
  if (raw.date === undefined) yield ['title', 'no-date', 'it has no date'];
  for (const key of ['date', 'modified'])
    if (raw[key] !== undefined && !isDate(raw[key]))
      yield [key, 'bad-date', `${key} "${clip(raw[key])}" is not a day such as 2026-11-24`];
  if (!isFilter) {
    if (level === undefined) yield ['title', 'no-level', 'it has no level: medium is taken'];
    else if (!LEVELS.some((known) => known === level))
      yield ['level', 'bad-level', `level "${clip(level)}" is none of ${LEVELS.join(', ')}: medium is taken`];
    if (!Array.isArray(raw.falsepositives) || raw.falsepositives.length === 0)
      yield ['title', 'no-falsepositives', 'it does not say what else it may be (falsepositives)'];
  }
  if (status !== undefined && !STATUSES.includes(String(status)))
    yield ['status', 'bad-status', `status "${clip(status)}" is none of ${STATUSES.join(', ')}`];
  if (!raw.description) yield ['title', 'no-description', 'it has no description'];
  const attack = (Array.isArray(tags) ? tags : []).map(String).filter((tag) => /^attack\./i.test(tag));
  for (const tag of attack) {
    const name = tag.slice(7).toLowerCase().replaceAll('_', '-');
    if (/^(t|g|s|c|m|ds)\d{4}(\.\d{3})?$/.test(name) || TACTICS.includes(name) || FURTHER_TACTICS.includes(name))
      continue;
    yield ['tags', 'bad-tag', `"${clip(tag)}" is neither a tactic nor a technique of ATT&CK`];
  }
}

function isDate(value: unknown): boolean {
  const text = value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
  return DATE.test(text) && !Number.isNaN(Date.parse(text.replaceAll('/', '-')));
}

const clip = (value: unknown): string => String(value).slice(0, 60);
