import { readPolicy } from '../../engine/notify/check.js';
import { DEFAULT_POLICY, type Policy, policyOf } from '../../engine/notify/policy.js';
import { savePolicy, versionsOf } from '../../engine/notify/save.js';
import type { Card } from '../cards/card.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { didYouMean } from '../words/suggest.js';
import { setChain } from './chain.js';
import { readLevels } from './levels.js';
import { setRule } from './rule.js';
import { policyLines } from './words.js';

const THINGS = ['chain', 'repeats', 'storm', 'zone'] as const;

/** `notify set …`: one part of the policy. @throws MdrError MDR_COMMAND_USAGE, MDR_POLICY, MDR_CONFLICT */
export async function set(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  const policy = policyOf(context.tenant.tenant);
  return save(context, await change(command, context, policy, args));
}

/** `notify reset`: what holds without a policy. */
export async function reset(context: Context): Promise<Card> {
  await savePolicy(context.tenant, null, context.person.name, context.clock);
  return done(context, DEFAULT_POLICY);
}

/** `notify undo`: the version before the present one. */
export async function undo(command: Command, context: Context): Promise<Card> {
  const versions = versionsOf(context.tenant.tenant);
  if (versions.length === 0) throw wrongUsage(command, 'nothing was changed yet, so there is nothing to undo.');
  const before = versions.at(-2)?.policy ?? null;
  return before === null ? reset(context) : save(context, before);
}

async function change(command: Command, context: Context, policy: Policy, args: readonly string[]): Promise<unknown> {
  const [what = '', ...words] = args;
  const levels = readLevels(what);
  if (levels) return setRule(command, policy, levels, words);
  switch (what.toLowerCase()) {
    case 'chain':
      return { ...policy, chains: await setChain(command, context, policy, words) };
    case 'zone':
      return { ...policy, zone: words[0] };
    case 'repeats': {
      const [hours = '', into, ...more] = words;
      if (/^(off|none)$/i.test(hours) && into === undefined) return { ...policy, repeats: undefined };
      const count = Number(/^(\d{1,3})h?$/i.exec(hours)?.[1]);
      if (Number.isNaN(count) || more.length)
        throw wrongUsage(command, 'write repeats 24h thread, repeats 24h digest or repeats off.');
      return { ...policy, repeats: { ...policy.repeats, hours: count, ...(into && { into: into.toLowerCase() }) } };
    }
    case 'storm': {
      const [posts = '', per, minutes = '', ...more] = words;
      if (/^(off|none)$/i.test(posts) && per === undefined) return { ...policy, storm: undefined };
      if (per?.toLowerCase() !== 'per' || more.length)
        throw wrongUsage(command, 'write storm 30 per 10m, or storm off.');
      const span = Number(/^(\d{1,3})m?$/i.exec(minutes)?.[1]);
      return { ...policy, storm: { ...policy.storm, posts: Number(posts), minutes: span } };
    }
  }
  const known = [...THINGS, 'critical', 'high', 'medium', 'low', 'informational', 'all'];
  throw wrongUsage(
    command,
    what === ''
      ? 'what is to be set? Levels, as in high+, or chain, repeats, storm, zone.'
      : `"${clip(what, 40)}" is neither levels nor ${THINGS.join(', ')}.${didYouMean(what, known)}`,
  );
}

async function save(context: Context, draft: unknown): Promise<Card> {
  const { tenant, person, clock } = context;
  const [people, secrets] = await Promise.all([context.people(), tenant.secrets.find({}, { limit: 100 })]);
  const known = { tenant: tenant.tenant, people, secrets: secrets.map(({ name }) => name), allowed: null };
  const policy = readPolicy(draft, known);
  await savePolicy(tenant, policy, person.name, clock);
  return done(context, policy);
}

async function done(context: Context, policy: Policy): Promise<Card> {
  const { tenant } = context.tenant;
  const names = new Map((await context.people()).map(({ _id, name }) => [_id, name]));
  return {
    title: `Changed: who is told of alerts of ${tenant.name} (${tenant._id})`,
    tone: 'ok',
    blocks: [
      { kind: 'list', items: policyLines({ policy, tenant, names }) },
      {
        kind: 'note',
        text: [
          'It holds for alerts from now on; what is held keeps its digest. Next: ',
          { code: '/mdr notify preview' },
          ' shows what it would have sent last night; ',
          { code: '/mdr notify test' },
          ' tries every way.',
        ],
      },
    ],
  };
}
