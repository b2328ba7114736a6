import { ON_CALL, type Policy } from '../../engine/notify/policy.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { personCalled } from '../words/person.js';

interface Step {
  after: number;
  people: string[];
  page: string[];
}

/**
 * `chain <name> 5 ana 15 bo,cara 25 pagerduty [repeat 2 every 60]`, or `chain <name> off`.
 * @returns the policy's chains with this one changed, not yet checked
 * @throws MdrError MDR_COMMAND_USAGE
 */
export async function setChain(
  command: Command,
  context: Context,
  policy: Policy,
  words: readonly string[],
): Promise<Record<string, unknown>> {
  const [name = '', ...rest] = words;
  const key = name.toLowerCase();
  if (key === '') throw wrongUsage(command, 'which chain? It has a name: notify set chain soc 5 ana 15 bo.');
  const { [key]: before, ...others } = policy.chains;
  if (/^(off|none)$/i.test(rest[0] ?? '') && rest.length === 1) {
    if (!before) throw wrongUsage(command, `there is no chain "${clip(key, 40)}".`);
    return others;
  }
  const steps: Step[] = [];
  let repeat: { times: number; every: number } | undefined;
  for (let i = 0; i < rest.length; ) {
    const word = rest[i]!;
    if (word.toLowerCase() === 'repeat') {
      const [, times, every, minutes] = rest.slice(i);
      if (every?.toLowerCase() !== 'every' || rest.length > i + 4)
        throw wrongUsage(command, 'a chain is repeated so many times, so many minutes apart: repeat 2 every 60.');
      repeat = { times: Number(times), every: Number(minutes) };
      break;
    }
    const after = Number(/^(\d{1,4})m?$/.exec(word)?.[1]);
    const who = rest[i + 1];
    if (Number.isNaN(after) || who === undefined)
      throw wrongUsage(command, `"${clip(word, 40)}": a step is minutes and whom to call, as in 5 ana.`);
    steps.push({ after, ...(await calledBy(command, context, policy, who)) });
    i += 2;
  }
  return { ...others, [key]: { steps, ...(repeat && { repeat }) } };
}

/** `ana,pagerduty`: ways of the policy by their names, and people. */
async function calledBy(
  command: Command,
  context: Context,
  policy: Policy,
  text: string,
): Promise<Pick<Step, 'people' | 'page'>> {
  const found: Pick<Step, 'people' | 'page'> = { people: [], page: [] };
  for (const word of text.split(',').filter(Boolean)) {
    if (word.toLowerCase() === ON_CALL) found.people.push(ON_CALL);
    else if (Object.hasOwn(policy.ways, word.toLowerCase())) found.page.push(word.toLowerCase());
    else found.people.push((await personCalled(command, context, word)).id);
  }
  return found;
}
