import { idOf } from '../../../ids.js';
import { LEVELS, type Level } from '../../types.js';
import type { IndicatorHit, IndicatorType, Known, Role } from '../types.js';

/** Least confidence for each level, before what the event says raises doubts. */
const LEVEL_FROM: [number, Level][] = [
  [75, 'high'],
  [50, 'medium'],
  [25, 'low'],
  [0, 'informational'],
];
/** Roles in which an indicator says less: the Internet knocks at every door, and a mention is not a visit. */
const WEAK: ReadonlySet<Role> = new Set(['source', 'answer', 'sender', 'mentioned']);
/** Roles in which a blocked event means that nothing came of it: the other side did all that was done. */
const FROM_OUTSIDE: ReadonlySet<Role> = new Set(['source', 'actor', 'sender']);
/** Prefix lengths below which a range says little of one address in it. */
const NARROW = { v4: 24, v6: 48 };

const NAMES: Record<IndicatorType, string> = {
  ip: 'address',
  domain: 'domain',
  url: 'URL',
  md5: 'file (MD5)',
  sha1: 'file (SHA-1)',
  sha256: 'file (SHA-256)',
  imphash: 'import table (imphash)',
  email: 'e-mail address',
};
const SAYS: Record<Role, string> = {
  destination: 'traffic went to it',
  source: 'traffic came from it',
  actor: 'somebody acted from there with an account',
  query: 'its address was asked for',
  answer: 'a name server answered with it',
  file: 'a file here has this hash',
  sender: 'a mail came from it',
  recipient: 'a mail went to it',
  mentioned: 'it stands in the text of the event',
};
const TACTICS: Record<Role, string[]> = {
  destination: ['command-and-control'],
  query: ['command-and-control'],
  answer: ['command-and-control'],
  recipient: ['exfiltration'],
  source: ['reconnaissance'],
  actor: ['initial-access'],
  sender: ['initial-access'],
  file: ['execution'],
  mentioned: [],
};
const MAX_SHOWN = 120;
const MAX_ID_VALUE = 80;

/**
 * How grave a hit is. By confidence: 75 high, 50 medium, 25 low, else informational. One level less when the role is weak, when the
 * indicator is a wide range, and when our own outgoing attempt was blocked; an attempt from outside that was blocked is
 * informational. See docs/indicators.md.
 */
export function levelOf(known: Pick<Known, 'type' | 'value' | 'confidence'>, role: Role, blocked: boolean): Level {
  if (blocked && FROM_OUTSIDE.has(role)) return 'informational';
  const level = LEVEL_FROM.find(([from]) => known.confidence >= from)![1];
  const doubts = Number(WEAK.has(role)) + Number(isWide(known)) + Number(blocked);
  return LEVELS[Math.max(0, LEVELS.indexOf(level) - doubts)]!;
}

function isWide({ type, value }: Pick<Known, 'type' | 'value'>): boolean {
  if (type !== 'ip' || !value.includes('/')) return false;
  return Number(value.split('/')[1]) < (value.includes(':') ? NARROW.v6 : NARROW.v4);
}

/** Id under which hits of one indicator are known as a rule. Long values are hashed. */
export const ruleIdOf = (type: IndicatorType, value: string): string =>
  `indicator:${type}:${value.length > MAX_ID_VALUE ? idOf(value) : value}`;

/** What a hit says of itself, as a rule does. */
export function hitOf(
  indicator: Known,
  { sources, field, seen, role, blocked }: Pick<IndicatorHit, 'sources' | 'field' | 'seen' | 'role' | 'blocked'>,
): IndicatorHit {
  const { type, value, confidence, threat } = indicator;
  const shown = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  const others = sources.length > 1 ? ` and ${sources.length - 1} more` : '';
  const of = threat ? `, ${threat.name}` : '';
  return {
    id: ruleIdOf(type, value),
    title: `Known bad ${NAMES[type]} ${shown} (source ${indicator.source}${others}, confidence ${confidence}${of})`,
    level: levelOf(indicator, role, blocked),
    techniques: threat?.techniques ?? [],
    tactics: TACTICS[role],
    file: '',
    description: `Seen in ${field}: ${SAYS[role]}${blocked ? ', and it was blocked' : ''}. Known from ${sources.join(', ')}.`,
    falsepositives: ['Addresses and names change hands, and many sites share one: look at how old the indicator is.'],
    indicator,
    sources,
    field,
    seen: seen.slice(0, MAX_SHOWN),
    role,
    blocked,
  };
}
