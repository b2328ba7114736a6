import { distinct, sweep } from '../sweep.js';
import { boundedCount, readThreshold } from '../threshold.js';
import type { Kind } from '../types.js';

/** How many events there are: an event that several rules match counts once. */
const eventCount: Kind = {
  type: 'event_count',
  read(condition) {
    const threshold = readThreshold(condition);
    const keep = boundedCount(threshold);
    return {
      deferred: !threshold.rising,
      ahead: !threshold.rising,
      least: threshold.rising ? threshold.least : 1,
      // A window holds the end of one stretch and the start of the next: so many of each tell whether it has more.
      keep,
      exact: true,
      fields: [],
      numeric: false,
      perRule: false,
      classOf: () => '',
      fires: (entries, timespan) =>
        sweep(
          entries,
          timespan,
          !threshold.rising,
          distinct((entry) => entry.unit),
          threshold.holds,
        ),
      says: (measure) => (measure === 1 ? '1 event' : `${measure} events`),
    };
  },
};

export default eventCount;
