import type { ReportRecord } from '../../store/reports.js';
import type { Format } from './formats.js';
import { toHtml } from './html.js';
import { type View, viewOf } from './keep.js';
import { toMarkdown } from './markdown.js';
import { pdfApart } from './pdf-apart.js';
import { chainPng, chainSvg } from './picture.js';
import { toStix } from './stix.js';

/** A file of a report; its name is ours. */
export interface ReportFile {
  name: string;
  /** Media type. */
  type: string;
  data: Uint8Array;
}

/**
 * A report as files: the STIX bundle comes with each format, the picture beside Markdown, which cannot hold it.
 * The same record and view give the same bytes.
 */
export async function reportFiles(record: ReportRecord, formats: readonly Format[], view: View): Promise<ReportFile[]> {
  const { of, document } = viewOf(record, view);
  const stem = `report-${record.alert}-v${record.version}`;
  const text = (ending: string, type: string, words: string): ReportFile => ({
    name: `${stem}.${ending}`,
    type,
    data: Buffer.from(words, 'utf8'),
  });
  const wanted = new Set<Format>([...formats, 'stix']);
  const files: ReportFile[] = [];
  const png = wanted.has('pdf') || wanted.has('markdown') ? await chainPng(of) : null;
  if (wanted.has('pdf')) {
    files.push({ name: `${stem}.pdf`, type: 'application/pdf', data: await pdfApart(document, png) });
  }
  if (wanted.has('html')) files.push(text('html', 'text/html', toHtml(document, chainSvg(of))));
  if (wanted.has('markdown')) {
    const picture = `${stem}-chain.png`;
    files.push(text('md', 'text/markdown', toMarkdown(document, png && picture)));
    if (png) files.push({ name: picture, type: 'image/png', data: png });
  }
  files.push(text('stix.json', 'application/json', toStix(of, document, view.tenant)));
  return files;
}
