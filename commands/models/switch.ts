import { modelCalled } from '../../engine/hunt/models/index.js';
import type { Model } from '../../engine/hunt/models/types.js';
import { ruleOfModel } from '../../engine/hunt/runner/found.js';
import { kept } from '../../engine/hunt/runner/keep.js';
import { log } from '../../engine/log.js';
import { tuningChanged } from '../../engine/triage/tune/live.js';
import { tuneRule } from '../../engine/triage/tune/rules.js';
import type { Card } from '../cards/card.js';
import type { Command, Context } from '../types.js';
import { wrongUsage } from '../words/arguments.js';
import { modelCard } from './show.js';

/** `models off <name> <reason>`, `models on <name> <reason>`. */
export async function switchModel(
  command: Command,
  context: Context,
  off: boolean,
  args: readonly string[],
): Promise<Card> {
  const { model, reason } = await read(command, off ? 'off' : 'on', args);
  const verb = off ? 'off' : 'on';
  const by = { id: context.person._id, name: context.person.name };
  const { outcome } = await tuneRule(context.tenant, ruleOfModel(model), by, context.clock, reason, (now) => ({
    ...now,
    disabled: off,
  }));
  if (outcome === 'done') await tuningChanged(context.queues.redis, context.queues.prefix, context.tenant.id);
  const card = await modelCard(context, model);
  return {
    ...card,
    title: `${outcome === 'already' ? 'It was' : 'Now'} ${verb}: ${model.title} (${model.name})`,
    tone: 'ok',
  };
}

/** `models again <name> <reason>`: what was learned of an attack, or before logs were copied in, is forgotten. */
export async function learnAgain(command: Command, context: Context, args: readonly string[]): Promise<Card> {
  const { model, reason } = await read(command, 'again', args);
  const { redis, prefix } = context.queues;
  await kept(redis, prefix, context.tenant.id).ask(model.name);
  log.info(
    { tenant: context.tenant.id, model: model.name, by: context.person._id, reason },
    'a hunting model learns anew',
  );
  const card = await modelCard(context, model);
  return { ...card, title: `Learns anew with its next run: ${model.title} (${model.name})`, tone: 'ok' };
}

async function read(
  command: Command,
  verb: string,
  args: readonly string[],
): Promise<{ model: Model; reason: string }> {
  const [name, ...words] = args;
  if (name === undefined) throw wrongUsage(command, `which model? models ${verb} <name> <reason>.`);
  const model = await modelCalled(name);
  const reason = words.join(' ').trim();
  if (reason === '')
    throw wrongUsage(command, `a reason is needed, for those who come after: models ${verb} ${model.name} <reason>.`);
  return { model, reason };
}
