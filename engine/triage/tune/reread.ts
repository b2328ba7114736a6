import { MdrError } from '../../errors.js';
import type { Fields } from '../../event.js';
import { type Formats, loadFormats } from '../../ingest/formats/index.js';
import type { Detection } from '../../store/detections.js';
import { groupFields } from './tuning.js';

let formats: Promise<Formats> | undefined;

/** The log formats, loaded once: commands that read stored events again share them. */
export function knownFormats(): Promise<Formats> {
  formats ??= loadFormats();
  return formats;
}

/**
 * The fields of a stored detection's event, as rules saw them; of a correlation's, what it groups by.
 * @returns null when the record was kept cut off, or is of a format that there is no more
 */
export function rereader(formats: Formats): (detection: Pick<Detection, 'event' | 'correlated'>) => Fields | null {
  const recogniser = formats.recogniser();
  const byName = new Map(formats.list.map((format) => [format.name, format]));
  return ({ event, correlated }) => {
    if (correlated) return groupFields(correlated);
    const format = byName.get(event.format);
    if (!format) return null;
    try {
      return recogniser.read(event.original, format, event.time).parsed.fields;
    } catch (error) {
      if (error instanceof MdrError) return null;
      throw error;
    }
  };
}
