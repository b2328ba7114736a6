import { MdrError } from '../engine/errors.js';
import { loadModels } from '../engine/hunt/models/index.js';
import { list } from './models/list.js';
import { show } from './models/show.js';
import { learnAgain, switchModel } from './models/switch.js';
import type { Command, Context } from './types.js';
import { and, atLeast, need, ofProvider } from './words/preconditions.js';

const models: Command = {
  name: 'models',
  summary:
    'The hunting models: whether each has its data, what it found here, how often it was right, and whether it drifts.',
  usage: 'models [name | on | off | again]',
  examples: ['models', 'models beacons', 'models odd-hours'],
  details: [
    'models <name>: what it looks for, which logs it needs and whether they come, its baseline, its threshold and why, its findings.',
    'models off <name> <reason>, models on <name> <reason>: for this tenant. A model that is off goes on learning.',
    'models again <name> <reason>: forgets its baseline and learns anew from what is in the lake, up to 35 days back.',
    'A threshold moves with the verdicts on the alerts of its model: close alerts with a reason.',
  ],
  related: ['rules', 'alerts'],
  role: 'viewer',
  async run(context, args) {
    const [word = '', ...rest] = args;
    const all = await loadModels();
    switch (word.toLowerCase()) {
      case '':
      case 'list':
        return list(context, all);
      case 'on':
      case 'off':
        need(maySwitch, context);
        return switchModel(models, context, word.toLowerCase() === 'off', rest);
      case 'again':
        need(maySwitch, context);
        return learnAgain(models, context, rest);
      default:
        return show(models, context, args);
    }
  },
};
export default models;

/** What the provider hears of a customer is the provider's to decide. */
const maySwitch = and<Context>(
  ofProvider(() => new MdrError('MDR_FORBIDDEN', 'models are switched by your provider.', 'Ask them in this channel.')),
  atLeast(
    'lead',
    ({ role, tenant }) =>
      new MdrError(
        'MDR_FORBIDDEN',
        `switching models needs the role lead; you are ${role} of ${tenant.tenant.name}.`,
        'Ask a lead, or propose an exception: /mdr tune <alert>.',
      ),
  ),
);
