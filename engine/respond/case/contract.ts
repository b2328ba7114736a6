import { CLOCKS, type ClockKind, SEVERITIES, type Severity } from '../../store/cases.js';
import { slaSchema, type Tenant } from '../../store/tenants.js';

/** Minutes that a tenant's contract gives for each severity. */
export type Contract = Readonly<Record<Severity, Readonly<Record<ClockKind, number>>>>;

/** What the profile says, and for what it does not say the usual times. */
export const contractOf = ({ profile }: Pick<Tenant, 'profile'>): Contract => slaSchema.parse(profile.sla ?? {});

/** `critical: acknowledge in 15 min, contain in 240 min, …`, the gravest first. */
export const contractLines = (contract: Contract): string[] =>
  [...SEVERITIES]
    .reverse()
    .map(
      (severity) =>
        `${severity}: ${CLOCKS.map((kind) => `${kind} in ${inWords(contract[severity][kind])}`).join(', ')}`,
    );

/** `15 min`, `4 h`, `3 days`. */
export function inWords(minutes: number): string {
  if (minutes < 120) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 6) / 10} h`;
  return `${Math.round(minutes / 144) / 10} days`;
}
