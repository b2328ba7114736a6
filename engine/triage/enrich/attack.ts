import { attack, mitigationName } from '../../investigate/attack.js';
import type { Enricher, Fact } from './types.js';

const MOST = 3;

/** What ATT&CK calls a technique, and what it says against it. */
export default {
  name: 'attack',
  what: 'ATT&CK',
  kinds: ['technique'],
  rank: 6,
  timeoutMs: 1000,
  ttlMs: 0,
  async enrich(subjects) {
    const { techniques, source } = attack();
    return subjects.flatMap((observable): Fact[] => {
      const id = observable.value.toUpperCase();
      if (!Object.hasOwn(techniques, id)) return [];
      const [name, mitigations] = techniques[id]!;
      const against = mitigations.slice(0, MOST).map(mitigationName);
      const text = `${name}${against.length > 0 ? `; against it: ${against.join(', ')}` : ''}`;
      return [{ observable, text, source: source.slice(0, 60) }];
    });
  },
} satisfies Enricher;
