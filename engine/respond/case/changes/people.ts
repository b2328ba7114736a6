import type { Case, CasePerson, CaseRole } from '../../../store/cases.js';
import { badCase } from '../error.js';
import { bounded } from '../text.js';
import type { Apply, Said } from '../types.js';

type Kinds = 'person' | 'handover';
const MAX_PEOPLE = 50;

/** Roles that one person holds at a time. */
const ONE: ReadonlySet<CaseRole> = new Set(['lead', 'customer-lead']);
export const ROLE_WORDS: Readonly<Record<CaseRole, string>> = {
  lead: 'incident lead',
  analyst: 'analyst',
  'customer-lead': 'customer lead',
  communications: 'communications',
  legal: 'legal',
};

/** Who works on a case, and as what. */
export const people: { readonly [K in Kinds]: Apply<K> } = {
  person(record, { role, person, take }) {
    if (take) {
      const held = record.people.find((one) => one.role === role && one.id === person.id);
      if (!held) return null;
      return {
        set: { people: record.people.filter((one) => one !== held) },
        said: [
          {
            ...said(role),
            ...fieldOf(role, held.id),
            before: held.name,
            after: null,
            text: `${held.name} is no longer ${ROLE_WORDS[role]}`,
          },
        ],
      };
    }
    return give(record, role, { id: person.id, name: bounded(person.name, 100) });
  },

  handover(record, { person, calls }) {
    const before = leadOf(record);
    const effect = give(record, 'lead', { id: person.id, name: bounded(person.name, 100) });
    if (!effect) return null;
    const [first] = effect.said;
    const text = `Handed over${before ? ` by ${before.name}` : ''} to ${person.name}`;
    return { ...effect, said: [{ ...first!, kind: 'handover', text: bounded(text), ...(calls && { calls }) }] };
  },
};

export const leadOf = ({ people: all }: Pick<Case, 'people'>): CasePerson | undefined =>
  all.find(({ role }) => role === 'lead');

const said = (role: CaseRole): Pick<Said, 'kind' | 'lane'> => ({
  kind: 'person',
  lane: ONE.has(role) ? 'customer' : 'provider',
});
const fieldOf = (role: CaseRole, id: string) => ({ field: ONE.has(role) ? `person:${role}` : `person:${role}:${id}` });

function give(record: Case, role: CaseRole, person: { id: string; name: string }) {
  const same = record.people.filter((one) => one.role === role);
  if (same.some(({ id }) => id === person.id)) return null;
  const replaced = ONE.has(role) ? same[0] : undefined;
  const kept = record.people.filter((one) => one !== replaced);
  if (kept.length >= MAX_PEOPLE)
    throw badCase(`case ${record.number} has ${kept.length} people, and takes no more.`, 'Take somebody off it first.');
  return {
    set: { people: [...kept, { role, ...person }] },
    said: [
      {
        ...said(role),
        ...fieldOf(role, person.id),
        before: replaced?.name ?? null,
        after: person.name,
        text: `${person.name} is ${ROLE_WORDS[role]}${replaced ? `, after ${replaced.name}` : ''}`,
      } satisfies Said,
    ],
  };
}
