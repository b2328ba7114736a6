import { systemClock } from '../../engine/clock.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { compact } from '../../engine/lake/compact.js';
import { Journal } from '../../engine/lake/journal.js';
import { land } from '../../engine/lake/land.js';
import { placesOf } from '../../engine/lake/places.js';

// A process that lands and sorts without end, for tests that kill it. Arguments: the lake's folder, the tenant.
const places = placesOf(process.argv[2]!, process.argv[3]!);
const journal = new Journal(places);
const formats = await loadFormats();
process.send?.('ready');
process.on('disconnect', () => process.exit(0));
// Time flies here: what is recent is sorted at once.
const later = () => systemClock() + 3600_000;
while (true) {
  if ((await land(places, journal, formats, systemClock)) === null)
    await new Promise((resolve) => setTimeout(resolve, 10));
  await compact(places, journal, later);
}
