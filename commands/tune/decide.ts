import type { Exception } from '../../engine/store/exceptions.js';
import { broadness, effectOf } from '../../engine/triage/tune/effect.js';
import { tuningChanged } from '../../engine/triage/tune/live.js';
import { knownFormats } from '../../engine/triage/tune/reread.js';
import { accept, exceptionOf, extend, revoke } from '../../engine/triage/tune/work.js';
import type { Card } from '../cards/card.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { need } from '../words/preconditions.js';
import { didYouMean } from '../words/suggest.js';
import { leadFor, takeDays, takeException, withoutBecause } from './read.js';
import { exceptionCard } from './show.js';

/** `tune accept E7 monitor|active [anyway] [days] [reason]`. */
export async function acceptException(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  const { number, rest } = takeException(command, args);
  const [word = '', ...words] = rest;
  const as = word.toLowerCase();
  if (as !== 'monitor' && as !== 'active')
    throw wrongUsage(
      command,
      `accept E${number} as what? monitor counts what it would hide, active hides it.${didYouMean(word, ['monitor', 'active'])}`,
    );
  if (as === 'active') need(leadFor('letting an exception hide'), context);
  const anyway = words[0]?.toLowerCase() === 'anyway';
  const { days, rest: because } = takeDays(anyway ? words.slice(1) : words);
  const reason = withoutBecause(because);
  const { tenant, clock } = context;
  const exception = await exceptionOf(tenant, number);
  // Judged again now: what was a harmless history when it was proposed may have become another one.
  const effect = await effectOf(tenant, await knownFormats(), exception, clock());
  if (anyway && reason.length === 0)
    throw wrongUsage(command, `accept E${number} active anyway <reason>: say why those alerts were no attacks.`);
  const done = await accept(tenant, number, by(context), clock, {
    as,
    reason: reason.join(' '),
    days,
    broad: broadness(exception, effect),
    truePositives: effect.truePositives.detections,
    anyway,
  });
  const verb = as === 'active' ? 'hides' : 'counts';
  const same = done.revision === exception.revision;
  return tell(context, done, same ? `${verb} already: extend gives it more time` : `${verb} from now on`);
}

/** `tune revoke E7 <reason>`. */
export async function revokeException(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  const { number, rest: words } = takeException(command, args);
  const rest = withoutBecause(words);
  if (rest.length === 0) throw wrongUsage(command, `a reason is needed: tune revoke E${number} <reason>.`);
  const done = await revoke(context.tenant, number, by(context), context.clock, rest.join(' '));
  return tell(context, done, 'revoked');
}

/** `tune extend E7 [days] <reason>`. */
export async function extendException(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  const { number, rest } = takeException(command, args);
  const { days, rest: because } = takeDays(rest);
  const reason = withoutBecause(because);
  if (reason.length === 0) throw wrongUsage(command, `a reason is needed: tune extend E${number} [days] <reason>.`);
  if ((await exceptionOf(context.tenant, number)).state === 'active')
    need(leadFor('letting an exception hide for longer'), context);
  const done = await extend(context.tenant, number, by(context), context.clock, days, reason.join(' '));
  return tell(context, done, `lasts ${days} more days`);
}

const by = ({ person }: Context) => ({ id: person._id, name: person.name });

async function tell(context: Context, exception: Exception, what: string): Promise<Card> {
  await tuningChanged(context.queues.redis, context.queues.prefix, context.tenant.id);
  const card = await exceptionCard(context, exception, `E${exception.number} ${clip(what, 80)}`);
  return { ...card, tone: card.tone === 'critical' ? card.tone : 'ok' };
}
