import { MdrError } from '../engine/errors.js';
import { acceptException, extendException, revokeException } from './tune/decide.js';
import { list } from './tune/list.js';
import { acceptProposal, dismissProposal, proposals, showProposal, undoProposal } from './tune/proposals.js';
import { proposeFor } from './tune/propose.js';
import { readNumber, readProposal } from './tune/read.js';
import { showException } from './tune/show.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { and, inProviderLane, need, ofProvider } from './words/preconditions.js';

const tune: Command = {
  name: 'tune',
  summary: 'Stop hearing of what is harmless: propose an exception from an alert, see what it would hide, accept it.',
  usage: 'tune [alert | list | proposals | show | accept | extend | revoke | dismiss | undo]',
  examples: ['tune 12', 'tune list', 'tune proposals', 'tune 12 User=svc-backup ParentImage|endswith=\\agent.exe'],
  details: [
    'tune <alert>: proposes exceptions from what its detections and the history of false positives share, and shows what they would have hidden.',
    'tune <alert> fields User,ParentImage: with these fields only. tune <alert> rule <rule>: for one of its rules only.',
    'tune <alert> Field=value Field|contains=value …: with conditions of your own, as in Sigma rules. At the end: because <reason>.',
    'tune accept E7 monitor [days] [reason]: counts what it would hide, hides nothing. tune accept E7 active [days] [reason]: hides (needs a lead).',
    'tune show E7, tune extend E7 [days] <reason>, tune revoke E7 <reason>. Without days it lasts 90; it never lasts for ever.',
    'tune proposals: what verdicts suggest. tune accept P3 monitor|active [reason], tune dismiss P3 <reason>, tune undo P3.',
    'For critical rules, or when it is broad, somebody else than who proposed it has to accept it as active.',
  ],
  related: ['rules', 'close'],
  form: {
    title: 'Propose exception',
    alert: true,
    internal: true,
    fields: [
      {
        name: 'conditions',
        label: 'Conditions of your own',
        kind: 'text',
        optional: true,
        long: true,
        lines: true,
        hint: 'One a line, as User=svc-backup. Without any, what its detections share is proposed.',
      },
      { name: 'reason', label: 'Why is it harmless?', kind: 'text', after: 'because' },
    ],
  },
  role: 'analyst',
  plain: [
    {
      phrases: [
        'tune {alert}',
        'propose an exception for {alert}',
        'make an exception for {alert}',
        'create an exception from this alert',
        'do not alert us on things like {alert} any more',
        'stop alerts like {alert}',
        'we do not want to see alerts like {alert}',
        '{alert} is noise',
        '{alert} is noisy, tune it',
        'suppress {alert}',
        'silence {alert}',
        'whitelist {alert}',
        'allowlist what is in {alert}',
        'filter out alerts like {alert}',
        'ignore things like this in future',
        'can we mute {alert}',
        'tune this alert',
        '{alert} comes every day, get rid of it',
        'hide alerts such as {alert}',
        'we get {alert} all the time, make it stop',
        'no more alerts like {alert}',
        '{alert} is harmless every time, exclude it',
        'add an exclusion for {alert}',
        'exempt this',
        'how can we stop getting {alert}',
      ],
      args: (said) => {
        const number = said.alert();
        const text = said.one('text');
        if (number === null) return { missing: 'From which alert?' };
        return text === null ? [number] : [number, 'because', text];
      },
      label: ([number]) => `Propose an exception from alert ${number}`,
    },
    {
      phrases: [
        'which exceptions are there',
        'list the exceptions',
        'show all exceptions',
        'what is suppressed',
        'what are we hiding',
        'what did we tune out',
        'which exceptions are active',
        'list suppressions',
        'what is whitelisted',
        'are there any exceptions',
        'exceptions in effect',
        'current exceptions',
        'show what is tuned',
        'what exclusions do we have',
        'all exceptions please',
        'give me the list of exceptions',
        'what is tuned out at the moment',
        'which alerts do we hide',
        'what did we exempt',
        'is anything muted',
      ],
      reads: true,
      args: (said) => ['list', ...(said.says('active') ? ['active'] : [])],
    },
    {
      phrases: [
        'show {exception}',
        'what does {exception} hide',
        'what is {exception}',
        'tell me about {exception}',
        'who made {exception}',
        'how much does {exception} hide',
        'details of {exception}',
        'explain {exception}',
        'what would {exception} have hidden',
        'is {exception} still in effect',
        'why do we have {exception}',
        'look at {exception}',
        'when does {exception} end',
        '{exception}',
        'open {exception}',
        'what is behind {exception}',
        'exception {exception}',
        'how is {exception} doing',
      ],
      reads: true,
      args: (said) => {
        const name = said.one('exception');
        return name === null ? { missing: 'Which exception? It is called by its number, as E7.' } : ['show', name];
      },
    },
    {
      phrases: [
        'revoke {exception} {text}',
        'remove {exception} {text}',
        'delete {exception} {text}',
        'stop {exception} {text}',
        'end {exception} {text}',
        '{exception} is no longer needed {text}',
        'cancel {exception} {text}',
        'we do not need {exception} any more',
        'undo {exception} {text}',
        'drop {exception} {text}',
        'withdraw {exception} {text}',
        'remove the exception {exception}',
        'take {exception} away {text}',
        'throw out {exception} {text}',
        'exception {exception} can go {text}',
        'please revoke {exception} {text}',
        '{exception} should not hide anything any more',
      ],
      args: (said) => {
        const name = said.one('exception');
        const text = said.one('text');
        if (name === null) return { missing: 'Which exception? It is called by its number, as E7.' };
        return text === null ? { missing: `Revoke ${name} why? Say it after “because”.` } : ['revoke', name, text];
      },
      label: ([, name, text]) => `Revoke ${name}: ${text}`,
    },
    {
      phrases: [
        'accept {exception}',
        'accept {exception} as active',
        'accept {exception} as monitor',
        'activate {exception}',
        'make {exception} active',
        'let {exception} hide',
        'let {exception} only count',
        '{exception} may hide from now on',
        'monitor {exception} first',
        'approve {exception}',
        'put {exception} in monitor',
        'set {exception} to active',
        'enable {exception}',
        '{exception} is fine, accept it',
        'let {exception} go live',
        'turn {exception} on',
        'switch {exception} to monitor',
        '{exception} should hide now',
        '{exception} as monitor please',
      ],
      args: (said) => {
        const name = said.one('exception');
        said.all('reason');
        if (name === null) return { missing: 'Which exception? It is called by its number, as E7.' };
        if (said.says('monitor', 'monitoring', 'count', 'counts', 'counting', 'watch'))
          return ['accept', name, 'monitor'];
        if (said.says('active', 'activate', 'hide', 'hides')) return ['accept', name, 'active'];
        return {
          missing: `Accept ${name} as what?`,
          args: ['accept', name],
          choices: [
            { value: 'monitor', label: 'Monitor: count what it would hide' },
            { value: 'active', label: 'Active: hide' },
          ],
        };
      },
      label: ([, name, as]) => `Accept ${name} as ${as}`,
    },
  ],
  async run(context, args) {
    need(mayTune, context);
    const [word = '', ...rest] = args;
    const number = readNumber(word);
    if (number !== null) {
      // `tune E7 monitor` is what a button says.
      const [what = 'show', ...more] = rest;
      return decide(context, what.toLowerCase(), [word, ...more]);
    }
    if (word.toLowerCase() === 'proposals') return proposals(tune, context, rest);
    if (readProposal(word) !== null) {
      const [what = 'show', ...more] = rest;
      return decideProposal(context, what.toLowerCase(), [word, ...more]);
    }
    if (readProposal(rest[0] ?? '') !== null || ['dismiss', 'undo'].includes(word.toLowerCase()))
      return decideProposal(context, word.toLowerCase(), rest);
    if (['list', 'show', 'accept', 'revoke', 'extend'].includes(word.toLowerCase()))
      return decide(context, word.toLowerCase(), rest);
    return proposeFor(tune, context, args);
  },
};
export default tune;

