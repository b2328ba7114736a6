import { fontFile } from '../../picture.js';
import { moment } from '../words.js';
import { type Cell, cellText, citeWords, type Document, type Part } from './document.js';
import { breakable, drawn } from './glyphs.js';

const INK = '#1b1f24';
const DIM = '#59636e';
const HEAD = '#eef1f4';
const LINE = '#d0d5da';
/** Of a page of A4 within its margins, in points. */
const WIDTH = 515;
const HEIGHT = 700;
const MAX_CELL = 420;
/** Share of a page below which no section begins. */
const LOW = 0.86;
/** Points of a character in a table, rather too many than too few. */
const CHARACTER = 4.7;
/** Pixels of the picture to a point: its words come out as large as those of the tables. */
const PIXELS = 3;

type Content = string | Record<string, unknown> | Content[];

/**
 * The report as PDF (A4). The same report gives the same bytes: its times and its id come from the report.
 * @param picture the chain as PNG, from `chainPng`; null for none
 */
export async function toPdf(of: Document, picture: Uint8Array | null): Promise<Uint8Array> {
  const { default: pdfmake } = await import('pdfmake');
  const [normal, bold] = [fontFile('normal'), fontFile('bold')];
  pdfmake.setFonts({ Inter: { normal, bold, italics: normal, bolditalics: bold } });
  // Nothing but our fonts is ever loaded, whatever stands in a text.
  pdfmake.setUrlAccessPolicy(() => false);
  pdfmake.setLocalAccessPolicy((path) => path === normal || path === bold);
  const title = words(of.title, 250);
  const made = new Date(of.made);
  const pdf = pdfmake.createPdf({
    pageSize: 'A4',
    pageMargins: [40, 44, 40, 48],
    info: { title: drawn(of.title, 250), creator: 'mdr', producer: 'mdr', creationDate: made, modDate: made },
    language: 'en',
    displayTitle: true,
    version: '1.7',
    defaultStyle: { font: 'Inter', fontSize: 9.5, lineHeight: 1.2, color: INK },
    styles: {
      h1: { fontSize: 18, bold: true, margin: [0, 0, 0, 8] },
      h2: { fontSize: 13, bold: true, margin: [0, 16, 0, 6] },
      caption: { bold: true, margin: [0, 6, 0, 2] },
      small: { fontSize: 8, color: DIM },
    },
    footer: (page: number, pages: number) => ({
      columns: [
        { text: drawn(of.title, 80), style: 'small' },
        { text: `${page} of ${pages}`, style: 'small', alignment: 'right', width: 60 },
      ],
      margin: [40, 16, 40, 0],
    }),
    content: [
      { text: title, style: 'h1', headlineLevel: 1 },
      ...(of.titleBy === null ? [] : [{ text: `Title written by ${words(of.titleBy)}.`, style: 'small' }]),
      facts(of),
      ...of.sections.flatMap(({ title: name, parts }) => section(name, parts, picture)),
      { text: 'Evidence', style: 'h2', headlineLevel: 2 },
      { text: 'Every event that is named above. Times are UTC.', style: 'small', margin: [0, 0, 0, 4] },
      table(
        ['Event', 'Time', 'Host', 'Account', 'Kind', 'What'],
        of.evidence.map(({ time, host, user, dataset, text }, i) => [
          `E${i + 1}`,
          moment(time),
          host,
          user,
          dataset,
          text,
        ]),
        [30, 54, 74, 74, 46, '*'],
      ),
    ],
    // A heading does not stand alone at the foot of a page.
    pageBreakBefore: (node: { headlineLevel?: number; startPosition: { verticalRatio: number } }) =>
      node.headlineLevel === 2 && node.startPosition.verticalRatio > LOW,
  });
  return pdf.getBuffer();
}

const words = (text: string, most = 1100, word = 60): string => breakable(drawn(text, most), word);

