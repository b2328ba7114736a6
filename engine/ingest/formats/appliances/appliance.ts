import { z } from 'zod';
import type { Fields } from '../../../event.js';
import { type LineContent, type OpenedLine, openLine } from '../shared/lined.js';
import { type Kind, readKinds } from '../shared/mapping/index.js';
import { bsdTime } from '../shared/syslog.js';
import { readTaxonomy } from '../shared/taxonomy.js';
import { readTime } from '../shared/time.js';
import { text } from '../shared/values.js';
import { nameCustomFields } from './extension.js';

const words = z.array(z.string()).min(1).optional();
const entry = z.strictObject({ vendor: words, product: words, about: words, has: words, kind: z.string() });
const kinds = readKinds('appliances');
const entries = readTaxonomy('appliance-words', z.array(entry).min(1)).map((given) => ({
  ...given,
  kind: kinds.named(given.kind),
}));
const OTHER = kinds.named('other');
const LONGEST = 256;

const within = (value: string, list: readonly string[] | undefined): boolean =>
  list === undefined || list.some((word) => value.includes(word));

function kindOf(fields: Fields): Kind {
  const lower = (name: string) => (text(fields[name]) ?? '').slice(0, LONGEST).toLowerCase();
  const vendor = lower('deviceVendor');
  const product = lower('deviceProduct');
  const about = `${lower('deviceEventClassId')} ${lower('name')} ${lower('cat')}`;
  const found = entries.find(
    (each) =>
      within(vendor, each.vendor) &&
      within(product, each.product) &&
      within(about, each.about) &&
      (each.has === undefined || each.has.some((key) => fields[key] !== undefined)),
  );
  return found?.kind ?? OTHER;
}

const BARE_ADDRESS = /^(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}(?::\d{1,5})?(?:[/?#]|$)/;

/** What rules ask for that a device writes in parts: the whole path of a file, an address with its scheme. */
function complete(fields: Fields): void {
  const folder = text(fields.filePath);
  const name = text(fields.fname);
  if (folder !== undefined && name !== undefined && fields.Filename === undefined) {
    const separator = folder.includes('\\') ? '\\' : '/';
    if (!folder.toLowerCase().endsWith(name.toLowerCase()))
      fields.Filename = `${folder}${folder.endsWith(separator) ? '' : separator}${name}`;
  }
  const address = text(fields.request ?? fields.url);
  if (address !== undefined && BARE_ADDRESS.test(address)) fields['c-uri'] = `http://${address}`;
}

const BSD = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?: |$)/;

/** Any time that devices write, also one without a year. */
export function deviceTime(value: string, received: number): number {
  const bsd = BSD.exec(value);
  if (!bsd || /^[A-Z][a-z]{2} {1,2}\d{1,2} \d{4}\b/.test(value)) return readTime(value);
  const seconds = (Number(bsd[3]) * 60 + Number(bsd[4])) * 60 + Number(bsd[5]);
  return bsdTime(bsd[1]!, Number(bsd[2]), seconds * 1000, received);
}

/**
 * An appliance's record.
 * @param times what the record says of its time, best first: epoch ms, NaN when it cannot be read
 */
export function applianceRecord(
  fields: Fields,
  opened: OpenedLine,
  times: readonly number[],
  received: number,
): LineContent {
  if (opened.host !== undefined && fields.hostname === undefined) fields.hostname = opened.host;
  nameCustomFields(fields);
  complete(fields);
  const told = [...times, opened.time].filter((time) => time !== undefined);
  const readable = told.find((time) => !Number.isNaN(time));
  return { kind: kindOf(fields), fields, time: readable ?? (told.length > 0 ? Number.NaN : received) };
}

/** Where a record of this format begins in a line, -1 when it does not: at its start, or behind a syslog header. */
export function markAt(line: string, mark: RegExp): number {
  const found = mark.exec(line.slice(0, 600));
  return found ? found.index + found[0].search(/[CL]EE?F:/) : -1;
}

/** The line's header taken apart, and the record behind it. */
export function openAppliance(line: string, at: number, received: number): { opened: OpenedLine; record: string } {
  // Only what stands before the record: its own text must not be taken for a tag.
  return { opened: openLine(`${line.slice(0, at)}-`, received), record: line.slice(at) };
}
