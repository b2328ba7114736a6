import { openCatalogue } from '../kev.js';
import type { Enricher, Fact } from './types.js';

/** Whether a vulnerability that a detection names is exploited in the world, by the operator's copy of CISA's catalogue (MDR_KEV). */
export default {
  name: 'kev',
  what: 'known exploited vulnerabilities',
  kinds: ['vulnerability'],
  rank: 1.2,
  timeoutMs: 4000,
  ttlMs: 0,
  isNews: true,
  async enrich(subjects, { files }) {
    if (!files?.kev) return [];
    const { byCve, version } = await openCatalogue(files.kev);
    return subjects.flatMap((observable): Fact[] => {
      const known = byCve.get(observable.value.toUpperCase());
      if (!known) return [];
      const text = [
        `is exploited in the world: ${known.name}`,
        `in the catalogue since ${known.added}`,
        ...(known.due === null ? [] : [`to be mended by ${known.due}`]),
        known.ransomware ? 'ransomware uses it' : 'no use by ransomware is known',
      ].join('; ');
      return [{ observable, text, source: `CISA KEV ${version}` }];
    });
  },
} satisfies Enricher;
