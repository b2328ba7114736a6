import { inflateSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHtml } from '../../../engine/investigate/report/html.js';
import { toMarkdown } from '../../../engine/investigate/report/markdown.js';
import { toPdf } from '../../../engine/investigate/report/pdf.js';
import { pdfApart } from '../../../engine/investigate/report/pdf-apart.js';
import { chainPng, chainSvg } from '../../../engine/investigate/report/picture.js';
import { documentOf } from '../../../engine/investigate/report/sections.js';
import { toStix } from '../../../engine/investigate/report/stix.js';
import { openBrowser } from '../../support/browser.js';
import { hostile, huge, investigation } from './fixture.js';

const documents = (of = hostile()) => documentOf(of, { tenant: 'Acme <b>' });
/** Width and height stand in a PNG's first chunk. */
const sizeOf = (png: Uint8Array) => [Buffer.from(png).readUInt32BE(16), Buffer.from(png).readUInt32BE(20)] as const;
/** Drawing instructions of a PDF's pages. */
function streamsOf(pdf: Buffer): string[] {
  const text = pdf.toString('latin1');
  return [...text.matchAll(/\/Filter \/FlateDecode\s*>>\s*stream\n/g)].flatMap(({ index, 0: head }) => {
    const from = index + head.length;
    try {
      return [inflateSync(pdf.subarray(from, pdf.indexOf('endstream', from))).toString('latin1')];
    } catch {
      return [];
    }
  });
}

/** A line as CommonMark reads it: escaped signs are gone, and so is what stands in code spans, where nothing is markup. */
function outsideCode(line: string): string {
  let rest = line;
  let read = '';
  while (rest !== '') {
    const run = /^`+/.exec(rest)?.[0];
    if (!run) {
      const isEscape = /^\\[!-/:-@[-`{-~]/.test(rest);
      read += isEscape ? '' : rest[0];
      rest = rest.slice(isEscape ? 2 : 1);
      continue;
    }
    const end = new RegExp(`(?<!\`)${run}(?!\`)`).exec(rest.slice(run.length));
    read += end ? 'CODE' : run;
    rest = end ? rest.slice(run.length + end.index + run.length) : rest.slice(run.length);
  }
  return read;
}

describe('the same investigation', () => {
  it('gives the same bytes in every format', async () => {
    const make = async () => {
      const of = investigation();
      const document = documents(of);
      const png = (await chainPng(of))!;
      const svg = chainSvg(of);
      return [
        toMarkdown(document, 'c.png'),
        toHtml(document, svg),
        toStix(of, document, 'Acme'),
        png,
        await toPdf(document, png),
      ];
    };
    const [first, second] = [await make(), await make()];
    for (const [i, bytes] of first.entries()) expect(Buffer.from(bytes).equals(Buffer.from(second[i]!))).toBe(true);
  });
});

