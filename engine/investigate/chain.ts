import { LEVELS, TACTICS } from '../detect/types.js';
import type { Observable } from '../store/alerts.js';
import type { Detection } from '../store/detections.js';
import { accountName, hostName, isEverywhere } from '../triage/links.js';
import type { Found, Gathered } from './gather.js';
import type { Gap, Step } from './types.js';
import { spanText } from './words.js';

/** Firings of one rule on one host this near are one step. */
const SAME_STEP_MS = 10 * 60_000;
/** Longer without a step, and it is called a gap. */
const GAP_MS = 30 * 60_000;
const MAX_STEPS = 200;
const MAX_EVENTS = 20;

/** The attack chain: what rules saw and the moves between hosts that the lake shows, from first access to last action. */
export function chainOf(gathered: Gathered): { chain: Step[]; gaps: Gap[]; cut: string[] } {
  const steps = [...seenByRules(gathered.detections), ...moves(gathered)].sort(inOrder);
  const chain = steps.slice(0, MAX_STEPS);
  const cut = steps.length > MAX_STEPS ? [`of ${steps.length} steps, the first ${MAX_STEPS} are shown`] : [];
  return { chain, gaps: gapsOf(chain), cut };
}

/** By time; of the same second, as far along the kill chain. */
function inOrder(a: Step, b: Step): number {
  const [x, y] = [Math.floor(a.first / 1000), Math.floor(b.first / 1000)];
  return (
    x - y ||
    stage(a) - stage(b) ||
    a.first - b.first ||
    LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level) ||
    (a.title < b.title ? -1 : 1)
  );
}
const stage = ({ tactics }: Step): number =>
  Math.min(TACTICS.length, ...tactics.map((tactic) => TACTICS.indexOf(tactic)).filter((at) => at >= 0));

function seenByRules(detections: readonly Detection[]): Step[] {
  const open = new Map<string, Step>();
  const steps: Step[] = [];
  for (const { rule, event } of detections) {
    const { ecs, time } = event;
    const host = hostName(ecs['host.name']);
    const user = accountName(ecs['user.name']);
    const key = [rule.id, host, user, ecs['source.ip'] ?? ''].join('\n');
    const before = open.get(key);
    if (before && time - before.last <= SAME_STEP_MS) {
      before.last = Math.max(before.last, time);
      before.count++;
      if (before.events.length < MAX_EVENTS) before.events.push(event.id);
      continue;
    }
    const step: Step = {
      ...{ first: time, last: time, title: rule.title, level: rule.level, rule: rule.id, host, count: 1 },
      ...{ tactics: [...rule.tactics], techniques: [...rule.techniques], events: [event.id] },
      actor: {
        user,
        process: ecs['process.executable'] ?? '',
        commandLine: (ecs['process.command_line'] ?? '').slice(0, 500),
      },
      target: targetOf(ecs, host),
    };
    open.set(key, step);
    steps.push(step);
  }
  return steps;
}

function targetOf(ecs: Detection['event']['ecs'], host: string): Observable | null {
  const account = accountName(ecs['user.target.name']);
  if (account && account !== accountName(ecs['user.name']) && !isEverywhere(account))
    return { kind: 'user', value: account };
  if (ecs['destination.ip']) return { kind: 'ip', value: ecs['destination.ip'] };
  if (ecs['dns.question.name']) return { kind: 'domain', value: ecs['dns.question.name'] };
  if (ecs['file.path']) return { kind: 'file', value: ecs['file.path'] };
  return host ? null : ecs['cloud.account.id'] ? { kind: 'host', value: ecs['cloud.account.id'] } : null;
}

/** The first sign-in of one of the attack's accounts to each further host of the attack: how it moved. */
function moves({ logons, detections, events }: Gathered): Step[] {
  const attacked = new Map<string, number>();
  for (const { event } of detections) {
    const host = hostName(event.ecs['host.name']);
    if (host) attacked.set(host, Math.min(attacked.get(host) ?? Number.POSITIVE_INFINITY, event.time));
  }
  const acting = new Set(detections.map(({ event }) => accountName(event.ecs['user.name'])).filter(Boolean));
  const started = Math.min(...detections.map(({ event }) => event.time));
  const addresses = addressesOf([...events.values()]);
  const told = new Set<string>();
  const steps: Step[] = [];
  for (const logon of logons) {
    const from = addresses.get(logon.sourceIp);
    const isMove =
      logon.host !== '' && from !== undefined && from !== logon.host && attacked.has(logon.host) && attacked.has(from);
    const key = `${from}\n${logon.host}\n${logon.user}`;
    if (!isMove || !acting.has(logon.user) || logon.time < started || told.has(key)) continue;
    told.add(key);
    steps.push({
      ...{ first: logon.time, last: logon.time, level: 'low', rule: null, host: from!, count: 1, events: [logon.id] },
      title: `Signed in to ${logon.host} from ${from}`,
      ...{ tactics: ['lateral-movement'], techniques: ['T1078'] },
      actor: { user: logon.user, process: '', commandLine: '' },
      target: { kind: 'host', value: logon.host },
    });
  }
  return steps;
}

/** Which host has which address, from what hosts say of their own connections. */
function addressesOf(events: readonly Found[]): Map<string, string> {
  const votes = new Map<string, Map<string, number>>();
  for (const { dataset, host, sourceIp, process } of events) {
    if (dataset === 'authentication' || !process || !host || !sourceIp) continue;
    const of = votes.get(sourceIp) ?? new Map<string, number>();
    of.set(host, (of.get(host) ?? 0) + 1);
    votes.set(sourceIp, of);
  }
  return new Map(
    [...votes].map(([ip, of]) => [ip, [...of].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]![0]]),
  );
}

function gapsOf(chain: readonly Step[]): Gap[] {
  const gaps: Gap[] = [];
  let last = chain[0]?.last ?? 0;
  chain.forEach((step, before) => {
    if (step.first - last > GAP_MS)
      gaps.push({ before, ms: step.first - last, text: `Nothing was seen for ${spanText(step.first - last)}` });
    last = Math.max(last, step.last);
  });
  return gaps;
}
