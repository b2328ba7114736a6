import { MdrError } from '../engine/errors.js';
import { history } from './notify/history.js';
import { preview } from './notify/preview.js';
import { reset, set, undo } from './notify/set.js';
import { show } from './notify/show.js';
import { test } from './notify/test.js';
import type { Said } from './plain/said.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { atLeast, inProviderLane, need } from './words/preconditions.js';
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
  related: ['oncall', 'alerts'],
  role: 'analyst',
  plain: [
    {
      phrases: [
        'who is notified',
        'who gets told of alerts',
        'how are we notified',
        'show the notification policy',
        'who is called when nobody answers',
        'which channel gets the alerts',
        'when are the quiet hours',
        'where do critical alerts go',
        'what happens when nobody acknowledges',
        'who is called at night',
        'escalation chain',
        'when is the digest sent',
        'notification settings',
        'who do you page',
        'what are the notification rules',
        'how long until somebody is called',
        'who gets a call in the night',
        'whom do you call',
        'where are messages posted',
        'which alerts are posted at once',
        'do we get low alerts in a digest',
        'what is the chain of people to call',
        'at what time is the digest posted',
      ],
      reads: true,
      args: (said) => {
        said.all('level');
        return [];
      },
    },
    {
      phrases: [
        'preview the notifications',
        'what would have been sent {period}',
        'what would we have received {period}',
        'what would you have told us {period}',
        'simulate the policy for {period}',
        'preview what would be sent',
        'how many messages would there have been {period}',
        'who would have been called {period}',
        'notification preview {period}',
        'what would the policy have done {period}',
        'try the policy on {period}',
        'which notifications would have gone out {period}',
        'show me what would be posted',
        'dry run of the notifications',
        'how noisy would {period} have been',
        'what messages would {period} have brought',
        'how many calls would there have been {period}',
        'notify preview',
        'pretend you notified us {period}',
      ],
      reads: true,
      args: previewArgs,
    },
    {
      phrases: [
        'who was notified',
        'which notifications were sent',
        'notification history',
        'who was called {period}',
        'what did you send us {period}',
        'show what was sent',
        'was anybody paged {period}',
        'when was {person} called',
        'list past notifications',
        'history of calls',
        'did you call somebody {period}',
        'which messages went out {period}',
        'who did you page {period}',
        'was {person} called',
        'what has been sent {period}',
        'log of what was sent',
        'was the on duty person told',
        'which calls were made {period}',
        'what was posted and to whom',
        'did anyone get a page {period}',
      ],
      reads: true,
      args: (said) => {
        said.all('period', 'person');
        return ['history'];
      },
    },
    {
      phrases: [
        'test the notifications',
        'send a test message',
        'try every channel',
        'test all channels',
        'check the webhooks',
        'test paging',
        'does paging work',
        'send a test page',
        'try out the notification channels',
        'test whether messages arrive',
        'run a notification test',
        'send a trial message to every channel',
        'are the channels working, test them',
        'try paging once',
        'please send a test',
        'test alarm to all',
        'do notifications work, try it',
        'verify the channels',
        'does the webhook work',
      ],
      args: (said) => {
        said.all('reason');
        return ['test'];
      },
      label: () => 'Send a test message through every channel and way',
    },
    {
      phrases: [
        'undo the notification change',
        'go back to the policy before',
        'undo the last policy change',
        'revert the notification settings',
        'take back the change of the notifications',
        'restore the previous notification policy',
        'notify undo',
        'roll back the notification policy',
        'the last change to the policy was wrong, undo it',
        'undo what was changed in the policy',
        'previous policy again please',
        'revert who is notified',
        'my last change of the notifications was wrong',
        'put the notification policy back',
        'the notifications were better before, go back',
        'reverse the change to notify',
        'back to the old notification settings',
        'the policy as it was before',
      ],
      args: () => ['undo'],
      label: () => 'Undo the last change of who is told',
    },
  ],
  async run(context, args) {
    need(maySee, context);
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
        need(mayChange, context);
        if (rest.length) throw wrongUsage(notify, 'undo takes no further words.');
        return undo(notify, context);
      case 'set':
        need(mayChange, context);
        return set(notify, context, rest);
      case 'reset':
        need(mayChange, context);
        if (rest.length) throw wrongUsage(notify, 'reset takes no further words.');
        return reset(context);
      case 'test':
        need(mayChange, context);
        if (rest.length) throw wrongUsage(notify, 'test takes no further words.');
        return test(context);
    }
    throw wrongUsage(notify, `"${clip(word!, 40)}" is not understood.${didYouMean(word!, WORDS)}`);
  },
};
export default notify;

const maySee = inProviderLane(
  () =>
    new MdrError(
      'MDR_FORBIDDEN',
      "who is called and when is the provider's, and shown in the provider's own channels.",
      'Ask your provider there.',
    ),
);
const mayChange = atLeast(
  'lead',
  ({ role, tenant }: Context) =>
    new MdrError(
      'MDR_FORBIDDEN',
      `changing who is told needs the role lead; you are ${role} of ${tenant.tenant.name}.`,
      'Ask a lead of this tenant.',
    ),
);

/** A preview knows hours up to a week, and last night. */
function previewArgs(said: Said): readonly string[] {
  const hours = /^(\d{1,3})h$/.exec(said.all('period')[0]?.value ?? '')?.[1];
  const days = said.all('period')[0]?.days?.span;
  const span = hours ? Number(hours) : (days ?? 0) * 24;
  return span > 0 && span <= 168 ? ['preview', `${span}h`] : ['preview'];
}
