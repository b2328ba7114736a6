import type { Config } from '../../config.js';
import type { Format } from '../formats/types.js';
import type { Intake, IntakeParts } from '../intake.js';

/** What the doors need of the formats. */
export interface KnownFormats {
  /** @throws MdrError MDR_FORMAT_UNKNOWN naming those there are */
  byName(name: string): Format;
}

/** What a door is given. */
export interface DoorParts extends IntakeParts {
  config: Config;
  intake: Intake;
  formats: KnownFormats;
}

/** The name of a source: part of an address, of records and of metrics. */
export const SOURCE = /^[a-z0-9][a-z0-9._-]{0,63}$/;
