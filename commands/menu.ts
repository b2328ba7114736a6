import { MdrError } from '../engine/errors.js';
import { isAtLeast } from '../engine/store/people.js';
import type { Action, Card, Inline } from './cards/card.js';
import type { Command, Context } from './types.js';
import { clip } from './words/arguments.js';

const menu: Command = {
  name: 'menu',
  summary: 'What you may do here, with buttons.',
  usage: 'menu',
  examples: ['menu'],
  related: ['help', 'alerts'],
  role: 'viewer',
  async run(context, args) {
    const word = args[0]?.toLowerCase();
    if (word === undefined) return buttons(context);
    // What a button of the menu says.
    const command = allowed(context).find(({ name }) => name === word);
    if (command && runsAlone(command)) return command.run(context, []);
    throw new MdrError(
      'MDR_COMMAND_UNKNOWN',
      `"${clip(word, 40)}" cannot be started from the menu.`,
      'Type /mdr help for all commands.',
    );
  },
};
export default menu;

/** Commands of this person's role, here. */
const allowed = ({ commands, role, internal }: Context): Command[] =>
  commands.filter((command) => isAtLeast(role, command.role) && (internal || !command.form?.internal));

/** Whether a command says something useful without any further word. */
const runsAlone = ({ name, usage, form }: Command): boolean =>
  !form && !/<|\[n\]/.test(usage) && name !== 'menu' && name !== 'form';

function buttons(context: Context): Card {
  const { tenant, role } = context;
  const mine = allowed(context);
  const action = (rest: Pick<Action, 'id' | 'label' | 'command' | 'record'>): Action => ({
    tenant: tenant.id,
    ...rest,
  });
  const alone = mine.filter(runsAlone);
  const forms = mine.filter(({ form }) => form);
  const typed = mine.filter(
    (command) => !alone.includes(command) && !command.form && !['menu', 'form'].includes(command.name),
  );
  return {
    title: `What you may do for ${tenant.tenant.name} (${tenant.id})`,
    tone: 'neutral',
    blocks: [
      {
        kind: 'actions',
        actions: alone.map(({ name }) => action({ id: name, label: capital(name), command: 'menu', record: name })),
      },
      {
        kind: 'actions',
        actions: forms.map(({ name }) =>
          action({ id: name, label: `${capital(name)}…`, command: 'form', record: name }),
        ),
      },
      {
        kind: 'list',
        items: typed.map((command): Inline => [{ code: `/mdr ${command.usage}` }, ` ${command.summary}`]),
      },
      {
        kind: 'note',
        text: [
          `You are ${role} here. Next: Alerts shows what is open; `,
          { code: '/mdr help' },
          ' explains each command.',
        ],
      },
    ],
  };
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