function decide(context: Context, what: string, args: readonly string[]) {
  if (what === 'list') return list(tune, context, args);
  if (what === 'accept') return acceptException(tune, context, args);
  if (what === 'monitor' || what === 'active') {
    const [name = '', ...rest] = args;
    return acceptException(tune, context, [name, what, ...rest]);
  }
  if (what === 'revoke') return revokeException(tune, context, args);
  if (what === 'extend') return extendException(tune, context, args);
  return showException(tune, context, args);
}

function decideProposal(context: Context, what: string, args: readonly string[]) {
  if (what === 'accept') return acceptProposal(tune, context, args);
  if (what === 'monitor' || what === 'active') {
    const [name = '', ...rest] = args;
    return acceptProposal(tune, context, [name, what, ...rest]);
  }
  if (what === 'dismiss') return dismissProposal(tune, context, args);
  if (what === 'undo') return undoProposal(tune, context, args);
  if (what === 'show') return showProposal(tune, context, args);
  throw wrongUsage(tune, `a proposal can be shown, accepted, dismissed and undone, not "${clip(what, 40)}".`);
}

/** What the provider hears of is the provider's to decide, and not to be discussed where the customer reads. */
const mayTune = and<Context>(
  ofProvider(
    () =>
      new MdrError(
        'MDR_FORBIDDEN',
        'exceptions are made by your provider.',
        'Say in this channel what is harmless, and why.',
      ),
  ),
  inProviderLane(
    () =>
      new MdrError(
        'MDR_FORBIDDEN',
        'exceptions are not shown where the customer reads.',
        "Use the provider's own channel.",
      ),
  ),
);
