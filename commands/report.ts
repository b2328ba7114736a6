import { EDITABLE } from '../engine/investigate/report/document.js';
import { FORMATS, type Format } from '../engine/investigate/report/formats.js';
import type { Card } from './cards/card.js';
import { sectionName } from './cards/incident.js';
import { edit, fieldsFor, restore } from './report/edit.js';
import { post } from './report/post.js';
import { CONFIRMED, publish } from './report/publish.js';
import { found, show, versions } from './report/show.js';
import type { Command } from './types.js';
import { clip, takeNumber, wrongUsage } from './words/arguments.js';
import { alertOf } from './words/record.js';

const VERSION = /^v?([1-9]\d{0,4})$/i;

const report: Command = {
  name: 'report',
  summary: 'The incident report on an alert or a campaign: read it, have it as files, edit it, publish it.',
  usage: 'report [n] [pdf|html|markdown|stix] [version]',
  examples: [
    'report 12',
    'report 12 pdf',
    'report 12 html v2',
    'report 12 versions',
    'report 12 edit who Jane’s account, taken over by phishing',
    'report 12 restore who',
    'report 12 publish',
  ],
  details: [
    'A format puts the file into the thread of the alert, with a STIX 2.1 bundle of its observables.',
    'Each sentence names the events that show it; they stand at the end of the report. What a person wrote is marked with their name.',
    'Nothing of it is shown to the customer before a version is published: first a preview, then a button.',
    'Investigating again makes a new version; edits stay with the version that they were made in.',
  ],
  related: ['alert', 'publish', 'compliance'],
  form: {
    title: 'Edit report',
    alert: true,
    internal: true,
    fields: [
      {
        ...{ name: 'section', label: 'Section', kind: 'select', after: 'edit' },
        choices: EDITABLE.map((value) => ({ value, label: sectionName(value) })),
      },
      {
        name: 'text',
        label: 'Text',
        kind: 'text',
        long: true,
        hint: 'Takes the place of what it says now, which is kept.',
      },
    ],
  },
  fill: fieldsFor,
  role: 'viewer',
  async run(context, args): Promise<Card> {
    const { number, rest } = takeNumber(report, context, args);
    const [first = '', ...more] = rest;
    // A button has one word for both: `pdf:v2`.
    const [word = '', ...joined] = first.split(':');
    const verb = word.toLowerCase();
    const words = [...joined, ...more];
    // Whether the alert may be seen at all comes before everything.
    await alertOf(context, number);
    if (verb === 'edit') return edit(report, context, number, words);
    if (verb === 'restore') return restore(report, context, number, words);
    if (verb === 'versions') return versions(context, number);
    if (verb === 'publish') {
      const isSeen = CONFIRMED.test(words[0] ?? '');
      return publish(context, number, isSeen ? words[0]! : null, isSeen ? null : versionIn(words));
    }
    const isFormat = (FORMATS as readonly string[]).includes(verb) || verb === 'md';
    const version = versionIn(isFormat ? words : rest);
    const record = await found(context, number, version);
    if (!isFormat) return show(context, number, record);
    return post(context, number, record, [(verb === 'md' ? 'markdown' : verb) as Format]);
  },
};
export default report;

/** @throws MdrError MDR_COMMAND_USAGE */
function versionIn([word, ...more]: readonly string[]): number | null {
  if (word === undefined) return null;
  const digits = VERSION.exec(word)?.[1];
  if (!digits || more.length > 0)
    throw wrongUsage(report, `"${clip([word, ...more].join(' '), 40)}" is neither a format nor a version.`);
  return Number(digits);
}
