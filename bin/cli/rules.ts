import type { Command } from 'commander';
import { addChecking } from './rules/checking.js';
import { addSets } from './rules/sets.js';

/** `mdr rules`: rule sets in versions, and what rule writers need. */
export default function rules(program: Command): void {
  const group = program
    .command('rules')
    .description('rule sets in versions (import, activate, roll back); check, test and map rules');
  addSets(group);
  addChecking(group);
}
