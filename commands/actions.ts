import { MdrError } from '../engine/errors.js';
import { approve, askUndo, checkAction, propose, refuse } from '../engine/respond/actions/requests.js';
import type { Saved } from '../engine/respond/actions/save.js';
import { caseOf } from '../engine/respond/case/join.js';
import { actionCard, argsInline, needsWords, overview, stateWords } from './actions/cards.js';
import {
  by,
  digestOfWaiting,
  mayAsk,
  partsOf,
  readAsking,
  requestOf,
  takeAction,
  USAGE,
  wrong,
} from './actions/words.js';
import type { Card } from './cards/card.js';
import type { Form } from './cards/form.js';
import type { Command, Context } from './types.js';
import { clip } from './words/arguments.js';
import { didYouMean } from './words/suggest.js';

type Verb = (context: Context, args: readonly string[]) => Promise<Card>;
const DIGEST = /^[0-9a-f]{32}$/;

const VERBS: Readonly<Record<string, Verb>> = {
  async request(context, args) {
    mayAsk(context, 'responder');
    const asking = readAsking(context, args);
    if (asking.case !== null) await caseOf(context.tenant, asking.case);
    const saved = await propose(await partsOf(context), by(context), requestOf(context), asking);
    return answer(context, saved);
  },
  async check(context, args) {
    mayAsk(context, 'responder');
    const asking = readAsking(context, args);
    const { says, already, needs, via, args: read } = await checkAction(await partsOf(context), asking);
    return {
      title: `Dry run: ${asking.action} would work`,
      tone: 'ok',
      blocks: [
        {
          kind: 'fields',
          fields: [
            { name: 'Tenant', value: `${context.tenant.tenant.name} (${context.tenant.id})` },
            { name: 'What', value: argsInline(read) },
            { name: 'What would happen', value: clip(already ? `nothing: ${says}` : says, 500) },
            { name: 'Via', value: via },
            { name: 'Needs', value: needsWords(needs) },
          ],
        },
        {
          kind: 'note',
          text: ['Nothing was changed. Next: ', { code: '/mdr actions request' }, ' with the same words asks for it.'],
        },
      ],
    };
  },
  async approve(context, args) {
    const { record, rest } = await takeAction(context, args);
    const [seen] = rest;
    if (rest.length > 1 || (seen !== undefined && !DIGEST.test(seen))) throw wrong('approving takes no further words.');
    // Whoever types the number is shown what they would agree to, and agrees with a click.
    if (seen === undefined && digestOfWaiting(record))
      return actionCard(context, record, `Approve action ${record.number}? This is all of it`);
    const parts = await partsOf(context);
    return answer(context, await approve(parts, context.person, requestOf(context), record.number, seen ?? ''));
  },
  async refuse(context, args) {
    const { record, rest } = await takeAction(context, args);
    // The button's form carries what it was opened with; whoever types the number refuses what waits now.
    const isBound = DIGEST.test(rest[0] ?? '');
    const reason = reasonOf(isBound ? rest.slice(1) : rest);
    const seen = isBound ? rest[0]! : (digestOfWaiting(record) ?? '');
    return answer(
      context,
      await refuse(await partsOf(context), context.person, requestOf(context), record.number, reason, seen),
    );
  },
  async undo(context, args) {
    mayAsk(context, 'analyst');
    const { record, rest } = await takeAction(context, args);
    const reason = reasonOf(rest);
    return answer(
      context,
      await askUndo(await partsOf(context), by(context), requestOf(context), record.number, reason),
    );
  },
  async show(context, args) {
    const { record, rest } = await takeAction(context, args);
    if (rest.length > 0) throw wrong('it shows one action, and takes no further words.');
    return actionCard(context, record);
  },
};

function reasonOf(words: readonly string[]): string {
  const reason = words
    .join(' ')
    .replace(/^(?:reason|because)\s+/i, '')
    .trim();
  if (reason === '') throw wrong('why? A few words are enough; they stay on the record.');
  return reason;
}

async function answer(context: Context, { record, changed }: Saved): Promise<Card> {
  if (record.case !== null)
    await context.queues.add('changes', { tenant: context.tenant.id, kind: 'case', number: record.case });
  if (record.case !== null && record.run !== undefined)
    await context.queues.add('playbooks', { tenant: context.tenant.id, case: record.case });
  const title = `Action ${record.number}: ${stateWords(record)}${changed ? '' : ' already; nothing was changed'}`;
  return actionCard(context, record, title);
}

const number: Form['fields'][number] = { name: 'number', label: 'Action', kind: 'text', hint: 'Its number' };
const why: Form['fields'][number] = { name: 'why', label: 'Why', kind: 'text', long: true };
/** What the button was shown with: something else is not refused in its place. */
const seen: Form['fields'][number] = {
  name: 'seen',
  label: 'As shown',
  kind: 'text',
  optional: true,
  hint: 'Leave it',
};

const actions: Command = {
  name: 'actions',
  summary: 'Actions: what is blocked, disabled or isolated now, what waits for approval; ask, approve, take back.',
  ...USAGE,
  examples: ['actions', ...USAGE.examples, 'actions check block-domain domain=evil.example', 'actions show 3'],
  details: [
    'request <action> name=value … [via=<connector>] [force] [case <n>] [reason …]: asks for an action; expires=4h takes it back by itself.',
    'check …: the same words as a dry run, which changes nothing.',
    'approve <n>, refuse <n> <reason>: never by whoever asked. undo <n> <reason>: takes it back.',
    'force overrules a warning; two people must approve that.',
  ],
  related: ['case', 'alert'],
  forms: {
    refuse: { title: 'Refuse an action', fields: [number, seen, why] },
    undo: { title: 'Take an action back', internal: true, fields: [number, why] },
  },
  role: 'viewer',
  async run(context, args) {
    // A button has one word for several: `approve:12:<digest>`.
    const [first = '', ...more] = args;
    const [word = '', ...joined] = first.split(':');
    const said = word.toLowerCase();
    if (said === '' || said === 'list') return overview(context);
    const verb = Object.hasOwn(VERBS, said) ? VERBS[said] : undefined;
    if (verb) return verb(context, [...joined.filter((part) => part !== ''), ...more]);
    if (/^#?\d+$/.test(word)) return VERBS.show!(context, [word, ...more]);
    const names = Object.keys(VERBS);
    throw new MdrError(
      'MDR_COMMAND_USAGE',
      `"${clip(word, 40)}" is nothing that actions does.${didYouMean(word, names)}`,
      `It does ${names.join(', ')}; for example: /mdr ${USAGE.examples[0]}`,
    );
  },
};
export default actions;
