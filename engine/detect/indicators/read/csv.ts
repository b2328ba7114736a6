import type { Candidate, IndicatorType } from '../types.js';
import { dateOf, type Item, typeNamed } from './types.js';

/** Which column of a CSV file is what. */
export interface Columns {
  delimiter: string;
  /** Columns of values; a null type is told by the type's column, or by the value. */
  values: { at: number; type: IndicatorType | null }[];
  type: number;
  confidence: number;
  expires: number;
  threat: number;
  techniques: number;
}

const VALUE = ['indicator', 'value', 'ioc', 'ioc_value', 'observable', 'indicator_value'];
const NAMES = {
  type: ['type', 'ioc_type', 'indicator_type'],
  confidence: ['confidence', 'confidence_level', 'score'],
  expires: ['expires', 'valid_until', 'expiration', 'expiry', 'expires_at'],
  threat: ['threat', 'malware_printable', 'malware', 'signature', 'family', 'threat_name', 'campaign', 'actor'],
  techniques: ['techniques', 'technique', 'attack', 'mitre', 'mitre_attack', 'ttps'],
};

/** @returns null when the line is no header that names a column of values */
export function csvColumns(line: string): Columns | null {
  for (const delimiter of [',', ';', '\t', '|']) {
    const names = split(line, delimiter).map((name) => name.trim().toLowerCase());
    // Prose with commas is no header.
    if (!names.every((name) => /^[a-z0-9_.:#-]{0,40}$/.test(name))) continue;
    const values = names.flatMap((name, at): Columns['values'] => {
      if (VALUE.includes(name)) return [{ at, type: null }];
      const type = typeNamed(name);
      return type ? [{ at, type }] : [];
    });
    if (values.length === 0) continue;
    const at = (wanted: string[]) => names.findIndex((name) => wanted.includes(name));
    const found = Object.fromEntries(Object.entries(NAMES).map(([key, wanted]) => [key, at(wanted)]));
    // A column called "value" beside a column called "url" says more of it, and is the value.
    const named = values.filter(({ type }) => type === null);
    return { delimiter, values: named.length > 0 ? named : values, ...(found as Record<keyof typeof NAMES, number>) };
  }
  return null;
}

/** One row: as many items as it has values. */
export function csvRow(columns: Columns, line: string): Item[] {
  const cells = split(line, columns.delimiter);
  const cell = (at: number) => (at < 0 ? '' : (cells[at] ?? '').trim());
  const shared: Partial<Candidate> = {};
  const confidence = Number.parseFloat(cell(columns.confidence));
  if (Number.isFinite(confidence)) shared.confidence = confidence;
  const expires = dateOf(cell(columns.expires));
  if (expires !== undefined) shared.expires = expires;
  if (cell(columns.threat) !== '') shared.threat = cell(columns.threat);
  const techniques = cell(columns.techniques).match(/T\d{4}(?:\.\d{3})?/gi);
  if (techniques) shared.techniques = techniques.slice(0, 20);
  const given = cell(columns.type);
  return columns.values.flatMap(({ at, type }): Item[] => {
    const value = cell(at);
    if (value === '' || value === '-' || value === 'N/A') return [];
    if (type === null && given !== '') {
      const named = typeNamed(given);
      // Feeds have many words for types: a value whose own look tells is taken by it.
      return [{ ...shared, value, type: named ?? null }];
    }
    return [{ ...shared, value, type }];
  });
}

/** Cells of one line; quoted cells may hold the delimiter and doubled quotes. */
function split(line: string, delimiter: string): string[] {
  if (!line.includes('"')) return line.split(delimiter, 200);
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length && cells.length < 200; i++) {
    const c = line[i]!;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (line[i + 1] === '"') {
        cell += '"';
        i++;
      } else quoted = false;
    } else if (c === '"' && cell.trim() === '') {
      cell = '';
      quoted = true;
    } else if (c === delimiter) {
      cells.push(cell);
      cell = '';
    } else cell += c;
  }
  cells.push(cell);
  return cells;
}
