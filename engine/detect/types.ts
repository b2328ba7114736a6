import type { Parsed } from '../event.js';

export type Level = 'informational' | 'low' | 'medium' | 'high' | 'critical';
export const LEVELS: readonly Level[] = ['informational', 'low', 'medium', 'high', 'critical'];

/** ATT&CK Enterprise tactics in kill-chain order, as Sigma spells them. */
export const TACTICS: readonly string[] = [
  'reconnaissance',
  'resource-development',
  'initial-access',
  'execution',
  'persistence',
  'privilege-escalation',
  'defense-evasion',
  'credential-access',
  'discovery',
  'lateral-movement',
  'collection',
  'command-and-control',
  'exfiltration',
  'impact',
];

/** What a rule says of itself, kept with every detection. */
export interface RuleInfo {
  id: string;
  title: string;
  level: Level;
  /** ATT&CK technique ids, `T1059.001`. */
  techniques: string[];
  /** ATT&CK tactics as Sigma spells them, `credential-access`. */
  tactics: string[];
  /** Path of the rule's file, relative to the rule folder. */
  file: string;
  description: string;
  falsepositives: string[];
  /** Vulnerabilities that it is about, `CVE-2021-44228`; absent: none. */
  cves?: string[];
}

/** Compiled rules. Stateless: the same event gives the same rules, whatever came before. */
export interface Matcher {
  readonly rules: readonly RuleInfo[];
  /** Rules that the event matches, in stable order; the array is reused: copy it to keep it. */
  match(event: Parsed): readonly RuleInfo[];
}

/** A rule that could not be compiled: the others run. */
export interface RuleProblem {
  file: string;
  line: number;
  rule: string;
  code: 'MDR_RULE_SYNTAX' | 'MDR_RULE_UNSUPPORTED';
  reason: string;
}
