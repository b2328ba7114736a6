import { forms } from './case/forms.js';
import { link, merge, split } from './case/links.js';
import { note, timeline } from './case/notes.js';
import { open } from './case/open.js';
import { assign, handover, role } from './case/people.js';
import { publish, unpublish } from './case/publish.js';
import { list, show } from './case/show.js';
import { task } from './case/task.js';
import { mayUse, type Verb } from './case/words.js';
import { close, priority, reopen, severity, state, title, type } from './case/work.js';
import type { Command } from './types.js';
import { noSuchVerb, wordsOf } from './words/verbs.js';

const VERBS: readonly Verb[] = [
  ...[open, show, list, state, severity, priority, title, type, assign, role, handover],
  ...[task, note, timeline, link, merge, split, publish, unpublish, close, reopen],
];

const command: Command = {
  name: 'case',
  summary: 'Cases: an incident being responded to, with its people, tasks, timeline and clocks.',
  usage: 'case <verb> [n] …',
  examples: [
    'case open 12',
    'case list',
    ...VERBS.filter(({ name }) => name !== 'open' && name !== 'list').map(({ example }) => example),
  ],
  details: VERBS.map(({ name, usage, says }) => `case ${name} ${usage}: ${says}.`),
  related: ['brief', 'war-room', 'alert', 'report'],
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
    if (word === '') return context.case ? show.run(context, []) : list.run(context, []);
    if (/^#?\d+$/.test(word)) return show.run(context, [word, ...rest]);
    throw noSuchVerb(command, VERBS, word);
  },
};
export default command;
