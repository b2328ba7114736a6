import { run } from './playbook/begin.js';
import { forms } from './playbook/forms.js';
import { list, of, show } from './playbook/show.js';
import { mayUse, type Verb } from './playbook/words.js';
import { agree, choose, disagree, done, leave, pause, resume, retry, signal, stop } from './playbook/work.js';
import type { Command } from './types.js';
import { noSuchVerb, wordsOf } from './words/verbs.js';

const VERBS: readonly Verb[] = [
  ...[run, show, of, list, done, choose, agree, disagree],
  ...[retry, leave, signal, pause, resume, stop],
];

const command: Command = {
  name: 'playbook',
  summary: 'Playbooks on a case: begin one, go through its steps, pause, stop, take back.',
  usage: 'playbook <verb> …',
  examples: [
    'playbook of 4',
    'playbook list',
    ...VERBS.filter((verb) => verb !== of && verb !== list).map(({ example }) => example),
  ],
  details: [
    ...VERBS.map(({ name, usage, says }) => `playbook ${name} ${usage}: ${says}.`),
    'Its steps for people are tasks of the case too: a task that is done is a step that is done. Dangerous actions wait for a second person.',
  ],
  related: ['case', 'actions', 'war-room'],
  forms,
  role: 'viewer',
  async run(context, args) {
    const { word, rest } = wordsOf(args);
    const said = word.toLowerCase();
    const verb = VERBS.find(({ name }) => name === said);
    if (verb) {
      mayUse(verb, context);
      return verb.run(context, rest);
    }
    if (word === '' && context.case) return of.run(context, []);
    if (word === '' || /^#?\d+$/.test(word)) {
      const shown = word === '' ? list : show;
      mayUse(shown, context);
      return shown.run(context, word === '' ? [] : [word, ...rest]);
    }
    throw noSuchVerb(command, VERBS, word);
  },
};
export default command;
