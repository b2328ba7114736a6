import { createHash } from 'node:crypto';
import type { Strand } from '../store/alerts.js';

import type { Detection } from '../store/detections.js';
import type { Commonness } from './commonness.js';
import { keyOf, type Link, linksOf } from './links.js';
import { entityOf } from './observables.js';

/** Detections this near in event time that share something belong to one alert. */
export const WINDOW_MS = 60 * 60 * 1000;

export type { Strand };

/** How the rule ids of detections begin that a person makes; each has its own, so that an alert shows the words of all. */
export const BY_HAND = 'raised-by-hand';

/** Whether a person raised it: that always makes an alert. */
export const isByHand = ({ id }: Pick<Strand, 'id'>): boolean => id.startsWith(BY_HAND);

/** What makes two detections parts of one strand, but for time. */
export const signatureOf = ({ id, links }: Pick<Strand, 'id' | 'links'>): string =>
  [id, ...links.map(keyOf)].join('\n');

/** Of two examples the earlier one; of equals, the smaller id: so that their order of arrival does not matter. */
const earlier = (a: Strand, b: Strand): Strand =>
  a.first < b.first || (a.first === b.first && a.example <= b.example) ? a : b;

/** The strand that one detection is by itself. The process is left out of what strands share: each start would be a strand. */
export function strandOf({
  _id,
  rule,
  event,
  correlated,
}: Pick<Detection, '_id' | 'rule' | 'event' | 'correlated'>): Strand {
  const { id, title, level, techniques, tactics } = rule;
  return {
    ...{ id, title, level, techniques, tactics, count: 1, example: _id },
    ...{ first: event.time, last: event.time, links: strandLinks(event) },
    ...(correlated && { text: correlated.text }),
  };
}

function strandLinks({ ecs, source }: Detection['event']): Link[] {
  const links = linksOf(ecs).filter(({ kind }) => kind !== 'process');
  if (links.some(({ kind }) => kind === 'host' || kind === 'user' || kind === 'ip')) return links;
  // Nobody is named: what came from one cloud account, or else one source, belongs together.
  return [{ kind: 'host', value: entityOf(ecs, source).value.toLowerCase() }, ...links];
}

/** Make strands of one rule on the same links one where no gap parts them. Pure; sorted by time. */
export function weave(strands: readonly Strand[]): Strand[] {
  const alike = new Map<string, Strand[]>();
  for (const strand of strands) {
    const signature = signatureOf(strand);
    const found = alike.get(signature);
    if (found) found.push(strand);
    else alike.set(signature, [strand]);
  }
  const woven: Strand[] = [];
  for (const each of alike.values()) {
    each.sort((a, b) => a.first - b.first || (a.example < b.example ? -1 : 1));
    let open = each[0]!;
    for (const next of each.slice(1)) {
      if (next.first - open.last > WINDOW_MS) {
        woven.push(open);
        open = next;
        continue;
      }
      const text = next.last >= open.last ? (next.text ?? open.text) : (open.text ?? next.text);
      const glue = open.glue ?? next.glue;
      open = {
        ...open,
        ...(glue !== undefined && { glue }),
        count: open.count + next.count,
        last: Math.max(open.last, next.last),
        example: earlier(open, next).example,
        ...(text !== undefined && { text }),
      };
    }
    woven.push(open);
  }
  return woven.sort(inTime);
}

export const inTime = (a: Strand, b: Strand): number =>
  a.first - b.first || (a.id < b.id ? -1 : a.id > b.id ? 1 : a.example < b.example ? -1 : 1);

/** What one strand may be joined by, and in what words. */
export interface Tie {
  key: string;
  why: string;
}

/** More accounts on a host, or hosts of anything else, than these, and it joins nothing by itself: it is everybody's. */
const SHARED = { host: 6, user: 10, ip: 3, domain: 3, hash: 3, process: 1 } as const;

/**
 * By what a strand joins others: things that few share. What many share (a directory server, a service account, a popular site) joins
 * only together with something else: the same account on the same server, or the same server where no account is known.
 */
