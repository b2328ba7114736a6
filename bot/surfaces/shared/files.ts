import { safe } from '../../cards/safe.js';
import { DeliveryError, type UploadFile } from '../types.js';

/** Largest file that every surface takes: Discord's limit for a server without boosts. */
export const MOST_FILE_BYTES = 10 * 1024 * 1024;
const MOST_NAME = 120;

/**
 * A file with a name that is only a name, and a type that is only a type.
 * @throws DeliveryError `refused` when it is empty or too large
 */
export function checkedFile({ name, type, data }: UploadFile): UploadFile {
  if (data.length === 0) throw new DeliveryError('refused', 'an empty file cannot be shown');
  if (data.length > MOST_FILE_BYTES)
    throw new DeliveryError('refused', `a file may have ${MOST_FILE_BYTES} bytes here, this one has ${data.length}`);
  return {
    // Slashes, and what shells, headers and Windows make something of.
    name:
      safe(name, MOST_NAME, true)
        .replace(/["'\\/:*?<>|;`⏎]/g, '_')
        .replace(/^[.\s]+|\s+$/g, '') || 'file',
    type: /^[\w.+-]{1,60}\/[\w.+-]{1,80}$/.test(type) ? type.toLowerCase() : 'application/octet-stream',
    data,
  };
}
