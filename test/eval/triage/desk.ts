import type { RuleInfo } from '../../../engine/detect/types.js';
import type { Parsed } from '../../../engine/event.js';
import type { Profile } from '../../../engine/store/tenants.js';
import { arrange, type Group, judge, opensAt } from '../../../engine/triage/arrange.js';
import { campaignTie, paceOf } from '../../../engine/triage/campaigns.js';
import { Counted } from '../../../engine/triage/commonness.js';
import { linksOf } from '../../../engine/triage/links.js';
import { observablesOf } from '../../../engine/triage/observables.js';
import { pointsOf } from '../../../engine/triage/rules.js';
import { type Strand, signatureOf, strandOf, WINDOW_MS } from '../../../engine/triage/strands.js';
import { WEIGHTS } from '../../../engine/triage/weights.js';
import type { Attack } from './place.js';

const DAY_MS = 86_400_000;

interface Held extends Group {
  strands: Strand[];
  title: string;
  entity: string;
  tactics: string[];
  score: number;
  isShown: boolean;
  /** Day on which it was shown first. */
  day: number;
  attacks: Set<string>;
}

/** Triage in memory, a day at a time: the same parts as in the worker, with records in a list instead of MongoDB. */
export class Desk {
  readonly #common = new Counted();
  readonly #today: { strand: Strand; attack: string | null }[] = [];
  readonly #truth = new Map<string, { time: number; attack: string }[]>();
  readonly #days = new Map<string, Set<number>>();
  readonly #detections = new Map<string, number>();
  #groups: Held[] = [];
  #start = 0;

  constructor(private readonly profile: Profile) {}

  get shown(): Held[] {
    return this.#groups.filter(({ isShown }) => isShown);
  }

  take(id: string, parsed: Parsed, hits: readonly RuleInfo[], attack: string | null): void {
    const ecs = parsed.ecs();
    this.#common.note(linksOf(ecs));
    this.#common.noteAddress(parsed);
    for (const rule of hits) {
      const event = { id, time: parsed.time, source: 'eval', format: '', ecs, original: '' };
      const strand = strandOf({ _id: `${id}-${rule.id}`, rule, event });
      this.#today.push({ strand, attack });
      this.#common.fire(rule.id, strand.links, Math.floor(parsed.time / DAY_MS));
      if (attack === null) continue;
      const signature = signatureOf(strand);
      this.#truth.set(signature, [...(this.#truth.get(signature) ?? []), { time: parsed.time, attack }]);
      this.#detections.set(attack, (this.#detections.get(attack) ?? 0) + 1);
    }
  }

