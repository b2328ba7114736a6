import type { Profile } from '../store/tenants.js';
import { dataOn, namesIn } from '../triage/parts.js';
import type { Reach, Sentence, Step } from './types.js';
import { listText } from './words.js';

const MOST_EVENTS = 20;
/** Tactics after which data may have been seen or taken. */
const DATA = ['collection', 'exfiltration'];
const EUROPE =
  /^(AT|BE|BG|HR|CY|CZ|DK|EE|FI|FR|DE|GR|EL|HU|IE|IT|LV|LT|LU|MT|NL|PL|PT|RO|SK|SI|ES|SE|IS|LI|NO|EU|EEA)$/i;
const AMERICA = /^(US|USA|US-.+)$/i;

/** What it could cost: crown jewels, availability, data, and which duties to tell somebody could follow. Nothing without an event. */
export function impactOf(chain: readonly Step[], touched: readonly Reach[], profile: Profile): Sentence[] {
  const out: Sentence[] = [];
  const say = (text: string, events: readonly string[]) => {
    if (events.length > 0) out.push({ text, events: [...new Set(events)].slice(0, MOST_EVENTS) });
  };
  const jewels = touched.filter(({ crownJewel }) => crownJewel);
  if (jewels.length > 0)
    say(
      `Crown jewels are in it: ${listText(jewels.map(({ entity }) => named(entity.value, profile)))}.`,
      jewels.flatMap(({ events }) => events),
    );
  const holding = touched.flatMap(({ entity, events }) => {
    const classes = [...dataOn(namesIn({ entity, observables: [] }), profile).keys()];
    return classes.length === 0 ? [] : [{ text: `${entity.value} (${listText(classes)})`, events }];
  });
  if (holding.length > 0)
    say(
      `Systems that hold data are in it: ${listText(holding.map(({ text }) => text))}.`,
      holding.flatMap(({ events }) => events),
    );
  const of = (...tactics: string[]) => chain.filter((step) => step.tactics.some((tactic) => tactics.includes(tactic)));
  const events = (steps: readonly Step[]) => steps.flatMap((step) => step.events);
  const hostsOf = (steps: readonly Step[]) =>
    listText([...new Set(steps.map(({ host, actor }) => host || actor.user).filter(Boolean))]);
  const broken = of('impact').filter(({ rule }) => rule !== null);
  if (broken.length > 0)
    say(
      `Work may stop: ${listText([...new Set(broken.map(({ title }) => title))])} on ${hostsOf(broken)}.`,
      events(broken),
    );
  const secrets = of('credential-access');
  if (secrets.length > 0)
    say(
      `Passwords or keys may be in other hands: ${listText([...new Set(secrets.map(({ title }) => title))])} on ${hostsOf(secrets)}.`,
      events(secrets),
    );
  const taken = of(...DATA);
  if (taken.length === 0) return out;
  const classes = profile.dataClasses;
  say(
    `Data may have been gathered or taken from ${hostsOf(taken)}${classes.length > 0 ? `; this organisation holds ${listText(classes)} data` : ''}.`,
    events(taken),
  );
  for (const duty of dutiesOf(profile)) say(duty, events(taken));
  return out;
}

/** Duties that could follow when personal, health or card data was taken; the breach record decides. */
function dutiesOf({ regions, dataClasses }: Profile): string[] {
  const has = (kind: 'PII' | 'PHI' | 'PCI') => dataClasses.includes(kind);
  const personal = has('PII') || has('PHI');
  const could = 'If personal data was taken, a duty to tell could follow';
  return [
    ...(personal && regions.some((region) => EUROPE.test(region))
      ? [
          `${could}: GDPR Art. 33, the supervisory authority within 72 hours of becoming aware; Art. 34, the people themselves when the risk is high.`,
        ]
      : []),
    ...(personal && regions.some((region) => /^(GB|UK)$/i.test(region))
      ? [`${could}: UK GDPR Art. 33, the ICO within 72 hours of becoming aware.`]
      : []),
    ...(has('PHI') && regions.some((region) => AMERICA.test(region))
      ? [
          'If health data was taken, a duty to tell could follow: HIPAA 45 CFR 164.404, the individuals without unreasonable delay and within 60 days.',
        ]
      : []),
    ...(has('PCI')
      ? ['If card data was taken, the card brands and the acquirer are told at once, under their rules.']
      : []),
  ];
}

function named(value: string, { crownJewels }: Profile): string {
  const jewel = crownJewels.find(({ name }) => name.toLowerCase() === value.toLowerCase());
  return jewel?.why ? `${jewel.name} (${jewel.why})` : value;
}
