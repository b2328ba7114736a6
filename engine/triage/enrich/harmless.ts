import { harmlessAs } from '../harmless.js';
import type { Enricher, Fact } from './types.js';

/** What is nobody's fault: public resolvers, content networks, update servers, empty files, and what is the tenant's own. */
export default {
  name: 'harmless',
  what: 'what is nobody’s fault',
  kinds: ['ip', 'domain', 'hash'],
  rank: 1.5,
  timeoutMs: 1000,
  ttlMs: 0,
  async enrich(subjects, { store }) {
    return subjects.flatMap((observable): Fact[] => {
      const { kind, value } = observable;
      if (kind !== 'ip' && kind !== 'domain' && kind !== 'hash') return [];
      const is = harmlessAs(kind, value, store.tenant.profile);
      return is === null ? [] : [{ observable, text: `is ${is}`, source: 'lists' }];
    });
  },
} satisfies Enricher;