  endOfDay(midnight: number): void {
    this.#start ||= midnight;
    this.#common.at(midnight);
    const loud = this.#today
      .map(({ strand }) => strand)
      .filter((strand) => pointsOf(strand, this.#common, WEIGHTS) >= WEIGHTS.opens.least);
    this.#today.length = 0;
    const opens = opensAt(this.#common, WEIGHTS);
    // What stayed quiet while learning is judged again.
    const isNear = (group: Held) => Math.max(...group.strands.map(({ last }) => last)) >= midnight - WINDOW_MS;
    const again = (group: Held) => !group.isShown && opens === WEIGHTS.opens.from && group.score >= opens;
    const near = this.#groups.filter((group) => isNear(group) || again(group));
    const kept = this.#groups.filter((group) => !near.includes(group));
    const before = new Map(near.map((group) => [group.id, group]));
    const now = arrange(loud, near, this.#common).map((arranged): Held => {
      const parts = [arranged.keeps, ...arranged.takes].flatMap((id) => (id === null ? [] : [before.get(id)!]));
      const users = arranged.strands.flatMap(({ links }) => links.filter(({ kind }) => kind === 'user'));
      const observables = users.flatMap(({ value }) => observablesOf({ '@timestamp': '', 'user.name': value }));
      const judged = judge(arranged.strands, observables, this.#common, { profile: this.profile });
      const wasShown = parts.filter(({ isShown }) => isShown);
      const isShown = wasShown.length > 0 || judged.score >= opens;
      const first = judged.rules.reduce((a, b) =>
        WEIGHTS.levels[b.level] * (b.rarity ?? 1) > WEIGHTS.levels[a.level] * (a.rarity ?? 1) ? b : a,
      );
      return {
        id: arranged.keeps ?? arranged.strands[0]!.example,
        rank: 0,
        isTouched: false,
        strands: arranged.strands,
        title: `${first.title} on ${judged.entity?.value}`,
        entity: judged.entity?.value ?? '',
        tactics: judged.rules.flatMap(({ tactics }) => tactics),
        score: judged.score,
        isShown,
        day:
          wasShown.length > 0
            ? Math.min(...wasShown.map((each) => each.day))
            : Math.floor((judged.first - this.#start) / DAY_MS),
        attacks: new Set(arranged.strands.flatMap((strand) => this.#attacksOf(strand))),
      };
    });
    for (const group of now)
      for (const attack of group.attacks) this.#days.set(attack, (this.#days.get(attack) ?? new Set()).add(group.day));
    this.#groups = [...kept, ...now];
  }

  #attacksOf(strand: Strand): string[] {
    const truth = this.#truth.get(signatureOf(strand)) ?? [];
    return truth.filter(({ time }) => time >= strand.first && time <= strand.last).map(({ attack }) => attack);
  }

  withoutAttack(): Held[] {
    return this.shown.filter(({ attacks }) => attacks.size === 0);
  }

  mixed(): number {
    return this.shown.filter(({ attacks }) => attacks.size > 1).length;
  }

  /** Campaigns that tell two attacks as one story. */
  mixedCampaigns(): number {
    const held = new Map<Held, Set<string>>();
    for (const [alert, first] of this.#campaigns())
      held.set(first, new Set([...(held.get(first) ?? []), ...alert.attacks]));
    return [...held.values()].filter(({ size }) => size > 1).length;
  }

  /** What became of each attack. */
  results(attacks: readonly Attack[]) {
    const campaigns = this.#campaigns();
    return attacks.map(({ name, tactic, hosts, users }) => {
      const mine = this.shown.filter((group) => group.attacks.has(name)).sort((a, b) => b.score - a.score);
      const best = mine[0];
      const rank = best
        ? 1 + this.withoutAttack().filter((other) => other.day === best.day && other.score >= best.score).length
        : null;
      return {
        name,
        rank,
        score: best?.score ?? null,
        detections: this.#detections.get(name) ?? 0,
        alerts: mine.length,
        stories: new Set(mine.map((group) => campaigns.get(group))).size,
        isLed: best !== undefined && [...hosts, ...users, ...cloudOf(best.entity)].includes(best.entity),
        hasTactic: tactic !== null && mine.some(({ tactics }) => tactics.some((found) => sameTactic(found, tactic))),
      };
    });
  }

  /** Alerts by the first alert of their campaign. */
  #campaigns(): Map<Held, Held> {
    const alerts = this.shown;
    const pace = paceOf(alerts.length, this.#common);
    const first = new Map(alerts.map((alert) => [alert, alert]));
    const asMember = (alert: Held) => ({
      entity: { kind: 'host' as const, value: alert.entity },
      strands: alert.strands,
      simulated: false,
      first: Math.min(...alert.strands.map((strand) => strand.first)),
      last: Math.max(...alert.strands.map((strand) => strand.last)),
    });
    alerts.forEach((a, i) => {
      alerts.slice(i + 1).forEach((b) => {
        if (campaignTie(asMember(a), asMember(b), this.#common, pace) === null) return;
        const [from, to] = [first.get(b)!, first.get(a)!];
        for (const [alert, of] of first) if (of === from) first.set(alert, to);
      });
    });
    return first;
  }
}

/** An instance of the attacked cloud account is attacked too. */
const cloudOf = (entity: string): string[] => (/^i-[0-9a-f]{8,17}$/.test(entity) ? [entity] : []);

/** Newer rules name parts of defense evasion by their own tactics. */
function sameTactic(found: string, wanted: string): boolean {
  return found === wanted || (wanted === 'defense-evasion' && ['stealth', 'defense-impairment'].includes(found));
}
