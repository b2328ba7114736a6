import { normaliseUrl } from '../../../detect/indicators/value/url.js';

export interface MailLink {
  url: string;
  /** What stands where one clicks, when that is an address of another host. */
  shownAs: string | null;
}

const MOST = 60;
const MAX_HTML = 2_000_000;
const MAX_URL = 2000;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** What a browser makes of references; enough of them for addresses. */
const decode = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));?/gi, (all, decimal, hex, name) => {
    if (name) return NAMED[name.toLowerCase()] ?? all;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code < 0x110000 && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : all;
  });

const hostOf = (url: string): string => normaliseUrl(url)?.text.replace(/[/?:].*$/s, '') ?? '';
const isWeb = (url: string): boolean => /^(?:https?|ftp):\/\//i.test(url) && normaliseUrl(url) !== null;

/** The addresses of a mail, each once: of its HTML where one clicks or sends a form, and of its text. Nothing is rendered or fetched. */
export function linksOf(html: string, text: string): MailLink[] {
  const found = new Map<string, MailLink>();
  const add = (raw: string, shown: string | null) => {
    const url = decode(raw)
      .replace(/[\s\p{Cc}]+/gu, '')
      .slice(0, MAX_URL);
    if (found.size >= MOST || !isWeb(url)) return;
    const before = found.get(url);
    const other = shown && isWeb(shown) && hostOf(shown) !== hostOf(url) ? shown.slice(0, MAX_URL) : null;
    if (!before || (other && !before.shownAs)) found.set(url, { url, shownAs: other });
  };
  const page = html.slice(0, MAX_HTML);
  // Each tag that leads somewhere, and for anchors what stands in it up to the next tag.
  const tag = /<(a|area|form|base|iframe|meta|link|button|input)\b([^>]{0,8000})>([^<]{0,500})/gi;
  for (const [, name, attributes = '', inner = ''] of page.matchAll(tag)) {
    const value = /\b(?:href|action|formaction|src)\s{0,20}=\s{0,20}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(
      attributes,
    );
    const refresh = /\burl\s{0,20}=\s{0,20}([^"'>\s]+)/i.exec(attributes);
    const target =
      value?.[1] ?? value?.[2] ?? value?.[3] ?? (name?.toLowerCase() === 'meta' ? refresh?.[1] : undefined);
    if (target) add(target, name?.toLowerCase() === 'a' ? decode(inner).trim() : null);
  }
  for (const [url] of text.slice(0, MAX_HTML).matchAll(/\b(?:https?|ftp):\/\/[^\s<>"')\]]{1,2000}/gi)) add(url, null);
  return [...found.values()];
}
