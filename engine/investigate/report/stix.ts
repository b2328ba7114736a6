import { safe } from '../../safe.js';
import type { Observable } from '../../store/alerts.js';
import type { Investigation } from '../types.js';
import { bounded } from './bounds.js';
import type { Document } from './document.js';
import { knownBad } from './known.js';
import { ourId } from './stix/ids.js';
import { observedOf, type StixObject } from './stix/observed.js';

/** TLP:AMBER as the specification defines it (STIX 2.1, 7.2.1.4): who gets it may share it with those who need it. */
const AMBER: StixObject = {
  type: 'marking-definition',
  spec_version: '2.1',
  id: 'marking-definition--f88d31f6-486f-44da-b317-01333bde0b82',
  created: '2017-01-20T00:00:00.000Z',
  definition_type: 'tlp',
  name: 'TLP:AMBER',
  definition: { tlp: 'amber' },
};
/** Of what is the same in every report: an object of one id has one time of creation. */
const EVER = '2026-01-01T00:00:00.000Z';
const MOST_OBSERVED = 999_999_999;

/**
 * The report as a STIX 2.1 bundle (JSON): the customer, the incident, the techniques, the measures, what was observed, and the report that
 * holds it together. What an indicator of ours matched is an `indicator`; everything else was only seen, and is `observed-data`.
 * The same report gives the same bytes; an observable has the id that everybody gives it.
 * @param tenant name of the customer
 */
export function toStix(given: Investigation, document: Pick<Document, 'title' | 'made'>, tenant: string): string {
  const of = bounded(given);
  const made = stamp(of.made);
  const key = [of.tenant, String(of.alert), String(of.version)];
  const objects = new Map<string, StixObject>([[AMBER.id, AMBER]]);
  const customerId = ourId('identity', of.tenant);
  /** @returns its id */
  const add = (type: string, id: string, properties: Record<string, unknown>, created = made): string => {
    const by = id === customerId ? {} : { created_by_ref: customerId };
    if (!objects.has(id))
      objects.set(id, {
        ...{ type, spec_version: '2.1', id, ...by, created, modified: created },
        ...properties,
        object_marking_refs: [AMBER.id],
      });
    return id;
  };
  const relate = (from: string, how: string, to: string): void => {
    const id = ourId('relationship', ...key, from, how, to);
    add('relationship', id, { relationship_type: how, source_ref: from, target_ref: to });
  };
  const text = (words: string, most = 1000): string => safe(words, most, true);

  add('identity', customerId, { name: text(tenant, 200) || of.tenant, identity_class: 'organization' }, EVER);
  const incident = add('incident', ourId('incident', ...key), {
    name: document.title || `Alert ${of.alert}`,
    description: text([...of.what, ...of.who, ...of.when, ...of.how].map((one) => one.text).join(' '), 4000),
  });
  const techniques = new Map<string, string>();
  const technique = (number: string): string | null => {
    if (!/^T\d{4}(\.\d{3})?$/.test(number)) return null;
    const id = techniques.get(number) ?? add('attack-pattern', ourId('attack-pattern', number), named(number), EVER);
    techniques.set(number, id);
    return id;
  };
  for (const { techniques: numbers, host } of of.chain)
    for (const number of numbers) {
      const pattern = technique(number);
      if (!pattern) continue;
      relate(incident, 'related-to', pattern);
      if (host === '') continue;
      const id = ourId('identity', of.tenant, 'host', host);
      relate(pattern, 'targets', add('identity', id, { name: text(host, 400), identity_class: 'system' }, EVER));
    }
  for (const { when, text: what, techniques: numbers, mitigations } of of.mitigation) {
    const id = add('course-of-action', ourId('course-of-action', ...key, what), {
      name: text(what, 120),
      description: text(`${when}: ${what}`),
      ...(mitigations.length > 0 && {
        external_references: mitigations
          .filter((number) => /^[MT]\d{4}/.test(number))
          .map((number) => ({ source_name: 'mitre-attack', external_id: text(number, 20) })),
      }),
    });
    for (const number of numbers) {
      const pattern = technique(number);
      if (pattern) relate(id, 'mitigates', pattern);
    }
  }

  const known = knownBad(of);
  const unsaid: string[] = [];
  for (const observable of of.observables) {
    const seen = observedOf(observable);
    const times = observable.events.flatMap((id) => of.events[id]?.time ?? []).sort((a, b) => a - b);
    if (!seen || times.length === 0) {
      if (observable.kind === 'host') hostIdentity(observable);
      else unsaid.push(`${observable.kind} ${observable.value}`);
      continue;
    }
    for (const object of seen.objects) objects.set(object.id, { ...object, object_marking_refs: [AMBER.id] });
    const data = add('observed-data', ourId('observed-data', ...key, observable.kind, observable.value), {
      first_observed: stamp(times[0]!),
      last_observed: stamp(times.at(-1)!),
      number_observed: Math.min(times.length, MOST_OBSERVED),
      object_refs: seen.objects.map(({ id }) => id),
    });
    const reason = known.get(observable.value.toLowerCase());
    if (reason === undefined || seen.pattern === null) continue;
    const indicator = add('indicator', ourId('indicator', ...key, seen.pattern), {
      name: text(`${observable.kind} ${observable.value}`, 400),
      description: text(reason),
      indicator_types: ['malicious-activity'],
      pattern: seen.pattern,
      pattern_type: 'stix',
      pattern_version: '2.1',
      valid_from: stamp(times[0]!),
    });
    relate(indicator, 'based-on', data);
  }
  function hostIdentity({ value }: Observable): void {
    const id = ourId('identity', of.tenant, 'host', value);
    add('identity', id, { name: text(value, 400) || 'host', identity_class: 'system' }, EVER);
  }

  const held = [...objects.keys()].filter((id) => id !== AMBER.id);
  add('report', ourId('report', ...key), {
    name: document.title || `Alert ${of.alert}`,
    description: text(
      `Version ${of.version} of the report on alert ${of.alert}.${unsaid.length > 0 ? ` Not in it, because STIX has no object for them: ${unsaid.join(', ')}.` : ''}`,
      2000,
    ),
    report_types: ['threat-report'],
    published: made,
    object_refs: held,
  });
  const bundle = { type: 'bundle', id: ourId('bundle', ...key), objects: [...objects.values()] };
  return `${JSON.stringify(bundle, null, 2)}\n`;
}

function named(number: string): Record<string, unknown> {
  const url = `https://attack.mitre.org/techniques/${number.replace('.', '/')}`;
  return { name: number, external_references: [{ source_name: 'mitre-attack', external_id: number, url }] };
}

const stamp = (time: number): string => new Date(time).toISOString();
