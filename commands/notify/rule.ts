import type { Level } from '../../engine/detect/types.js';
import type { Policy } from '../../engine/notify/policy.js';
import type { Command } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { didYouMean } from '../words/suggest.js';
import { readLevels } from './levels.js';

/** A chat's own way to write a channel: `<#C0123|soc>`. */
const CHANNEL_MENTION = /^<#(\w+)(?:\|[^>]*)?>$/;
const PARTS = ['in', 'escalate', 'quiet', 'through', 'digest', 'every'] as const;

/** A policy as written, before it is checked: rules hold what the words said. */
type Draft = Omit<Policy, 'rules'> & { rules: unknown[] };

/**
 * `now|digest|never …` for these levels: one new rule takes their place in all others. What the words do not say of a rule that was
 * there for exactly these levels, stays as it was.
 * @throws MdrError MDR_COMMAND_USAGE
 */
export function setRule(command: Command, policy: Policy, levels: readonly Level[], words: readonly string[]): Draft {
  const [send = '', ...rest] = words;
  const before = policy.rules.find((rule) => rule.levels?.join() === levels.join());
  const said = send.toLowerCase();
  const rule: Record<string, unknown> = { levels: [...levels], to: before?.to ?? ['provider'] };
  let parts: readonly string[] = rest;
  if (said === 'now') {
    Object.assign(rule, { send: 'at once', escalate: before?.escalate, quiet: before?.quiet ?? [] });
    if (before?.send === 'at once') rule.digest = before.digest;
  } else if (said === 'digest') {
    Object.assign(rule, { send: 'digest', digest: before?.digest });
    // The times may stand right behind the word.
    if (rest[0] !== undefined && !PARTS.includes(rest[0].toLowerCase() as (typeof PARTS)[number]))
      parts = ['digest', ...rest];
  } else if (said === 'never') rule.send = 'never';
  else
    throw wrongUsage(
      command,
      `"${clip(send, 40)}" is not a way to tell: now, digest or never.${didYouMean(send, ['now', 'digest', 'never'])}`,
    );
  readParts(command, rule, parts);
  const others = policy.rules.flatMap((other) => {
    if (!other.levels) return [other];
    const left = other.levels.filter((level) => !levels.includes(level));
    return left.length > 0 ? [{ ...other, levels: left }] : [];
  });
  // Rules by score come first, as they were.
  const scores = others.filter((other) => !other.levels);
  return { ...policy, rules: [...scores, rule, ...others.filter((other) => other.levels)] };
}

function readParts(command: Command, rule: Record<string, unknown>, words: readonly string[]): void {
  for (let i = 0; i < words.length; ) {
    const part = words[i]!.toLowerCase();
    const value = words[i + 1];
    if (value === undefined) throw wrongUsage(command, `something is missing after "${clip(words[i]!, 40)}".`);
    i += 2;
    if (part === 'in') rule.to = value.split(',').filter(Boolean).map(channelWord);
    else if (part === 'escalate') rule.escalate = /^(nobody|none|off)$/i.test(value) ? undefined : value.toLowerCase();
    else if (part === 'quiet') rule.quiet = /^(none|off)$/i.test(value) ? [] : [spanOf(command, value)];
    else if (part === 'through') {
      const levels = readLevels(value);
      const quiet = rule.quiet as Record<string, unknown>[] | undefined;
      if (!levels || !quiet?.length)
        throw wrongUsage(command, 'levels break "through" quiet hours: quiet 22:00-07:00 through critical.');
      rule.quiet = quiet.map((span) => ({ ...span, through: levels }));
    } else if (part === 'every') rule.digest = { every: Number(/^(\d{1,2})h?$/i.exec(value)?.[1]) };
    else if (part === 'digest') {
      const every = /^every$/i.test(value) ? words[i++] : undefined;
      rule.digest = every ? { every: Number(/^(\d{1,2})h?$/i.exec(every)?.[1]) } : value.split(',').filter(Boolean);
    } else throw wrongUsage(command, `"${clip(part, 40)}" is not understood.${didYouMean(part, PARTS)}`);
  }
}

function spanOf(command: Command, value: string): { from: string; to: string } {
  const [, from, to] = /^(\d\d:\d\d)[-–](\d\d:\d\d)$/.exec(value) ?? [];
  if (from && to) return { from, to };
  throw wrongUsage(command, `"${clip(value, 40)}" are no quiet hours: write them as 22:00-07:00.`);
}

/** `slack:C0123`, `<#C0123|soc>` as Slack sends it, `provider` or `console`. */
function channelWord(word: string): string {
  const mentioned = CHANNEL_MENTION.exec(word)?.[1];
  return mentioned ? `slack:${mentioned}` : word;
}
