import { ACTIVITY_DAYS, type Activity, activity, DAY_MS } from '../activity.js';
import type { Clock } from '../clock.js';
import type { Queues } from '../queues.js';
import type { TenantStore } from '../store/index.js';
import { coverageOf, isHeard, selectorText, selects } from './coverage.js';
import { judge } from './judge.js';
import type { CoveringRule, Framework, Period, Report, Requirement, RequirementReport, Retention } from './types.js';
import {
  alertsIn,
  hiddenIn,
  MAX_ALERTS,
  oldestAlert,
  type ReportedAlert,
  responseOf,
  violationOf,
} from './violations.js';

/** Alerts listed under one requirement; the rest is counted. */
const MAX_LISTED = 50;

export interface ReportParts {
  tenant: TenantStore;
  queues: Pick<Queues, 'redis' | 'prefix'>;
  clock: Clock;
  /** Every rule that runs, `loadCoveringRules`. */
  rules: readonly CoveringRule[];
  /** Which alerts the reader may see, as a filter. */
  shown?: Record<string, unknown>;
}

/** Everything that is the same for all requirements of a report. */
interface Facts {
  framework: Framework;
  period: Period;
  now: number;
  rules: readonly CoveringRule[];
  activity: readonly Activity[];
  alerts: readonly ReportedAlert[];
  hidden: ReadonlyMap<string, number>;
  disabled: ReadonlySet<string>;
  retention: Retention;
}

/** The assessor's report: what covers each requirement, whether its log sources sent, what was found and what was done. */
export async function makeReport(parts: ReportParts, framework: Framework, period: Period): Promise<Report> {
  const { tenant, queues, clock, rules } = parts;
  const now = clock();
  const sent = activity(queues.redis, queues.prefix, tenant.id);
  const [seen, everSeen, alerts, hidden, oldest, tunings, exceptions] = await Promise.all([
    sent.read(period.from, period.until),
    sent.read(now - (ACTIVITY_DAYS - 1) * DAY_MS, now),
    alertsIn(tenant, period, parts.shown ?? {}),
    hiddenIn(tenant, period),
    oldestAlert(tenant),
    tenant.ruleTunings.find({ disabled: true }),
    tenant.exceptions.find({ state: 'active', expires: { $gt: now } }, { sort: { number: 1 } }),
  ]);
  const retention = { oldestAlert: oldest, firstDay: everSeen[0]?.day ?? null };
  const facts: Facts = {
    framework,
    period,
    now,
    rules,
    activity: seen,
    alerts,
    hidden,
    disabled: new Set(tunings.map(({ rule }) => rule)),
    retention,
  };
  return {
    framework,
    tenant: { id: tenant.id, name: tenant.tenant.name },
    period,
    made: now,
    requirements: framework.requirements.map((requirement) => reportOn(requirement, facts)),
    sources: coverageOf(seen, period),
    retention,
    tuned: {
      disabled: tunings.map(({ title, rule }) => title || rule),
      exceptions: exceptions.map(({ number, rules: hides, reason, author }) => ({
        number,
        rules: hides.map(({ title }) => title),
        reason,
        by: author.name,
      })),
    },
    simulated: alerts.some(({ simulated }) => simulated),
    cut: alerts.length >= MAX_ALERTS,
    partial: Object.keys(parts.shown ?? {}).length > 0,
  };
}

function reportOn(requirement: Requirement, facts: Facts): RequirementReport {
  const { framework, activity: seen, period, alerts } = facts;
  const tags = new Set([`${framework.id}-${requirement.id}`, ...requirement.same.map((tag) => tagOf(framework, tag))]);
  const covering = requirement.every
    ? facts.rules
    : facts.rules.filter((rule) => rule.tags.some((tag) => tags.has(tag)));
  const ids = new Set(covering.map(({ id }) => id));

  const concerned = alerts.flatMap((alert) => {
    const shares = requirement.every ? alert.rules : alert.rules.filter(({ id }) => ids.has(id));
    return shares.length > 0 ? [{ alert, shares }] : [];
  });
  const fired = new Map<string, number>();
  for (const { shares } of concerned) for (const { id, count } of shares) fired.set(id, (fired.get(id) ?? 0) + count);
  const violations = concerned.map(({ alert, shares }) =>
    violationOf(
      alert,
      shares.reduce((sum, { count }) => sum + count, 0),
    ),
  );

  const rules = covering
    .map((rule) => ({
      rule,
      heard: isHeard(rule, seen),
      disabled: facts.disabled.has(rule.id),
      detections: fired.get(rule.id) ?? 0,
      hidden: facts.hidden.get(rule.id) ?? 0,
    }))
    .sort(
      (a, b) =>
        b.detections - a.detections || Number(b.heard) - Number(a.heard) || (a.rule.title < b.rule.title ? -1 : 1),
    );
  // Without sources of its own, a requirement stands on what its rules read.
  const wanted = requirement.sources.length > 0 ? requirement.sources : covering.flatMap((rule) => [...rule.reads]);
  const read =
    requirement.every && requirement.sources.length === 0
      ? seen
      : seen.filter((one) => wanted.some((selector) => selects(selector, one)));
  const absent = [
    ...new Set(
      wanted
        .filter((selector) => !seen.some((one) => selects(selector, one)))
        .map((selector) => selectorText(selector)),
    ),
  ].sort();
  const found = {
    requirement,
    rules,
    sources: coverageOf(read, period),
    absent: requirement.every && requirement.sources.length === 0 ? [] : absent,
    violations: violations.slice(0, MAX_LISTED),
    more: Math.max(0, violations.length - MAX_LISTED),
    response: responseOf(violations, facts.now),
  };
  return { ...found, ...judge(found, facts.retention, facts.now) };
}

/** `10.7.2` within PCI DSS is `pci-dss-10.7.2`; tags of other frameworks are whole already. */
function tagOf(framework: Framework, tag: string): string {
  return framework.requirements.some(({ id }) => id === tag) ? `${framework.id}-${tag}` : tag;
}
