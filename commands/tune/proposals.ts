import { MdrError } from '../../engine/errors.js';
import type { Proposal } from '../../engine/store/proposals.js';
import { broadness, effectOf } from '../../engine/triage/tune/effect.js';
import { tuningChanged } from '../../engine/triage/tune/live.js';
import { catalogued, checkStep, decide, proposalOf, refreshProposals } from '../../engine/triage/tune/proposals.js';
import { knownFormats } from '../../engine/triage/tune/reread.js';
import { tuneRule, tuningOf } from '../../engine/triage/tune/rules.js';
import { accept, exceptionOf, propose, revoke } from '../../engine/triage/tune/work.js';
import type { Card } from '../cards/card.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { need } from '../words/preconditions.js';
import { proposalCard, proposalsCard } from './proposal-cards.js';
import { leadFor, readProposal, takeDays, withoutBecause } from './read.js';

/** `tune proposals`: what verdicts suggest now. */
export async function proposals(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  if (args.length > 0) throw wrongUsage(command, 'tune proposals takes no words; tune show P3 shows one.');
  const open = await refreshProposals(context.tenant, await knownFormats(), context.clock());
  return proposalsCard(open, context);
}

/** The proposal named by the first word, `P3`, and the words after it. @throws MdrError MDR_COMMAND_USAGE */
function take(command: Command, args: readonly string[]): { number: number; rest: readonly string[] } {
  const number = readProposal(args[0] ?? '');
  if (number !== null) return { number, rest: args.slice(1) };
  throw wrongUsage(command, `"${clip(args[0] ?? '', 40)}" is not a proposal's number, such as P3.`);
}

/** `tune show P3`. */
export async function showProposal(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  return proposalCard(await proposalOf(context.tenant, take(command, args).number), context);
}

/** `tune accept P3 [monitor | active] [days] [reason]`: an exception, or a level, made in the name of whoever says so. */
export async function acceptProposal(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  const { number, rest } = take(command, args);
  const proposal = await proposalOf(context.tenant, number);
  checkStep(proposal, 'accepted');
  if (proposal.state === 'accepted') return proposalCard(proposal, context, `P${number} was accepted already`);
  const led =
    proposal.change.kind === 'exception'
      ? await makeException(command, context, proposal, rest)
      : await makeLevel(context, proposal, rest);
  await changed(context);
  const done = await decide(context.tenant, number, by(context), context.clock, { state: 'accepted', ...led });
  return proposalCard(done, context, `P${number} accepted: ${led.text}`);
}

type Led = Pick<Parameters<typeof decide>[4], 'text' | 'led'>;

async function makeException(
  command: Command,
  context: Context,
  { number, rule, change, alert, seen }: Proposal,
  [word = '', ...words]: readonly string[],
): Promise<Led> {
  const as = word.toLowerCase();
  if (as !== 'monitor' && as !== 'active')
    throw wrongUsage(command, `accept P${number} as what? monitor counts what it would hide, active hides it.`);
  if (change.kind !== 'exception') throw new Error('a level is no exception');
  if (as === 'active') need(leadFor('letting an exception hide'), context);
  const { tenant, clock } = context;
  const { days, rest } = takeDays(words);
  const wrong = seen.benign + seen.false;
  const reason =
    withoutBecause(rest).join(' ') || `P${number}: ${wrong} of ${wrong + seen.real} judged alerts were not real`;
  // Its own level counts: one that was lowered here must not make a critical rule look harmless.
  const own = await catalogued(tenant, rule.id);
  const rules = [{ ...rule, level: own?.level ?? rule.level }];
  const exception = await propose(tenant, { rules, conditions: change.conditions, reason, alert }, by(context), clock);
  const effect = await effectOf(tenant, await knownFormats(), exception, clock());
  const done = await accept(tenant, exception.number, by(context), clock, {
    ...{ as, reason, days, anyway: false },
    broad: broadness(exception, effect),
    truePositives: effect.truePositives.detections,
  });
  return {
    text: `E${done.number} ${as === 'active' ? 'hides' : 'counts'} from now on`,
    led: { exception: done.number },
  };
}

async function makeLevel(
  context: Context,
  { number, rule, change, seen }: Proposal,
  words: readonly string[],
): Promise<Led> {
  if (change.kind !== 'level') throw new Error('an exception is no level');
  need(leadFor('changing the level of a rule'), context);
  const { tenant, clock } = context;
  const own = await catalogued(tenant, rule.id);
  if (!own)
    throw new MdrError('MDR_RULE_UNKNOWN', 'this rule is not there any more.', 'Nothing is left to do: dismiss it.');
  const before = (await tuningOf(tenant, rule.id))?.level ?? null;
  const wrong = seen.benign + seen.false;
  const reason =
    withoutBecause(words).join(' ') || `P${number}: ${wrong} of ${wrong + seen.real} judged alerts were not real`;
  await tuneRule(tenant, own, by(context), clock, reason, (now) => ({ ...now, level: change.level }));
  return { text: `its level is ${change.level} here from now on`, led: { before } };
}

/** `tune dismiss P3 <reason>`. */
export async function dismissProposal(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  const { number, rest } = take(command, args);
  const reason = withoutBecause(rest).join(' ');
  if (reason === '') throw wrongUsage(command, `a reason is needed: tune dismiss P${number} <reason>.`);
  const done = await decide(context.tenant, number, by(context), context.clock, {
    ...{ state: 'dismissed', text: `Dismissed: ${reason}` },
  });
  return proposalCard(done, context, `P${number} dismissed`);
}

/** `tune undo P3`: what was accepted is taken back, what was dismissed is open again. */
export async function undoProposal(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  const { number, rest } = take(command, args);
  if (rest.length > 0) throw wrongUsage(command, `tune undo P${number} takes no further words.`);
  const { tenant, clock } = context;
  const proposal = await proposalOf(tenant, number);
  checkStep(proposal, 'open');
  const { state, change, rule, decided } = proposal;
  if (state === 'accepted' && change.kind === 'level') {
    need(leadFor('changing the level of a rule'), context);
    const own = await catalogued(tenant, rule.id);
    // A level that somebody else has set since is theirs.
    const back = decided?.before ?? null;
    if (own)
      await tuneRule(tenant, own, by(context), clock, `P${number} is taken back`, (now) =>
        now.level === change.level ? { ...now, level: back } : now,
      );
  }
  if (state === 'accepted' && decided?.exception !== undefined) {
    const exception = await exceptionOf(tenant, decided.exception);
    if (exception.state !== 'expired' && exception.expires > clock())
      await revoke(tenant, exception.number, by(context), clock, `P${number} is taken back`);
  }
  await changed(context);
  const done = await decide(tenant, number, by(context), clock, { state: 'open', text: 'Taken back' });
  return proposalCard(done, context, `P${number} is open again`);
}

const by = ({ person }: Context) => ({ id: person._id, name: person.name });

const changed = ({ queues, tenant }: Context) => tuningChanged(queues.redis, queues.prefix, tenant.id);
