import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { MdrError } from '../../engine/errors.js';
import type { Labelled } from './train.js';

const line = z
  .object({
    text: z.string().min(1),
    label: z.string().regex(/^T\d{4}(\.\d{3})?$/),
    doc_title: z.string().default(''),
  })
  .transform(({ text, label, doc_title }): Labelled => ({ text, label, document: doc_title }));

/**
 * Labelled sentences: JSON lines with `text`, `label` (`T1059.001`) and `doc_title`, gzip'd or not.
 * @throws MdrError MDR_INTEL_BAD naming the line
 */
export function readSentences(path: string): Labelled[] {
  const bytes = readFileSync(path);
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .split(/\r?\n/)
    .map((each, i) => [each, i + 1] as const)
    .filter(([each]) => each.trim() !== '')
    .map(([each, number]) => {
      try {
        return line.parse(JSON.parse(each));
      } catch (error) {
        throw new MdrError(
          'MDR_INTEL_BAD',
          `line ${number} of ${path} is no labelled sentence: ${error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message}`,
          'Each line is {"text": "…", "label": "T1059.001", "doc_title": "…"}.',
        );
      }
    });
}
