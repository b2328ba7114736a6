import { MdrError } from '../engine/errors.js';
import { acceptException, extendException, revokeException } from './tune/decide.js';
import { list } from './tune/list.js';
import { proposeFor } from './tune/propose.js';
import { readNumber } from './tune/read.js';
import { showException } from './tune/show.js';
import type { Command, Context } from './types.js';

const tune: Command = {
  name: 'tune',
  summary: 'Stop hearing of what is harmless: propose an exception from an alert, see what it would hide, accept it.',
  usage: 'tune [alert | list | show | accept | extend | revoke]',
  examples: ['tune 12', 'tune list', 'tune 12 User=svc-backup ParentImage|endswith=\\agent.exe'],
  details: [
    'tune <alert>: proposes exceptions from what its detections and the history of false positives share, and shows what they would have hidden.',
    'tune <alert> fields User,ParentImage: with these fields only. tune <alert> rule <rule>: for one of its rules only.',
    'tune <alert> Field=value Field|contains=value …: with conditions of your own, as in Sigma rules. At the end: because <reason>.',
    'tune accept E7 monitor [days] [reason]: counts what it would hide, hides nothing. tune accept E7 active [days] [reason]: hides (needs a lead).',
    'tune show E7, tune extend E7 [days] <reason>, tune revoke E7 <reason>. Without days it lasts 90; it never lasts for ever.',
    'For critical rules, or when it is broad, somebody else than who proposed it has to accept it as active.',
  ],
  role: 'analyst',
  async run(context, args) {
    checkMay(context);
    const [word = '', ...rest] = args;
    const number = readNumber(word);
    if (number !== null) {
      // `tune E7 monitor` is what a button says.
      const [what = 'show', ...more] = rest;
      return decide(context, what.toLowerCase(), [word, ...more]);
    }
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

/** What the provider hears of is the provider's to decide, and not to be discussed where the customer reads. @throws MdrError MDR_FORBIDDEN */
function checkMay({ internal, person }: Context): void {
  if (internal) return;
  throw new MdrError(
    'MDR_FORBIDDEN',
    person.side === 'provider'
      ? 'exceptions are not shown where the customer reads.'
      : 'exceptions are made by your provider.',
    person.side === 'provider' ? "Use the provider's own channel." : 'Say in this channel what is harmless, and why.',
  );
}
