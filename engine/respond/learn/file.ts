import { toHtml } from '../../investigate/report/html.js';
import { toMarkdown } from '../../investigate/report/markdown.js';
import { pdfApart } from '../../investigate/report/pdf-apart.js';
import type { ReviewPost } from '../../store/dispatches.js';

/** A post-incident report as one file; its name is ours. The same document gives the same file. */
export function reviewFile({ case: number, document, format }: Pick<ReviewPost, 'case' | 'document' | 'format'>) {
  const stem = `post-incident-${number}`;
  const text = (words: string) => async () => new Uint8Array(Buffer.from(words, 'utf8'));
  if (format === 'pdf') {
    const name = `${stem}.pdf`;
    return { key: name, name, type: 'application/pdf', draw: () => pdfApart(document, null) };
  }
  const [name, type, words] =
    format === 'html'
      ? [`${stem}.html`, 'text/html', toHtml(document, null)]
      : [`${stem}.md`, 'text/markdown', toMarkdown(document, null)];
  return { key: name, name, type, draw: text(words) };
}