describe('Markdown', () => {
  it('holds no markup out of a log: links, pictures, HTML, mentions, headings, tables', () => {
    const text = toMarkdown(documents(), null);
    const prose = text.split('\n').map(outsideCode).join('\n');
    expect(prose).toContain('CODE');
    expect(prose).not.toContain('`');
    expect(prose).not.toMatch(/[<>]|\]\(/);
    expect(prose).not.toMatch(/https?:\/\/|www\.|@[\w!]/);
    const headings = text.split('\n').filter((line) => /^#/.test(line));
    expect(headings.filter((line) => /^## /.test(line)).map((line) => line.slice(3))).toEqual([
      ...documents().sections.map(({ title }) => title),
      'Evidence',
    ]);
    expect(headings).toHaveLength(documents().sections.length + 2);
  });

  it('has as many cells in each row as its table has columns', () => {
    const rows = toMarkdown(documents(), null)
      .split('\n')
      .filter((line) => line.startsWith('| '));
    let width = 0;
    for (const [i, row] of rows.entries()) {
      const cells = row.split(/(?<!\\)\|/).length;
      if (rows[i + 1]?.startsWith('| --- ')) width = cells;
      expect({ row, cells }).toEqual({ row, cells: width });
    }
    expect(rows.length).toBeGreaterThan(50);
  });
});

describe('HTML', () => {
  let browser: Browser | null;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(async () => browser?.close());

  it('has no element out of a log', () => {
    const html = toHtml(documents(), chainSvg(hostile()));
    expect(html).not.toMatch(/<(script|img|iframe|object|link|base|b)\b/i);
    expect(html).not.toMatch(/<[a-z][^>]*\son\w+=/i);
    expect(html.match(/<\/style>/g)).toHaveLength(1);
    expect(html.match(/<\/html>/g)).toHaveLength(1);
    const hrefs = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href!);
    expect(hrefs.filter((href) => !/^#E\d+$/.test(href))).toEqual([]);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('runs and loads nothing in a browser, fits its width, and every link has a target', async (context) => {
    if (!browser) return context.skip('no browser on this machine');
    const page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
    const wrong: string[] = [];
    page.on('dialog', (dialog) => void wrong.push(dialog.message()));
    page.on('request', ({ url }) => void (url().startsWith('data:') || wrong.push(url())));
    await page.setContent(toHtml(documents(), chainSvg(hostile())));
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(1100);
    const dead =
      "[...document.querySelectorAll('a')].filter((a) => !document.querySelector(a.getAttribute('href'))).length";
    expect(await page.evaluate(dead)).toBe(0);
    expect(await page.evaluate("document.querySelectorAll('script, img').length")).toBe(0);
    expect(wrong).toEqual([]);
    await page.close();
  });
});

describe('the picture', () => {
  it('is a PNG of sane size, with what logs say as text only', async () => {
    for (const of of [investigation(), hostile(), huge()]) {
      const png = (await chainPng(of))!;
      expect(Buffer.from(png).subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
      const [width, height] = sizeOf(png);
      expect(width).toBeGreaterThan(600);
      expect(width).toBeLessThan(3000);
      expect(height).toBeGreaterThan(600);
      expect(height).toBeLessThan(6000);
      expect(png.length).toBeLessThan(1_500_000);
    }
    const svg = chainSvg(hostile())!;
    expect([...svg.matchAll(/<(\w+)/g)].every(([, name]) => /^(svg|defs|marker|path|rect|text)$/.test(name!))).toBe(
      true,
    );
    expect(chainSvg(huge())).toContain('36 less grave steps are in the table only.');
    expect(chainSvg(investigation({ chain: [], gaps: [] }))).toBeNull();
  });
});

describe('PDF', () => {
  it('opens, has its times from the investigation, and holds no action', async () => {
    const of = hostile();
    const pdf = Buffer.from(await toPdf(documents(of), await chainPng(of)));
    const text = pdf.toString('latin1');
    expect(text.slice(0, 5)).toBe('%PDF-');
    expect(text.trimEnd().endsWith('%%EOF')).toBe(true);
    expect(text).toContain('(D:20261124130000Z)');
    expect(text).not.toMatch(/\/(JavaScript|JS|URI|Launch|OpenAction|EmbeddedFile)\b/);
    const pages = Number(/\/Type \/Pages\s*\/Count (\d+)/.exec(text)?.[1]);
    expect(pages).toBeGreaterThan(4);
    expect(streamsOf(pdf).filter((stream) => stream.includes(' Tf')).length).toBeGreaterThanOrEqual(pages);
  }, 60_000);

  it('is of reasonable size for 100,000 detections, and made in a thread it is the same', async () => {
    const of = huge();
    const document = documents(of);
    const png = await chainPng(of);
    const pdf = await pdfApart(document, png);
    expect(pdf.length).toBeLessThan(2_000_000);
    expect(Number(/\/Type \/Pages\s*\/Count (\d+)/.exec(Buffer.from(pdf).toString('latin1'))?.[1])).toBeLessThan(120);
    expect(Buffer.from(pdf).equals(Buffer.from(await toPdf(document, png)))).toBe(true);
  }, 180_000);
});
