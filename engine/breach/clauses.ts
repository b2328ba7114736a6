import type { Profile, Regime } from './types.js';

/** The clauses of a tenant's own contracts, as rules beside those of the law. */
export function clauseRules({ clauses = [] }: Profile): Regime[] {
  return clauses.map(({ id, title, owes, to, from, within, unit, when, source }) => ({
    ...{
      id: `contract.${id}`,
      title,
      law: `Contract: ${source}`,
      version: 1,
      status: 'in force',
      evidence: 'secondary',
    },
    ...{ sources: [source], verified: null, reviewer: null, effective: { from: null, to: null } },
    ...{ owes: [{ party: owes, role: null }], to },
    when: when === null ? { all: [] } : { fact: when, is: true },
    deadline: {
      text: `${within} ${unit} after ${from}, as the contract says`,
      limits: [{ within, unit, from: [from], calendar: 'customer' }],
    },
    ...{ exceptions: [], pause: null, content: ['What the clause asks for.'], late: '', parallel: [] },
    notes: 'As the profile has it: read the clause itself.',
  }));
}