export function tiesOf(strand: Pick<Strand, 'links' | 'id' | 'first'>, common: Commonness): Tie[] {
  const ties: Tie[] = [];
  const hosts = strand.links.filter(({ kind }) => kind === 'host');
  const users = strand.links.filter(({ kind }) => kind === 'user');
  for (const link of strand.links) {
    const spread = common.spread(link);
    if (spread > SHARED[link.kind]) continue;
    const seen =
      spread === 0 ? '' : link.kind === 'host' ? `, ${spread} accounts` : `, on ${spread} of ${common.hosts} hosts`;
    ties.push({ key: keyOf(link), why: `the same ${NAMES[link.kind]} ${link.value}${seen}` });
  }
  for (const { kind, value } of strand.links) {
    const owner = kind === 'ip' ? common.hostOf(value, strand.first) : undefined;
    if (owner === undefined || hosts.some((own) => own.value === owner)) continue;
    const link = { kind: 'host' as const, value: owner };
    const why = `the same host ${owner}, whose address ${value} is`;
    if (common.spread(link) <= SHARED.host) ties.push({ key: keyOf(link), why });
    else
      for (const user of users)
        ties.push({
          key: `${keyOf(link)} ${keyOf(user)}`,
          why: `the same account ${user.value} on ${owner} (${value})`,
        });
  }
  const host = hosts[0];
  if (host && common.spread(host) > SHARED.host) {
    for (const user of users)
      ties.push({ key: `${keyOf(host)} ${keyOf(user)}`, why: `the same account ${user.value} on ${host.value}` });
    if (users.length === 0 && hosts.length === 1)
      ties.push({ key: `${keyOf(host)} nobody`, why: `the same host ${host.value}, without an account` });
  }
  return ties;
}
const NAMES = {
  host: 'host',
  user: 'account',
  ip: 'address',
  domain: 'domain',
  hash: 'program (hash)',
  process: 'process',
};

/** Strands that belong together, and by what. */
export interface Cluster {
  /** In time. */
  strands: Strand[];
  /** Why, each reason once, in the order of time. */
  ties: string[];
}

/**
 * Strands that hang together by ties within the window. It depends on the set alone: neither on order nor on how it came in parts.
 * @param strands woven
 */
export function cluster(strands: readonly Strand[], common: Commonness, window = WINDOW_MS): Cluster[] {
  const sorted = [...strands].sort(inTime);
  const parent = sorted.map((_, i) => i);
  const find = (i: number): number => {
    let root = i;
    while (parent[root] !== root) root = parent[root]!;
    for (let at = i; parent[at] !== root; ) [at, parent[at]] = [parent[at]!, root];
    return root;
  };
  /** By tie: the strand that reaches furthest of those so far. */
  const open = new Map<string, number>();
  const why = new Map<number, string[]>();
  sorted.forEach((strand, i) => {
    const ties = tiesOf(strand, common);
    const glue = strand.glue === undefined ? [] : [{ key: `glue ${strand.glue}`, why: '' }];
    for (const { key, why: reason } of [...glue, ...(ties.length > 0 ? ties : [alone(strand)])]) {
      const before = open.get(key);
      if (before !== undefined && (reason === '' || strand.first - sorted[before]!.last <= window)) {
        const [a, b] = [find(before), find(i)];
        if (a !== b) {
          const [low, high] = a < b ? [a, b] : [b, a];
          parent[high] = low;
          why.set(low, [...(why.get(low) ?? []), reason, ...(why.get(high) ?? [])]);
          why.delete(high);
        }
        if (sorted[before]!.last >= strand.last) continue;
      }
      open.set(key, i);
    }
  });
  const clusters = new Map<number, Cluster>();
  sorted.forEach((strand, i) => {
    const root = find(i);
    const found = clusters.get(root);
    if (found) found.strands.push(strand);
    else
      clusters.set(root, {
        strands: [strand],
        ties: [...new Set(why.get(root) ?? [])].filter((reason) => reason !== ''),
      });
  });
  return [...clusters.values()];
}

/** What shares nothing rare with anybody still belongs with its like: the same rule on the same things. */
const alone = (strand: Strand): Tie => ({
  key: createHash('sha256').update(signatureOf(strand)).digest('hex'),
  why: 'the same rule on the same things',
});