function section(name: string, parts: readonly Part[], picture: Uint8Array | null): Content[] {
  const heading = { text: name, style: 'h2', headlineLevel: 2 };
  const [first = [], ...rest] = parts.map((part) => write(part, picture));
  // A picture takes its heading along to the next page.
  const begin =
    parts[0]?.kind === 'picture' ? [{ stack: [heading, ...first], unbreakable: true }] : [heading, ...first];
  return [...begin, ...rest.flat()];
}

const facts = ({ facts: all }: Document): Content => ({
  table: {
    widths: [110, '*'],
    body: all.map(({ name, value }) => [{ text: name, color: DIM }, { text: words(value) }]),
  },
  layout: 'noBorders',
});

function write(part: Part, picture: Uint8Array | null): Content[] {
  if (part.kind === 'claims')
    return [
      {
        ul: part.claims.map(({ text, cites }) => ({
          text: [words(text), { text: `  [${citeWords(cites)}]`, color: DIM, fontSize: 8 }],
          margin: [0, 1, 0, 2],
        })),
      },
    ];
  if (part.kind === 'note') return [{ text: words(part.text), style: 'small', margin: [0, 2, 0, 4] }];
  if (part.kind === 'picture') return picture === null ? [] : [image(picture)];
  if (part.kind === 'said')
    return [
      ...part.paragraphs.map((text) => ({ text: words(text, 2200), margin: [0, 1, 0, 3] })),
      {
        text: `Written by ${words(part.by)}, ${moment(part.at)} UTC, in place of what the investigation said.`,
        style: 'small',
      },
    ];
  const hasEvents = part.rows.some(({ cites }) => cites.length > 0);
  const columns = [...part.columns, ...(hasEvents ? ['Events'] : [])];
  const rows = part.rows.map(({ cells, cites }) => [
    ...cells.map((cell: Cell) => cellText(cell)),
    ...(hasEvents ? [citeWords(cites)] : []),
  ]);
  return [...(part.caption ? [{ text: part.caption, style: 'caption' }] : []), table(columns, rows, widthsOf(columns))];
}

const image = (png: Uint8Array): Content => ({
  image: `data:image/png;base64,${Buffer.from(png).toString('base64')}`,
  // Its size stands in its first chunk.
  fit: [Math.min(WIDTH, Buffer.from(png).readUInt32BE(16) / PIXELS), HEIGHT],
  alignment: 'center',
  margin: [0, 2, 0, 6],
});

/** In points: what is short takes little, what is long the rest. */
const WIDTHS: Record<string, number | '*'> = {
  ...{ '#': 14, Points: 36, 'Time (UTC)': 48, Host: 56, Kind: 40, Times: 30, Events: 40, 'ATT&CK': 60, By: 96, On: 54 },
  ...{ 'Crown jewel': 44, Answers: 110, Where: 70, 'How long': 54, 'Known to be bad': 120 },
};
const widthsOf = (columns: readonly string[]): (number | '*')[] => columns.map((column) => WIDTHS[column] ?? '*');

/** Of a column of no set width: as many as it has where the others leave least. */
const lettersIn = (width: number | '*' | undefined): number =>
  typeof width === 'number' ? Math.max(4, Math.floor(width / CHARACTER)) : 14;

function table(columns: readonly string[], rows: readonly string[][], widths: (number | '*')[]): Content {
  return {
    table: {
      headerRows: 1,
      keepWithHeaderRows: 1,
      dontBreakRows: true,
      widths,
      // pdfmake writes into what it is given, so every row is made for it alone.
      body: [
        columns.map((text) => ({ text, bold: true, fillColor: HEAD })),
        ...rows.map((cells) => cells.map((cell, i) => ({ text: words(cell, MAX_CELL, lettersIn(widths[i])) }))),
      ],
    },
    fontSize: 7.5,
    layout: {
      hLineWidth: () => 0.5,
      vLineWidth: () => 0,
      hLineColor: () => LINE,
      paddingTop: () => 2.5,
      paddingBottom: () => 2.5,
      paddingLeft: () => 3,
      paddingRight: () => 3,
    },
    margin: [0, 2, 0, 8],
  };
}
