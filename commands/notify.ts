import { MdrError } from '../engine/errors.js';
import { isAtLeast } from '../engine/store/people.js';
import { history } from './notify/history.js';
import { preview } from './notify/preview.js';
import { reset, set, undo } from './notify/set.js';
import { show } from './notify/show.js';
import { test } from './notify/test.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { didYouMean } from './words/suggest.js';

const WORDS = ['preview', 'history', 'set', 'undo', 'reset', 'test'] as const;

const notify: Command = {
  name: 'notify',
  summary: 'Who is told of which alerts, where and when; who is called when nobody acknowledges.',
  usage: 'notify [preview [night | hours] | history | set … | undo | reset | test]',
  examples: ['notify', 'notify preview', 'notify preview 24h', 'notify history'],
  details: [
    'notify set high+ now in slack:C0123 escalate soc quiet 22:00-07:00 through critical: levels, channels, chain, quiet hours.',
    'notify set low,medium digest 07:00,15:00 (or: digest every 4h); notify set informational never.',
    'notify set chain soc 5 ana 15 bo 25 pagerduty repeat 2 every 60: minutes since the alert, and whom to call; chain soc off.',
    'notify set repeats 24h thread (or digest, or off); notify set storm 30 per 10m (or off); notify set zone Europe/Copenhagen.',
    'notify test sends a marked message through every channel and way.',
    'notify undo goes back by one change; notify reset: everything at once, as without a policy.',
    'Changes need the role lead. Webhooks, PagerDuty and their secrets are set on the server: mdr notify load.',
  ],
  role: 'analyst',
  async run(context, args) {
    if (!context.internal)
      throw new MdrError(
        'MDR_FORBIDDEN',
        "who is called and when is the provider's, and shown in the provider's own channels.",
        'Ask your provider there.',
      );
    const [word, ...rest] = args;
    switch (word?.toLowerCase()) {
      case undefined:
        return show(context);
      case 'preview':
        return preview(notify, context, rest);
      case 'history':
        if (rest.length) throw wrongUsage(notify, 'history takes no further words.');
        return history(context);
      case 'undo':
        checkMay(context);
        if (rest.length) throw wrongUsage(notify, 'undo takes no further words.');
        return undo(notify, context);
      case 'set':
        checkMay(context);
        return set(notify, context, rest);
      case 'reset':
        checkMay(context);
        if (rest.length) throw wrongUsage(notify, 'reset takes no further words.');
        return reset(context);
      case 'test':
        checkMay(context);
        if (rest.length) throw wrongUsage(notify, 'test takes no further words.');
        return test(context);
    }
    throw wrongUsage(notify, `"${clip(word!, 40)}" is not understood.${didYouMean(word!, WORDS)}`);
  },
};
export default notify;

/** @throws MdrError MDR_FORBIDDEN */
function checkMay({ role, tenant }: Context): void {
  if (isAtLeast(role, 'lead')) return;
  throw new MdrError(
    'MDR_FORBIDDEN',
    `changing who is told needs the role lead; you are ${role} of ${tenant.tenant.name}.`,
    'Ask a lead of this tenant.',
  );
}
