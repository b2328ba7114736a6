import { type Correlator, createCorrelator } from '../../engine/detect/correlate/correlator.js';
import { memoryState } from '../../engine/detect/correlate/memory.js';
import type { Correlations } from '../../engine/detect/correlate/types.js';
import type { Found } from '../../engine/detect/found.js';

/** Correlations over all files of one scan: the same code as in workers, with windows in memory. */
export function scanCorrelations(correlations: Correlations) {
  const correlator = createCorrelator(correlations, memoryState(), Date.now);
  const found = new Map<string, Found>();
  const keep = (all: readonly Found[]) => {
    for (const each of all) found.set(each._id, each);
  };
  return {
    silent: correlator.silent,
    watch(): ReturnType<Correlator['watch']> {
      const watch = correlator.watch('scan');
      return {
        observe: watch.observe,
        async settle() {
          const result = await watch.settle();
          keep(result.found);
          return result;
        },
      };
    },
    /** Judge what is left, now that everything has been read. @returns NDJSON lines by time: `{rule, time, correlated}` */
    async finish(): Promise<string[]> {
      while (true) {
        const result = await correlator.judge('scan');
        keep(result.found);
        await result.done();
        if (result.judged === 0) break;
      }
      return [...found.values()]
        .sort((a, b) => a.event.time - b.event.time || (a._id < b._id ? -1 : 1))
        .map(({ rule: { id, title, level }, event, correlated }) => {
          const time = new Date(event.time).toISOString();
          return `${JSON.stringify({ rule: { id, title, level }, time, correlated })}\n`;
        });
    },
  };
}

export type ScanCorrelations = ReturnType<typeof scanCorrelations>;
