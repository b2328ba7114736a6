import { idOf } from '../../ids.js';
import { clip } from '../../say.js';
import type { CatalogRule } from '../../store/rules.js';
import { type CorrelationDocument, type FilterDocument, type RuleDocument, readRuleFile } from '../sigma/document.js';
import { readYaml } from '../sigma/yaml.js';
import type { RuleProblem } from '../types.js';
import { explainCorrelation, explainFilter, explainRule } from './explain.js';

const MAX_TEXT = 4000;
const MAX_LIST = 30;

/** A rule as the catalogue keeps it, before it is known which pack it belongs to. */
export type Described = Omit<CatalogRule, '_id' | 'pack' | 'digest'>;

/**
 * What a rule file says of its rules, for people.
 * @param problems those of the rule base, to say which rules do not run
 */
export function describe(file: string, content: string, problems: readonly RuleProblem[] = []): Described[] {
  const { rules, correlations, filters } = readRuleFile(file, content);
  const ours = mdrPart(content);
  const faults = problems.filter((problem) => problem.file === file);
  const row = (
    document: RuleDocument | CorrelationDocument | FilterDocument,
    kind: CatalogRule['kind'],
    looksFor: string[],
  ): Described => {
    const tags = document.tags.slice(0, MAX_LIST).map((tag) => clip(tag.toLowerCase(), 100));
    const attack = tags.flatMap((tag) => (tag.startsWith('attack.') ? [tag.slice(7).replaceAll('_', '-')] : []));
    const logsource = 'logsource' in document ? sourceText(document.logsource) : '';
    return {
      id: clip(document.id, 200),
      title: clip(document.title, 300),
      level: document.level,
      kind,
      description: clip(document.description, MAX_TEXT),
      logsource,
      techniques: attack.filter((tag) => /^t\d{4}(?:\.\d{3})?$/.test(tag)).map((tag) => tag.toUpperCase()),
      tactics: attack.filter((tag) => /^[a-z][a-z-]+$/.test(tag)),
      tags,
      file,
      falsepositives: document.falsepositives.slice(0, MAX_LIST).map((text) => clip(text, 500)),
      triage: ours.triage,
      response: ours.response,
      looksFor,
      problem: clip(faults.find(({ rule }) => rule === document.title)?.reason ?? '', 500),
      text: [document.title, document.description, logsource, file, ...tags].join('\n').toLowerCase().slice(0, 8000),
    };
  };
  return [
    ...rules.map((rule) => row(rule, 'detection', explainRule(rule))),
    ...correlations.map((rule) => row(rule, 'correlation', explainCorrelation(rule))),
    ...filters.map((rule) => row(rule, 'filter', explainFilter(rule))),
  ];
}

/** `windows/process_creation/*`: product, category and service, `*` for what is left open. */
export const sourceText = ({ product, category, service }: RuleDocument['logsource']): string =>
  [product, category, service].map((part) => part?.toLowerCase() || '*').join('/');

export const catalogId = (pack: string, rule: string): string => idOf('catalog', pack, rule);

/** What our own rules say beyond Sigma. */
function mdrPart(content: string): { triage: string[]; response: string } {
  const none = { triage: [], response: '' };
  if (!/^mdr:/m.test(content)) return none;
  try {
    const [document] = readYaml(content);
    const { mdr } = (document?.value ?? {}) as { mdr?: { triage?: unknown; response?: unknown } };
    const triage = Array.isArray(mdr?.triage) ? mdr.triage : [];
    return {
      triage: triage.slice(0, MAX_LIST).map((text) => clip(String(text), 1000)),
      response: typeof mdr?.response === 'string' ? clip(mdr.response, 100) : '',
    };
  } catch {
    return none;
  }
}
