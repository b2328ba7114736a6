import type { Alert } from '../store/alerts.js';
import type { Tenant } from '../store/tenants.js';
import { advance, dueAt } from './chain.js';
import { channelKey, channelsNamed } from './channels.js';
import { decide, isGraver } from './decide.js';
import { likenessOf } from './likeness.js';
import { type Policy, zoneOf } from './policy.js';
import { nextDigest } from './times.js';

/** One thing that would have been sent. */
export interface Told {
  /** Epoch ms. */
  at: number;
  kind: 'post' | 'reply' | 'digest' | 'storm' | 'call' | 'page';
  /** Channel, person or way. */
  to: string;
  /** Alerts it is about. */
  numbers: number[];
}

type Past = Pick<
  Alert,
  'number' | 'level' | 'score' | 'created' | 'acknowledged' | 'closed' | 'entity' | 'rules' | 'state'
>;

/**
 * What a policy would have sent for alerts of the past, each as grave as it is now, acknowledged when it was. Pure: nothing is
 * read or written, so that a policy can be tried before it holds.
 * @param until epoch ms: nothing later is foretold
 */
export function simulate(policy: Policy, tenant: Tenant, alerts: readonly Past[], until: number): Told[] {
  const zone = zoneOf({ ...tenant, notify: { policy, changed: 0, by: '' } });
  const told: Told[] = [];
  const posts: { alert: Past; channel: string; likeness: string }[] = [];
  /** Times at which alerts came that the bound of a storm counts, and the storm that goes on, by channel. */
  const came = new Map<string, number[]>();
  const storms = new Map<string, Told>();
  const held = new Map<string, { at: number; channel: string; alerts: Past[] }>();
  for (const alert of [...alerts].sort((a, b) => a.created - b.created || a.number - b.number)) {
    const at = alert.created;
    const decision = decide(policy, zone, alert, at);
    if (decision.how === 'never') continue;
    const likeness = likenessOf(alert);
    const hold = (channel: string, due: number) => {
      const key = JSON.stringify([channel, due]);
      const group = held.get(key) ?? { at: due, channel, alerts: [] };
      group.alerts.push(alert);
      held.set(key, group);
    };
    let isPosted = false;
    for (const channel of channelsNamed(tenant, decision.rule.to).map(channelKey)) {
      if (decision.how === 'digest') {
        hold(channel, decision.due);
        continue;
      }
      const { repeats, storm } = policy;
      const earlier = posts.findLast(
        (post) =>
          post.channel === channel &&
          post.likeness === likeness &&
          repeats !== undefined &&
          at - post.alert.created <= repeats.hours * 3_600_000 &&
          !isGraver(alert.level, post.alert.level) &&
          !isGraver(alert.level, repeats.upTo),
      );
      if (earlier && repeats) {
        if (repeats.into === 'digest') hold(channel, nextDigest(repeats.digest, zone, at));
        else told.push({ at, kind: 'reply', to: channel, numbers: [earlier.alert.number, alert.number] });
        continue;
      }
      if (storm && !storm.through.includes(alert.level)) {
        const since = at - storm.minutes * 60_000;
        const recent = [...(came.get(channel) ?? []).filter((time) => time > since), at];
        came.set(channel, recent);
        if (recent.length > storm.posts) {
          const going = storms.get(channel) ?? { at, kind: 'storm' as const, to: channel, numbers: [] };
          if (going.numbers.length === 0) told.push(going);
          going.numbers.push(alert.number);
          storms.set(channel, going);
          continue;
        }
        storms.delete(channel);
      }
      posts.push({ alert, channel, likeness });
      told.push({ at, kind: 'post', to: channel, numbers: [alert.number] });
      isPosted = true;
    }
    if (isPosted && decision.rule.escalate) told.push(...steps(policy, decision.rule.escalate, alert, until));
  }
  for (const { at, channel, alerts: of } of held.values())
    told.push({ at, kind: 'digest', to: channel, numbers: of.map(({ number }) => number) });
  return told.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
}

function steps(policy: Policy, name: string, alert: Past, until: number): Told[] {
  const chain = policy.chains[name];
  if (!chain) return [];
  const told: Told[] = [];
  const end = Math.min(until, alert.acknowledged ?? alert.closed ?? until);
  let place = { start: alert.created, round: 0, step: 0 };
  for (let due = dueAt(chain, place); due !== null && due < end; due = dueAt(chain, place)) {
    const { people, page } = chain.steps[place.step]!;
    const at = due;
    told.push(...people.map((to): Told => ({ at, kind: 'call', to, numbers: [alert.number] })));
    told.push(...page.map((to): Told => ({ at, kind: 'page', to, numbers: [alert.number] })));
    place = advance(chain, place);
  }
  return told;
}
