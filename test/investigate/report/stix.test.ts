import { describe, expect, it } from 'vitest';
import { documentOf } from '../../../engine/investigate/report/sections.js';
import { observedOf } from '../../../engine/investigate/report/stix/observed.js';
import { toStix } from '../../../engine/investigate/report/stix.js';
import type { Investigation } from '../../../engine/investigate/types.js';
import { hostile, huge, investigation } from './fixture.js';

type Json = Record<string, unknown> & { type: string; id: string };
const bundleOf = (of: Investigation) =>
  JSON.parse(toStix(of, documentOf(of, { tenant: 'Acme' }), 'Acme')) as { type: string; id: string; objects: Json[] };

const COMMON = ['created', 'modified', 'created_by_ref'];
/** What STIX 2.1 requires of each type that we make. */
const REQUIRED: Record<string, string[]> = {
  identity: ['created', 'modified', 'name'],
  incident: [...COMMON, 'name'],
  'attack-pattern': [...COMMON, 'name'],
  'course-of-action': [...COMMON, 'name'],
  indicator: [...COMMON, 'pattern', 'pattern_type', 'valid_from'],
  'observed-data': [...COMMON, 'first_observed', 'last_observed', 'number_observed', 'object_refs'],
  relationship: [...COMMON, 'relationship_type', 'source_ref', 'target_ref'],
  report: [...COMMON, 'name', 'published', 'object_refs'],
  'marking-definition': ['created', 'definition_type', 'definition'],
  'ipv4-addr': ['value'],
  'domain-name': ['value'],
  file: [],
  directory: ['path'],
  'user-account': ['account_login'],
  process: ['image_ref'],
};
const SDO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('a STIX bundle', () => {
  it.each([
    ['ordinary', investigation()],
    ['hostile', hostile()],
    ['huge', huge()],
  ])('has what the specification requires, and every reference resolves: %s', (_, of) => {
    const { type, id, objects } = bundleOf(of);
    expect(type).toBe('bundle');
    expect(id).toMatch(/^bundle--[0-9a-f-]{36}$/);
    const ids = new Set(objects.map((object) => object.id));
    expect(ids.size).toBe(objects.length);
    for (const object of objects) {
      expect(object.spec_version).toBe('2.1');
      const [kind, uuid] = object.id.split('--');
      expect(kind).toBe(object.type);
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Object.keys(REQUIRED)).toContain(object.type);
      for (const name of REQUIRED[object.type]!) expect(object).toHaveProperty(name);
      for (const [name, value] of Object.entries(object)) {
        const refs = name.endsWith('_ref') ? [value] : name.endsWith('_refs') ? (value as string[]) : [];
        if (name.endsWith('_refs')) expect(refs.length).toBeGreaterThan(0);
        for (const ref of refs) expect(ids).toContain(ref);
        if (/^(created|modified|valid_from|published|\w+_observed)$/.test(name) && name !== 'number_observed')
          expect(value).toMatch(SDO_TIME);
      }
      if (object.type === 'file') expect('hashes' in object || 'name' in object).toBe(true);
    }
    const report = objects.find((object) => object.type === 'report')!;
    expect((report.object_refs as string[]).length).toBe(objects.length - 2);
  });

  it('gives observables the ids that every other maker gives them', () => {
    expect(observedOf({ kind: 'ip', value: '198.51.100.3' })!.objects[0]!.id).toBe(
      'ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4',
    );
    expect(observedOf({ kind: 'domain', value: 'example.com' })!.objects[0]!.id).toBe(
      'domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7',
    );
  });

  it('makes an indicator only of what an indicator of ours matched', () => {
    const { objects } = bundleOf(investigation());
    const indicators = objects.filter(({ type }) => type === 'indicator');
    expect(indicators.map(({ pattern }) => pattern)).toEqual(["[ipv4-addr:value = '203.0.113.9']"]);
    const seen = objects.filter(({ type }) => type === 'observed-data');
    expect(seen).toHaveLength(7);
    expect(
      objects
        .filter(({ type, identity_class: kind }) => type === 'identity' && kind === 'system')
        .map(({ name }) => name),
    ).toEqual(['ws-14', 'backup-01']);
  });

  it('quotes what is hostile in a pattern, and takes no malformed value for an observable', () => {
    const { pattern } = observedOf({ kind: 'domain', value: "x' OR [a:b = 'c\\" })!;
    expect(pattern).toBe("[domain-name:value = 'x\\' OR [a:b = \\'c\\\\']");
    for (const value of ['999.1.1.1', '', 'x']) expect(observedOf({ kind: 'ip', value })).toBeNull();
    for (const value of ['zz', 'abc', '0'.repeat(33)]) expect(observedOf({ kind: 'hash', value })).toBeNull();
    expect(observedOf({ kind: 'file', value: '/tmp/' })).toBeNull();
  });
});
