import { decline, hold, release, take, transfer } from './evidence/change.js';
import { forms } from './evidence/forms.js';
import { agree, disagree, dispose, keep, schedule } from './evidence/keep.js';
import { holds, key, list, show } from './evidence/show.js';
import { mayUse, type Verb } from './evidence/words.js';
import { add, exported, verify } from './evidence/work.js';
import type { Command } from './types.js';
import { noSuchVerb, wordsOf } from './words/verbs.js';

const VERBS: readonly Verb[] = [
  ...[list, show, add, transfer, take, decline, hold, holds, release],
  ...[keep, schedule, dispose, agree, disagree, verify, exported, key],
];

const command: Command = {
  name: 'evidence',
  summary: 'Evidence: what is kept for a case, in whose custody, under which hold; verify it, export it.',
  usage: 'evidence <verb> …',
  examples: ['evidence list case 4', ...VERBS.filter(({ name }) => name !== 'list').map(({ example }) => example)],
  details: VERBS.map(({ name, usage, says }) => `evidence ${name} ${usage}`.trim().concat(`: ${says}.`)),
  related: ['case', 'report'],
  forms,
  role: 'viewer',
  async run(context, args) {
    const { word, rest } = wordsOf(args);
    const said = word.toLowerCase() || 'list';
    const verb = VERBS.find(({ name }) => name === said) ?? (/^#?EV[1-9]\d*$/i.test(word) ? show : undefined);
    if (!verb) {
      throw noSuchVerb(command, VERBS, word);
    }
    mayUse(verb, context);
    return verb.run(context, verb === show && said !== 'show' ? [word, ...rest] : rest);
  },
};
export default command;
